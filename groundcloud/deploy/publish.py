"""Publishes a site, its folder and a `config.json` made of the stack's outputs, to the bucket that the template names.

A template asks for it in its Metadata, which CloudFormation itself ignores:

    Metadata:
      Groundcloud:
        Site:
          Folder: site                  # relative to the template
          BucketOutput: SiteBucket      # the output with the bucket's name
          Config: {apiUrl: ApiUrl}      # keys of config.json, each from an output

Browsers ask again for every file (``max-age=0``) while the CDN keeps it for a day (``s-maxage``) and is told what
changed, so that a deployment is seen at once. `config.json` is never kept anywhere.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundcloud.clock import new_request_id
from groundcloud.deploy.doors import AwsDoor
from groundcloud.deploy.folder import files_in, read_source
from groundcloud.deploy.limits import DELETE_BATCH, INVALIDATION_PATHS
from groundcloud.deploy.outputs import reachable
from groundcloud.deploy.profile import Profile
from groundcloud.deploy.stack import Stack, StackResource
from groundcloud.deploy.template import Template
from groundcloud.errors import UserError

CONFIG = "config.json"
CACHED = "public, max-age=0, s-maxage=86400, must-revalidate"
UNCACHED = "no-store"
_TEXT = ("text/", "application/javascript", "application/json", "image/svg+xml")
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".map": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".ico": "image/x-icon",
}
"""What Python's table lacks, or takes from the operating system's and so differs between machines."""


@dataclass(frozen=True)
class Site:
    """What the template asks for. `config` maps keys of `config.json` to names of outputs."""

    folder: Path
    bucket_output: str
    config: dict[str, str]


@dataclass(frozen=True)
class SiteFile:
    """One object as it should be."""

    key: str
    body: bytes
    content_type: str
    cache: str

    @property
    def etag(self) -> str:
        """S3's ETag of an object sent in one piece."""
        return f'"{hashlib.md5(self.body, usedforsecurity=False).hexdigest()}"'


@dataclass(frozen=True)
class SiteChange:
    """What differs between the folder and the bucket."""

    write: tuple[SiteFile, ...]
    delete: tuple[str, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(f"/{key}" for key in (*(file.key for file in self.write), *self.delete))


def site_of(template: Template) -> Site | None:
    """The site that `template` asks for; None when it has none."""
    block = template.body.get("Metadata") or {}
    wanted = block.get("Groundcloud", {}).get("Site") if isinstance(block.get("Groundcloud"), dict) else None
    if wanted is None:
        return None
    try:
        site = Site(template.folder / wanted["Folder"], wanted["BucketOutput"], dict(wanted.get("Config") or {}))
    except (KeyError, TypeError) as error:
        raise UserError(
            f"{template.path}: Metadata.Groundcloud.Site needs Folder and BucketOutput",
            "See groundcloud/deploy/README.md",
        ) from error
    if not site.folder.is_dir():
        raise UserError(f"The site's folder {site.folder} does not exist", f"Correct it in {template.path}")
    return site


def publish(door: AwsDoor, site: Site, stack: Stack, resources: list[StackResource], profile: Profile) -> SiteChange:
    """Bring the bucket to what the folder holds; what was changed."""
    bucket = _output(stack, site.bucket_output, "BucketOutput")
    wanted = [*site_files(site.folder), config_file(site, stack, profile, door.region)]
    listed = door.pages("s3", "list_objects_v2", "Contents", Bucket=bucket)
    change = compare(wanted, {item["Key"]: item["ETag"] for item in listed})
    for file in change.write:
        door.call(
            "s3",
            "put_object",
            Bucket=bucket,
            Key=file.key,
            Body=file.body,
            ContentType=file.content_type,
            CacheControl=file.cache,
        )
    for start in range(0, len(change.delete), DELETE_BATCH):
        doomed = [{"Key": key} for key in change.delete[start : start + DELETE_BATCH]]
        door.call("s3", "delete_objects", Bucket=bucket, Delete={"Objects": doomed, "Quiet": True})
    if change.paths:
        _invalidate(door, bucket, resources, change.paths)
    return change


def site_files(folder: Path) -> list[SiteFile]:
    """The folder's files. A `config.json` in it is for the developer's own server and is left out."""
    return [
        SiteFile(file.name, read_source(file.path), content_type(file.name), CACHED)
        for file in files_in(folder)
        if file.name != CONFIG
    ]


def config_file(site: Site, stack: Stack, profile: Profile, region: str) -> SiteFile:
    """`config.json`: the outputs asked for, the profile, and on local ones where the sign-in service answers."""
    values: dict[str, Any] = {
        key: reachable(_output(stack, output, f"Config.{key}"), profile) for key, output in site.config.items()
    }
    values["profile"] = profile.name
    values.setdefault("region", region)
    if profile.local:
        values["cognitoEndpoint"] = f"http://localhost:{profile.port}/"
    text = json.dumps(values, indent=2, sort_keys=True) + "\n"
    return SiteFile(CONFIG, text.encode(), "application/json; charset=utf-8", UNCACHED)


def compare(wanted: list[SiteFile], there: dict[str, str]) -> SiteChange:
    """What to write and what to delete, given the ETags that the bucket has."""
    keys = {file.key for file in wanted}
    return SiteChange(
        write=tuple(file for file in wanted if there.get(file.key) != file.etag),
        delete=tuple(sorted(key for key in there if key not in keys)),
    )


def content_type(name: str) -> str:
    """For instance ``text/html; charset=utf-8``."""
    guessed = _TYPES.get(Path(name).suffix.lower()) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{guessed}; charset=utf-8" if guessed.startswith(_TEXT) else guessed


def _output(stack: Stack, name: str, asked_by: str) -> str:
    if name not in stack.outputs:
        raise UserError(
            f"Metadata.Groundcloud.Site.{asked_by} names the output {name}, which stack {stack.name} does not have",
            f"Its outputs: {', '.join(sorted(stack.outputs)) or 'none'}",
        )
    return stack.outputs[name]


def _invalidate(door: AwsDoor, bucket: str, resources: list[StackResource], paths: tuple[str, ...]) -> None:
    """Tell the stack's distributions that serve this bucket. The index document also goes by the folder's name."""
    named = {*paths, *(path.removesuffix("index.html") for path in paths if path.endswith("/index.html"))}
    items = sorted(named) if len(named) <= INVALIDATION_PATHS else ["/*"]
    for resource in resources:
        if resource.type == "AWS::CloudFront::Distribution" and _serves(door, resource.physical_id, bucket):
            batch = {"Paths": {"Quantity": len(items), "Items": items}, "CallerReference": new_request_id()}
            door.call("cloudfront", "create_invalidation", DistributionId=resource.physical_id, InvalidationBatch=batch)


def _serves(door: AwsDoor, distribution: str, bucket: str) -> bool:
    config = door.call("cloudfront", "get_distribution_config", Id=distribution)["DistributionConfig"]
    origins = config.get("Origins", {}).get("Items", [])
    return any(origin["DomainName"].startswith(f"{bucket}.s3") for origin in origins)
