from __future__ import annotations

import pytest

from groundcloud.http import Headers, Response
from groundcloud.sites.distribution import Behavior, Origin, Rules
from groundcloud.sites.freshness import epoch, for_viewer, lifetime

NOW = 1_800_000_000.0
IN_A_MINUTE = "Fri, 15 Jan 2027 08:01:00 GMT"
ETAG, MODIFIED = '"1"', "Fri, 15 Jan 2027 08:00:00 GMT"


def behavior(least: float, usual: float, most: float) -> Behavior:
    origin = Origin("o", "example.com", "", (), 80)
    methods = frozenset({"GET", "HEAD"})
    return Behavior("*", origin, methods, methods, Rules(), Rules(), least, usual, most, legacy=False)


@pytest.mark.parametrize(
    ("ttls", "headers", "seconds"),
    [
        ((1, 86400, 31536000), [], 86400),
        ((1, 86400, 31536000), [("Cache-Control", "max-age=60")], 60),
        ((1, 86400, 31536000), [("Cache-Control", "public, max-age=60, s-maxage=90")], 90),
        ((1, 86400, 31536000), [("Cache-Control", "max-age=0")], 1),
        ((1, 86400, 31536000), [("Cache-Control", "no-store")], 1),
        ((0, 86400, 31536000), [("cache-control", "No-Cache")], 0),
        ((0, 86400, 31536000), [("Cache-Control", "private, max-age=60")], 0),
        ((0, 86400, 100), [("Cache-Control", "max-age=999")], 100),
        ((0, 86400, 31536000), [("Expires", IN_A_MINUTE)], 60),
        ((0, 86400, 31536000), [("Expires", "0")], 86400),
        ((0, 86400, 31536000), [("Cache-Control", "max-age=²")], 86400),
        ((0, 86400, 31536000), [("Cache-Control", "max-age=" + "9" * 500)], 31536000),
        ((0, 0, 0), [("Cache-Control", "max-age=60")], 0),
        ((0, 0, 0), [], 0),
    ],
)
def test_how_long(ttls: tuple[float, float, float], headers: list[tuple[str, str]], seconds: float) -> None:
    """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html"""
    assert lifetime(behavior(*ttls), Headers(headers), NOW) == seconds


def full() -> Response:
    headers = [("ETag", ETAG), ("Last-Modified", MODIFIED), ("Content-Length", "10"), ("Content-Type", "text/plain")]
    return Response(200, Headers(headers), b"0123456789")


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        ([], 200, b"0123456789"),
        ([("If-None-Match", ETAG)], 304, b""),
        ([("If-None-Match", f'"2", W/{ETAG}')], 304, b""),
        ([("If-None-Match", "*")], 304, b""),
        ([("If-None-Match", '"2"')], 200, b"0123456789"),
        ([("If-None-Match", '"2"'), ("If-Modified-Since", MODIFIED)], 200, b"0123456789"),
        ([("If-Modified-Since", MODIFIED)], 304, b""),
        ([("If-Modified-Since", "yesterday")], 200, b"0123456789"),
        ([("Range", "bytes=2-4")], 206, b"234"),
        ([("Range", "bytes=8-")], 206, b"89"),
        ([("Range", "bytes=-3")], 206, b"789"),
        ([("Range", "bytes=0-999")], 206, b"0123456789"),
        ([("Range", "bytes=10-")], 416, b""),
        ([("Range", "bytes=4-2")], 416, b""),
        ([("Range", "bytes=-")], 200, b"0123456789"),
        ([("Range", "bytes=0-1,3-4")], 200, b"0123456789"),
        ([("Range", "bytes=" + "9" * 5000 + "-")], 200, b"0123456789"),
        ([("Range", "lines=1-2")], 200, b"0123456789"),
        ([("Range", "bytes=2-4"), ("If-Range", ETAG)], 206, b"234"),
        ([("Range", "bytes=2-4"), ("If-Range", '"2"')], 200, b"0123456789"),
    ],
)
def test_what_a_viewer_still_needs(asked: list[tuple[str, str]], status: int, body: bytes) -> None:
    answer = for_viewer(full(), Headers(asked))
    assert (answer.status, answer.body) == (status, body)
    if status == 206:
        assert answer.headers.get("content-length") == str(len(body))


def test_errors_are_sent_whole() -> None:
    assert for_viewer(Response(404, body=b"lost"), Headers([("Range", "bytes=0-1")])).body == b"lost"


@pytest.mark.parametrize("date", [None, "", "0", "yesterday", "Fri, 99 Jan 2027 08:00:00 GMT"])
def test_what_is_no_date(date: str | None) -> None:
    assert epoch(date) is None
