"""Signature Version 4, computed from what was received: plain data in, the verdict out.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote

from botocore.utils import normalize_url_path

from groundcloud.http import Headers

ALGORITHM = "AWS4-HMAC-SHA256"
ASYMMETRIC = "AWS4-ECDSA-P256-SHA256"
"""The algorithm of Version 4A, which is not computed here."""
_UNRESERVED = "-_.~"


class Received(NamedTuple):
    """The signed parts of a request.

    `query_string` is without the signature itself; `signed` are the names in SignedHeaders, in the client's order;
    `timestamp` is ``YYYYMMDDTHHMMSSZ``; `payload_hash` the body's SHA-256 in hexadecimal, or one of the words that S3
    takes instead.
    """

    method: str
    raw_path: str
    query_string: str
    headers: Headers
    signed: list[str]
    timestamp: str
    payload_hash: str


def matches(received: Received, secret: str, region: str, service: str, signature: str) -> bool:
    """Whether the holder of `secret` made `signature` for this request."""
    scope = f"{received.timestamp[:8]}/{region}/{service}/aws4_request"
    key = signing_key(secret, received.timestamp[:8], region, service)
    for canonical in _canonical_requests(received, is_s3=service in ("s3", "s3express")):
        digest = hashlib.sha256(canonical.encode("utf-8")).hexdigest()
        text = f"{ALGORITHM}\n{received.timestamp}\n{scope}\n{digest}"
        if hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), signature):
            return True
    return False


@lru_cache(maxsize=256)
def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _canonical_requests(received: Received, *, is_s3: bool) -> Iterator[str]:
    """The canonical request; and then, for a client that sent more loosely than it signed, the one of the path and
    query encoded by the book."""
    headers = "\n".join(f"{name}:{_canonical_value(received.headers, name)}" for name in received.signed)
    rest = f"{headers}\n\n{';'.join(received.signed)}\n{received.payload_hash}"
    pairs = [pair.partition("=")[::2] for pair in received.query_string.split("&") if pair]
    yield _canonical_request(received, received.raw_path, pairs, rest, is_s3=is_s3)
    strict_path = quote(unquote(received.raw_path), safe="/" + _UNRESERVED)
    strict_pairs = [(_encoded(key), _encoded(value)) for key, value in pairs]
    yield _canonical_request(received, strict_path, strict_pairs, rest, is_s3=is_s3)


def _canonical_request(received: Received, path: str, pairs: list[tuple[str, str]], rest: str, *, is_s3: bool) -> str:
    query = "&".join(f"{key}={value}" for key, value in sorted(pairs))
    # Every service but S3 normalizes the path and encodes it a second time.
    signed_path = path if is_s3 or path == "/" else quote(normalize_url_path(path), safe="/~")
    return f"{received.method}\n{signed_path}\n{query}\n{rest}"


def _encoded(text: str) -> str:
    return quote(unquote(text), safe=_UNRESERVED)


def _canonical_value(headers: Headers, name: str) -> str:
    """Every value of the header, so that none can be slipped in beside the signed one."""
    joined = ",".join([" ".join(value.split()) for value in headers.get_all(name)])
    if joined.isascii():
        return joined
    try:
        return joined.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return joined
