"""Signature Version 4, computed from what was received: plain data in, the expected signature out.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import quote

from botocore.utils import normalize_url_path

from groundcloud.http import Headers

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True)
class Received:
    """The signed parts of a request. `signed` are the names in SignedHeaders, in the client's order; `timestamp` is
    ``YYYYMMDDTHHMMSSZ``; `payload_hash` the body's SHA-256 in hexadecimal."""

    method: str
    raw_path: str
    query_string: str
    headers: Headers
    signed: list[str]
    timestamp: str
    payload_hash: str


def signature(received: Received, secret: str, region: str, service: str) -> str:
    """The signature that the holder of `secret` would have put on the request."""
    date = received.timestamp[:8]
    canonical = _canonical_request(received, service)
    text = "\n".join(
        [
            ALGORITHM,
            received.timestamp,
            f"{date}/{region}/{service}/aws4_request",
            hashlib.sha256(canonical.encode("utf-8")).hexdigest(),
        ]
    )
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _canonical_request(received: Received, service: str) -> str:
    # Every service but S3 normalizes the path and encodes it a second time.
    path = received.raw_path if service == "s3" else quote(normalize_url_path(received.raw_path), safe="/~")
    pairs = sorted(pair.partition("=")[::2] for pair in received.query_string.split("&") if pair)
    return "\n".join(
        [
            received.method,
            path,
            "&".join(f"{key}={value}" for key, value in pairs),
            *(f"{name}:{_canonical_value(received.headers, name)}" for name in received.signed),
            "",
            ";".join(received.signed),
            received.payload_hash,
        ]
    )


def _canonical_value(headers: Headers, name: str) -> str:
    """Every value of the header, so that none can be slipped in beside the signed one."""
    return ",".join(" ".join(value.split()) for value in headers.get_all(name))
