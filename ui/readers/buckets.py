"""S3's buckets and the objects in them, by S3's own API."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any

from botocore.exceptions import ClientError

KEYS = 100
"""On one page."""
PREVIEW = 64 * 1024
"""Bytes of a text that are shown."""
IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml", "image/avif")
IMAGE = 8 * 1024 * 1024
"""Bytes of the largest image that is shown."""
EXPIRY = {"300": "5 minutes", "3600": "1 hour", "43200": "12 hours", "604800": "7 days"}
"""How long a presigned link may be good for, in seconds."""


@dataclass(frozen=True)
class Bucket:
    """One bucket. `created` is epoch seconds."""

    name: str
    created: float


@dataclass(frozen=True)
class BucketEntry:
    """One line of a listing: a `folder` (a prefix that ends with a slash), an object or a version of one. `kind` is
    ``folder``, ``object``, ``version`` or ``marker`` (what a delete leaves in a versioned bucket); `changed` is epoch
    seconds."""

    key: str
    name: str
    kind: str
    size: int = 0
    changed: float = 0
    version: str = ""
    latest: bool = True


@dataclass(frozen=True)
class Listing:
    """A page of what lies below a prefix; `after` is where the next page starts (empty: there is none)."""

    entries: tuple[BucketEntry, ...]
    after: str = ""


@dataclass(frozen=True)
class BucketObject:
    """One object, or one version of it. `preview` is the beginning of its text, `cut` whether there is more, `image`
    whether it can be shown as one; `problem` is why there is no preview."""

    key: str
    version: str
    size: int
    type: str
    etag: str
    changed: float
    storage: str
    encryption: str
    metadata: dict[str, str]
    preview: str = ""
    cut: bool = False
    image: bool = False
    problem: str = ""


class Buckets:
    """What one account has. Methods raise botocore's `ClientError` as S3 answers it."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3

    def listed(self) -> list[Bucket]:
        found = self._s3.list_buckets()["Buckets"]
        return [Bucket(each["Name"], each["CreationDate"].timestamp()) for each in found]

    def is_versioned(self, bucket: str) -> bool:
        """Whether the bucket keeps, or once kept, versions."""
        return bool(self._s3.get_bucket_versioning(Bucket=bucket).get("Status"))

    def objects(self, bucket: str, prefix: str, after: str = "") -> Listing:
        """Folders and objects below a prefix."""
        asked = {"ContinuationToken": after} if after else {}
        found = self._s3.list_objects_v2(Bucket=bucket, Prefix=prefix, Delimiter="/", MaxKeys=KEYS, **asked)
        entries = [
            BucketEntry(
                each["Key"], each["Key"][len(prefix) :], "object", each["Size"], each["LastModified"].timestamp()
            )
            for each in found.get("Contents", [])
            if each["Key"] != prefix
        ]
        return Listing((*_folders(found, prefix), *entries), found.get("NextContinuationToken", ""))

    def versions(self, bucket: str, prefix: str, after: str = "") -> Listing:
        """Folders, versions and delete markers below a prefix. `after` holds a key and a version id, with a line feed
        between them."""
        key, _, version = after.partition("\n")
        asked = {"KeyMarker": key, "VersionIdMarker": version} if after else {}
        found = self._s3.list_object_versions(Bucket=bucket, Prefix=prefix, Delimiter="/", MaxKeys=KEYS, **asked)
        told = [("version", each) for each in found.get("Versions", [])]
        told += [("marker", each) for each in found.get("DeleteMarkers", [])]
        entries = [_version(kind, each, prefix) for kind, each in told]
        entries.sort(key=lambda each: (each.key, -each.changed, not each.latest))
        more = found.get("IsTruncated")
        end = f"{found.get('NextKeyMarker', '')}\n{found.get('NextVersionIdMarker', '')}" if more else ""
        return Listing((*_folders(found, prefix), *entries), end)

    def object(self, bucket: str, key: str, version: str = "") -> BucketObject | None:
        """One object with the beginning of its text, or None when there is none."""
        try:
            head = self._s3.head_object(Bucket=bucket, Key=key, **_version_of(version))
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NoSuchVersion"):
                return None
            raise
        kind = head.get("ContentType", "binary/octet-stream")
        shown = self._preview(bucket, key, version, kind.partition(";")[0].strip(), head["ContentLength"])
        return BucketObject(
            key=key,
            version=head.get("VersionId", ""),
            size=head["ContentLength"],
            type=kind,
            etag=head["ETag"].strip('"'),
            changed=head["LastModified"].timestamp(),
            storage=head.get("StorageClass", "STANDARD"),
            encryption=head.get("ServerSideEncryption", ""),
            metadata=dict(head.get("Metadata", {})),
            **shown,
        )

    def content(self, bucket: str, key: str, version: str = "") -> tuple[Any, str, int]:
        """An object's body to be read (and closed), its type and its size."""
        found = self._s3.get_object(Bucket=bucket, Key=key, **_version_of(version))
        return found["Body"], found.get("ContentType", "binary/octet-stream"), found["ContentLength"]

    def upload(self, bucket: str, key: str, body: IO[bytes], kind: str) -> None:
        self._s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=kind or "binary/octet-stream")

    def delete(self, bucket: str, key: str, version: str = "") -> None:
        """Delete an object, which in a versioned bucket leaves a marker; or one version of it for good."""
        self._s3.delete_object(Bucket=bucket, Key=key, **_version_of(version))

    def link(self, bucket: str, key: str, version: str, seconds: int) -> str:
        """A presigned URL that lets whoever has it read the object for so long."""
        asked = {"Bucket": bucket, "Key": key, **_version_of(version)}
        return str(self._s3.generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds))

    def _preview(self, bucket: str, key: str, version: str, kind: str, size: int) -> dict[str, Any]:
        if kind in IMAGES:
            too_large = "" if size <= IMAGE else "This image is too large to be shown: download it."
            return {"image": size <= IMAGE, "problem": too_large}
        if not size:
            return {"problem": "The object is empty."}
        wanted = {"Range": f"bytes=0-{PREVIEW - 1}"}
        beginning = self._s3.get_object(Bucket=bucket, Key=key, **wanted, **_version_of(version))["Body"].read()
        text = _text(beginning, cut=size > PREVIEW)
        if text is None:
            return {"problem": f"This is no text ({kind}): download it."}
        return {"preview": text, "cut": size > PREVIEW}


def parents(prefix: str) -> list[tuple[str, str]]:
    """The folders that lead to a prefix, from the outermost: each with its name and its own prefix.

    >>> parents("a/b/")
    [('a', 'a/'), ('b', 'a/b/')]
    """
    names = prefix.split("/")[:-1]
    return [(name, "/".join(names[: number + 1]) + "/") for number, name in enumerate(names)]


def folder_of(key: str) -> str:
    """The prefix in which a key stands.

    >>> folder_of("a/b/c.txt"), folder_of("c.txt")
    ('a/b/', '')
    """
    return key[: key.rfind("/", 0, -1) + 1]


def file_name(key: str) -> str:
    """What a downloaded object is called: ASCII only, for a header."""
    name = PurePosixPath(key).name or "object"
    return "".join(each if each.isascii() and (each.isalnum() or each in "-_. ") else "_" for each in name)


def _text(data: bytes, *, cut: bool) -> str | None:
    """As UTF-8, with what a cut broke at the end left out; None for what is no text."""
    if b"\0" in data:
        return None
    for end in range(4 if cut else 1):
        try:
            return data[: len(data) - end].decode()
        except UnicodeDecodeError:
            continue
    return None


def _folders(found: dict[str, Any], prefix: str) -> list[BucketEntry]:
    prefixes = [each["Prefix"] for each in found.get("CommonPrefixes", [])]
    return [BucketEntry(each, each[len(prefix) :], "folder") for each in prefixes]


def _version(kind: str, found: dict[str, Any], prefix: str) -> BucketEntry:
    return BucketEntry(
        key=found["Key"],
        name=found["Key"][len(prefix) :],
        kind=kind,
        size=found.get("Size", 0),
        changed=found["LastModified"].timestamp(),
        version=found["VersionId"],
        latest=found["IsLatest"],
    )


def _version_of(version: str) -> dict[str, str]:
    return {"VersionId": version} if version else {}
