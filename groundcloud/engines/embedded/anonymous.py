"""Requests for objects that nobody signed, put so that the engine takes them for such.

The engine reads from a signature which service a request is for. Without one it goes by the path, and there a bucket
called ``tasks-site`` is ECS's, ``login.example.com`` Cognito's, and ``/logout`` no object of any bucket. The edge knows
better: what is unsigned and is no other service's protocol is S3's. The engine is told so by a credential scope that
names the service and no key, which leaves the caller anonymous.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from groundcloud.engines.buckets import bucket_of_hostname

_UNDER_S3 = (b"authorization", b"Anonymous Credential=-/-/-/s3/")
_HERE = b"127.0.0.1"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_SIGNED = ("X-Amz-Credential=", "AWSAccessKeyId=", "Signature=")

Scope = dict[str, Any]
DetectService = Callable[[str, str, dict[str, str], dict[str, list[str]]], str]
"""The engine's own routing: ``(method, path, headers, query)`` → its name of the service."""


class AnonymousObjects:
    """`is_bucket` says whether there is a bucket of that name, in any account."""

    def __init__(self, detect_service: DetectService, is_bucket: Callable[[str], Awaitable[bool]]) -> None:
        self._detect_service = detect_service
        self._is_bucket = is_bucket

    async def addressed(self, scope: Any) -> Any:
        """`scope`, or the same request in a form that the engine takes for S3's. What only might be S3's (a path of
        another service that somebody calls unsigned) stays as it is where no such bucket exists."""
        if scope["type"] != "http" or is_signed(scope):
            return scope
        host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1").lower()
        named = bucket_of_hostname(host.rpartition(":")[0] if ":" in host else host)
        if named:
            scope = path_style(scope, named)
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if self._detect_service(scope["method"], scope["path"], {}, query) == "s3":
            return scope
        bucket = named or scope["path"].lstrip("/").partition("/")[0]
        if not named and not (_BUCKET.fullmatch(bucket) and await self._is_bucket(bucket)):
            return scope
        return {**scope, "headers": [*scope["headers"], _UNDER_S3]}


def is_signed(scope: Scope) -> bool:
    """Whether a request says by whom it is; a signed one must stay as it was signed."""
    if any(name == b"authorization" for name, _ in scope["headers"]):
        return True
    query = scope["query_string"].decode("latin-1")
    return any(mark in query for mark in _SIGNED)


def path_style(scope: Scope, bucket: str) -> Scope:
    """A request whose host names the bucket, as one whose path does."""
    headers = [(name, _HERE if name == b"host" else value) for name, value in scope["headers"]]
    prefix = f"/{bucket}"
    return {
        **scope,
        "headers": headers,
        "path": prefix + scope["path"],
        "raw_path": prefix.encode() + scope["raw_path"],
    }
