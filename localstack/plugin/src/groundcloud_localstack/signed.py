"""A request of LocalStack's client as the cloud gets it: the same call, signed anew for the account it belongs to.

The client's own signature is of LocalStack's address and may be of keys that only LocalStack knows, so it cannot be
handed on. A 12-digit access key is the administrator of that account in the cloud.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from groundcloud_localstack.address import Address

MARK = "X-Groundcloud-Forwarded"
"""Tells the cloud that LocalStack asks, so that it never hands the request back."""

_LEFT_BEHIND = {
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "origin",
    "referer",
    "te",
    "transfer-encoding",
    "upgrade",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
    "x-moto-account-id",
}
"""Headers that belong to the connection or to the signature, or that would make the call a browser's."""

_ANSWERED_ANEW = {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"}


@dataclass(frozen=True)
class Call:
    """A call of an AWS API as LocalStack got it. `path` is as it came, encoded; `query` without the question mark."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    signing_name: str
    region: str
    account: str


@dataclass(frozen=True)
class Signed:
    """What is sent to the cloud."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes


def sign(call: Call, address: Address) -> Signed:
    """`call` for the cloud at `address`, signed by the account's administrator."""
    query = urlencode(
        [(name, value) for name, value in parse_qsl(call.query, True) if not _is_of_signature(name)],
        quote_via=lambda text, *_: quote(text, safe="-_.~"),
    )
    url = address.url + (call.path or "/") + (f"?{query}" if query else "")
    request = AWSRequest(call.method, url, headers=_kept(call.headers), data=call.body)
    SigV4Auth(Credentials(call.account, address.secret), call.signing_name, call.region).add_auth(request)
    return Signed(call.method, url, dict(request.headers.items()), call.body)


def _is_of_signature(parameter: str) -> bool:
    """Whether it is of a presigned URL: what such a URL allows is signed anew in a header."""
    return parameter.lower().startswith("x-amz-") and parameter.lower() != "x-amz-target"


def _kept(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    kept = {name: value for name, value in headers if _travels(name)}
    return {**kept, MARK: "1"}


def _travels(name: str) -> bool:
    return name.lower() not in _LEFT_BEHIND and not name.lower().startswith("x-localstack-")


def answer_headers(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers of the cloud's answer that LocalStack's client gets; the rest is of the connection."""
    return [(name, value) for name, value in headers if name.lower() not in _ANSWERED_ANEW]
