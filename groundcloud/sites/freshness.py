"""How long an answer may be kept, and what a viewer that already has one needs. Pure.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html
"""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime

from groundcloud.http import Headers, Response
from groundcloud.sites.distribution import Behavior

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def lifetime(behavior: Behavior, headers: Headers, now: float) -> float:
    """Seconds a good answer may be served from the cache; 0 is not at all."""
    directives = _directives(headers)
    if directives.keys() & {"no-store", "no-cache", "private"}:
        return behavior.min_ttl
    stated = _stated_age(directives, headers, now)
    if stated is None:
        return min(max(behavior.default_ttl, behavior.min_ttl), max(behavior.max_ttl, behavior.min_ttl))
    return max(min(stated, behavior.max_ttl), behavior.min_ttl)


def _stated_age(directives: dict[str, str], headers: Headers, now: float) -> float | None:
    for name in ("s-maxage", "max-age"):
        if directives.get(name, "").isdecimal():
            return float(directives[name])
    expires = epoch(headers.get("expires"))
    return max(0.0, expires - now) if expires is not None else None


def _directives(headers: Headers) -> dict[str, str]:
    found = {}
    for part in ",".join(headers.get_all("cache-control")).split(","):
        name, _, value = part.strip().partition("=")
        if name:
            found[name.lower()] = value.strip().strip('"')
    return found


def epoch(date: str | None) -> float | None:
    """An HTTP date as seconds since the epoch; None for none and for what is no date."""
    if not date:
        return None
    try:
        return parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def for_viewer(full: Response, asked: Headers) -> Response:
    """What is left to send of a whole answer: all of it, a part, or only that nothing changed."""
    if full.status != 200:
        return full
    if _unchanged(full.headers, asked):
        kept = [item for item in full.headers.items if item[0].lower() not in ("content-length", "content-type")]
        return Response(304, Headers(kept))
    wanted = _RANGE.fullmatch(asked.get("range") or "")
    if wanted is None or not _range_is_of(full.headers, asked.get("if-range")):
        return full
    return _part(full, wanted[1], wanted[2])


def _unchanged(headers: Headers, asked: Headers) -> bool:
    tags = asked.get("if-none-match")
    if tags is not None:
        current = (headers.get("etag") or "").removeprefix("W/")
        known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return "*" in known or (bool(current) and current in known)
    since, modified = epoch(asked.get("if-modified-since")), epoch(headers.get("last-modified"))
    return since is not None and modified is not None and modified <= since


def _range_is_of(headers: Headers, condition: str | None) -> bool:
    return condition is None or condition in (headers.get("etag"), headers.get("last-modified"))


def _part(full: Response, first: str, last: str) -> Response:
    size = len(full.body)
    if not first and not last:
        return full
    if first:
        start, end = int(first), min(int(last) if last else size - 1, size - 1)
    else:
        start, end = max(0, size - int(last)), size - 1
    if start > end or start >= size:
        return Response(416, Headers([("Content-Range", f"bytes */{size}"), ("Content-Length", "0")]))
    body = full.body[start : end + 1]
    headers = full.headers.copy()
    headers.set("Content-Length", str(len(body)))
    headers.set("Content-Range", f"bytes {start}-{end}/{size}")
    return Response(206, headers, body)
