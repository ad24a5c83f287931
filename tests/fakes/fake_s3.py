"""An S3 with one bucket in memory, as boto3's client shows it: for tests of what is asked and what is shown."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

from botocore.response import StreamingBody

from tests.fakes.refusals import refusal

NOW = datetime(2026, 11, 21, tzinfo=UTC)


class FakeS3:
    """The bucket ``files``. `objects` maps keys to (content, type); `versioned` says so; `deleted` is what was asked to
    be deleted, `listed` what was asked to be listed."""

    def __init__(self, **objects: tuple[bytes, str]) -> None:
        self.objects = dict(objects)
        self.versioned = False
        self.deleted: list[dict[str, Any]] = []
        self.listed: list[dict[str, Any]] = []

    def list_buckets(self) -> dict[str, Any]:
        return {"Buckets": [{"Name": "files", "CreationDate": NOW}]}

    def get_bucket_versioning(self, Bucket: str) -> dict[str, Any]:
        if Bucket != "files":
            raise refusal("NoSuchBucket", "The specified bucket does not exist", 404)
        return {"Status": "Enabled"} if self.versioned else {}

    def list_objects_v2(self, **asked: Any) -> dict[str, Any]:
        self.listed.append(asked)
        prefix = asked["Prefix"]
        below = [key for key in sorted(self.objects) if key.startswith(prefix)]
        folders = {prefix + key[len(prefix) :].partition("/")[0] + "/" for key in below if "/" in key[len(prefix) :]}
        here = [key for key in below if "/" not in key[len(prefix) :]]
        return {
            "Contents": [{"Key": key, "Size": len(self.objects[key][0]), "LastModified": NOW} for key in here],
            "CommonPrefixes": [{"Prefix": each} for each in sorted(folders)],
            "NextContinuationToken": "next",
        }

    def list_object_versions(self, **asked: Any) -> dict[str, Any]:
        self.listed.append(asked)
        told = {"Key": "a.txt", "LastModified": NOW}
        return {
            "Versions": [told | {"VersionId": "v1", "IsLatest": False, "Size": 5}],
            "DeleteMarkers": [told | {"VersionId": "v2", "IsLatest": True}],
            "IsTruncated": True,
            "NextKeyMarker": "a.txt",
            "NextVersionIdMarker": "v1",
        }

    def head_object(self, Bucket: str, Key: str, **asked: Any) -> dict[str, Any]:
        if Key not in self.objects:
            raise refusal("404", "Not Found", 404)
        content, kind = self.objects[Key]
        told = {"ContentLength": len(content), "ContentType": kind, "ETag": '"e"', "LastModified": NOW}
        return told | {"Metadata": {"by": "<script>"}, **asked}

    def get_object(self, Bucket: str, Key: str, Range: str = "", **_asked: Any) -> dict[str, Any]:
        content, kind = self.objects[Key]
        if Range:
            first, last = Range.removeprefix("bytes=").split("-")
            content = content[int(first) : int(last) + 1]
        body = StreamingBody(io.BytesIO(content), len(content))
        return {"Body": body, "ContentType": kind, "ContentLength": len(content)}

    def put_object(self, Bucket: str, Key: str, Body: Any, ContentType: str) -> None:
        self.objects[Key] = (Body.read(), ContentType)

    def delete_object(self, **asked: Any) -> None:
        self.deleted.append(asked)

    def generate_presigned_url(self, operation: str, Params: dict[str, Any], ExpiresIn: int) -> str:
        assert operation == "get_object"
        return f"http://127.0.0.1:4566/{Params['Bucket']}/{Params['Key']}?X-Amz-Expires={ExpiresIn}"
