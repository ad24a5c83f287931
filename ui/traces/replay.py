"""A recorded step as a request that can be sent again. Pure.

Traces hold no secrets, so what was one has to be given anew: a request that a key had signed is signed by the account's
administrator instead, and any other masked value is named, to be typed in before sending.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode

from ui.readers.spans import MASK, Sent, Span
from ui.readers.types import Scope
from ui.readers.wire import Outgoing

DATA_PLANES = frozenset({"execute-api", "cloudfront", "s3-website", "lambda-url", "cognito-hosted", "http"})
"""What a trace calls requests that are no AWS API call."""

NOT_REPEATED = frozenset(
    {
        "host",
        "content-length",
        "connection",
        "transfer-encoding",
        "expect",
        "accept-encoding",
        "x-amzn-trace-id",
        "amz-sdk-invocation-id",
        "amz-sdk-request",
    }
)
CHECKSUMS = ("x-amz-checksum-", "x-amz-sdk-checksum-", "content-md5")
"""How the names of headers begin that hold for one body only."""
SIGNING = frozenset({"authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"})


@dataclass(frozen=True)
class Draft:
    """What would be sent; `missing` is what the trace does not have of it and must be typed in first, `note` what to
    know about what is sent, each as a sentence."""

    outgoing: Outgoing
    missing: list[str]
    note: str = ""


def is_of_data_plane(span: Span) -> bool:
    """Whether it is no AWS API call. CloudFront's name stands for both: its API has operations, its sites methods and
    paths."""
    return span.service in DATA_PLANES and not (span.service == "cloudfront" and span.operation.isalpha())


def draft_of(span: Span) -> Draft | None:
    """The request of a step, or the invocation of its function; None for a step that nobody can send."""
    if span.request is None:
        return None
    if span.request.method:
        # ``OPTIONS *`` has no address that could be sent to the cloud.
        return _request(span, span.request) if span.request.url.startswith("/") else None
    return _invocation(span, span.request) if span.function else None


def for_another_body(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without the checksums of the body that was recorded."""
    return [(name, value) for name, value in headers if not name.lower().startswith(CHECKSUMS)]


def _request(span: Span, sent: Sent) -> Draft:
    sign_for = span.service if _was_signed(sent) else ""
    if sign_for and is_of_data_plane(span):
        sign_for = "execute-api" if span.service == "execute-api" else "lambda"
    left_out = NOT_REPEATED | SIGNING if sign_for else NOT_REPEATED
    headers = [(name, value) for name, value in sent.headers if name.lower() not in left_out]
    missing = [
        f"The header {name} held a secret: type it in where {MASK} stands." for name, value in headers if MASK in value
    ]
    url = _unsigned(sent.url)
    if MASK in url:
        missing.append(f"The address held a secret: type it in where {MASK} stands.")
    host = next((value for name, value in sent.headers if name.lower() == "host"), "")
    outgoing = Outgoing(sent.method, host, url, headers, sent.body, sign_for, Scope(span.account, span.region))
    return Draft(outgoing, missing + _of_body(sent))


def _invocation(span: Span, sent: Sent) -> Draft:
    url = f"/2015-03-31/functions/{quote(span.function, safe='')}/invocations"
    headers = [("Content-Type", "application/json")]
    outgoing = Outgoing("POST", "", url, headers, sent.body, "lambda", Scope(span.account, span.region))
    note = f"Secrets in the event, such as the caller's token, are sent as {MASK}." if sent.masked else ""
    return Draft(outgoing, _of_body(sent, may_be_masked=True), note)


def _of_body(sent: Sent, *, may_be_masked: bool = False) -> list[str]:
    """A function is given the masked event all the same: it was authorized before, and the claims are in it."""
    missing = []
    if sent.truncated:
        missing.append("Only the head of the body was kept: complete it.")
    if sent.masked and not may_be_masked:
        missing.append(f"The body held a secret: type it in where {MASK} stands.")
    return missing


def _was_signed(sent: Sent) -> bool:
    names = {name.lower(): value for name, value in sent.headers}
    return "x-amz-date" in names or names.get("authorization", "").startswith("AWS4-") or "X-Amz-Signature=" in sent.url


def _unsigned(url: str) -> str:
    """Without the parameters of a signature that has expired."""
    path, mark, query = url.partition("?")
    if not mark or "X-Amz-Signature=" not in query:
        return url
    kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if not name.startswith("X-Amz-")]
    return f"{path}?{urlencode(kept)}" if kept else path
