"""How an unsigned request for an object is put to the engine."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from groundcloud.engines.embedded.anonymous import AnonymousObjects
from groundcloud.engines.embedded.asgi import scope_of
from groundcloud.http import Headers, Request


def detect(_method: str, path: str, _headers: dict[str, str], _query: dict[str, list[str]]) -> str:
    return "ecs" if path.startswith("/tasks") else "s3"


def addressed(path: str, host: str = "127.0.0.1:4566", query: str = "", **headers: str) -> dict[str, Any]:
    """What becomes of a request, in a world with one bucket."""

    async def is_bucket(name: str) -> bool:
        return name == "tasks-site"

    request = Request("GET", path, query, Headers([("Host", host), *headers.items()]), service="s3")
    return dict(asyncio.run(AnonymousObjects(detect, is_bucket).addressed(scope_of(request))))


def told(scope: dict[str, Any]) -> bool:
    return any(name == b"authorization" for name, _ in scope["headers"])


@pytest.mark.parametrize(
    ("path", "host", "asked", "is_told"),
    [
        ("/files/a", "127.0.0.1:4566", "/files/a", False),
        ("/tasks-site/a", "127.0.0.1:4566", "/tasks-site/a", True),
        ("/tasks/a", "127.0.0.1:4566", "/tasks/a", False),
        ("/a%20b", "tasks-site.s3.localhost:4566", "/tasks-site/a%20b", True),
        ("/tasks/a", "files.s3.localhost", "/files/tasks/a", False),
        ("/", "tasks.example.com.s3.eu-central-1.amazonaws.com", "/tasks.example.com/", True),
    ],
    ids=["plain", "a bucket", "no bucket", "by host", "a key", "dots"],
)
def test_only_what_another_service_would_get_is_told_to_be_s3s(path: str, host: str, asked: str, is_told: bool) -> None:
    scope = addressed(path, host)
    assert (scope["raw_path"].decode(), told(scope)) == (asked, is_told)


def test_what_is_signed_stays_as_it_was_signed() -> None:
    host = "tasks-site.s3.localhost"
    assert addressed("/a", host, Authorization="AWS4-HMAC-SHA256 x")["path"] == "/a"
    assert addressed("/a", host, "X-Amz-Credential=AKIA%2F20260101%2Fus-east-1%2Fs3%2Faws4_request")["path"] == "/a"
    assert addressed("/a", host, "AWSAccessKeyId=AKIA&Signature=x&Expires=1")["path"] == "/a"
