"""S3's Signature Version 2, which boto3 still presigns with at an endpoint of one's own.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from urllib.parse import SplitResult

from botocore.auth import HmacV1Auth
from botocore.awsrequest import HTTPHeaders
from botocore.credentials import Credentials

from groundcloud.http import Headers


@dataclass(frozen=True)
class Received:
    """The signed parts of a request. `resource` is the raw path with the bucket before it, however it was addressed;
    `expires` the epoch seconds of a presigned URL, or None for a signature in the header; `token` is a session's, which
    is signed as a header even where it is sent in the query."""

    method: str
    resource: str
    query_string: str
    headers: Headers
    expires: str | None
    token: str = ""


def matches(received: Received, access_key: str, secret: str, signature: str) -> bool:
    """Whether the holder of `secret` made `signature` for this request."""
    signer = HmacV1Auth(Credentials(access_key, secret))
    headers = HTTPHeaders()
    for name, value in received.headers.items:
        headers[name] = value
    if received.token:
        headers["x-amz-security-token"] = received.token
    date = received.expires
    if date is None:
        date = "" if "x-amz-date" in received.headers else received.headers.get("date", "")
    custom = signer.canonical_custom_headers(headers)
    lines = [
        received.method,
        received.headers.get("content-md5", ""),
        received.headers.get("content-type", ""),
        date,
        *([custom] if custom else []),
        signer.canonical_resource(SplitResult("", "", received.resource, received.query_string, "")),
    ]
    expected = signer.sign_string("\n".join(str(line) for line in lines))
    return hmac.compare_digest(str(expected).encode(), signature.encode())
