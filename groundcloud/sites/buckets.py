"""What sites need to know of a bucket: its owner, website and policy; and its objects, as anybody may read them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Changes, Engine, Scope, Scopes
from groundcloud.sites import limits
from groundcloud.sites.website_config import Website, compile_website

_ELSEWHERE = ("AccessDenied", "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException")
"""What an account or region that the bucket is not in gets to hear."""


class SiteEngine(Engine, Protocol):
    """The engine, with requests signed as an administrator for what a distribution may read in its own name."""

    async def request_as_admin(self, request: Request, service: str, scope: Scope) -> Response: ...


@dataclass(frozen=True)
class Bucket:
    """`website` is None when none is configured, `policy` empty when there is none."""

    name: str
    owner: Scope
    website: Website | None
    policy: dict[str, Any]


class Buckets:
    """Looks buckets up by name, and keeps what it found for as long as nothing of S3 changed."""

    def __init__(self, engine: SiteEngine, changes: Changes, scopes: Scopes) -> None:
        self._engine = engine
        self._changes = changes
        self._scopes = scopes
        self._generation = -1
        self._found: dict[str, Bucket | None] = {}

    async def bucket(self, name: str) -> Bucket | None:
        generation = self._changes.generation("s3")
        if generation != self._generation or len(self._found) >= limits.CACHED_BUCKETS:
            self._found, self._generation = {}, generation
        if name in self._found:
            return self._found[name]
        found = await self._look_up(name)
        if generation == self._generation:
            self._found[name] = found
        return found

    async def read(
        self, bucket: str, key: str, headers: Headers, method: str = "GET", owner: Scope | None = None
    ) -> Response:
        """One object (or its head): as anonymous, so that the bucket's policy decides, or as `owner`."""
        asked = Headers([("Host", "127.0.0.1"), *headers.items])
        request = Request(method, f"/{bucket}/{quote(key, safe='/~')}", headers=asked, service="s3")
        if owner is not None:
            return await self._engine.request_as_admin(request, "s3", owner)
        return await self._engine.request(request)

    async def _look_up(self, name: str) -> Bucket | None:
        for scope in self._scopes.likeliest():
            try:
                website = await self._ask(name, scope, "GetBucketWebsite", "NoSuchWebsiteConfiguration")
                policy = await self._ask(name, scope, "GetBucketPolicy", "NoSuchBucketPolicy")
            except AwsError as error:
                if error.code in _ELSEWHERE:
                    continue
                if error.code == "NoSuchBucket":
                    return None
                raise
            compiled = compile_website(website) if website is not None else None
            return Bucket(name, scope, compiled, json.loads(policy["Policy"]) if policy else {})
        return None

    async def _ask(self, name: str, scope: Scope, operation: str, none: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = await self._engine.call("s3", operation, {"Bucket": name}, scope=scope)
        except AwsError as error:
            if error.code == none:
                return None
            raise
        return found
