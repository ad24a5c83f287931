"""How a span ended: the error that it answered, and whether somebody was refused. Pure."""

from __future__ import annotations

import re
from typing import Any

from groundcloud.spans import Span
from groundcloud.trace import mask
from groundcloud.trace.payload import parsed

_XML = re.compile(r"<(Code|Message)>([^<]*)</\1>")
_DENIED = re.compile(
    r"AccessDenied|Unauthorized|NotAuthorized|Forbidden|SignatureDoesNotMatch|Invalid(Signature|ClientToken|Token)|"
    r"UnrecognizedClient|Expired(Token|Code)|MissingAuthenticationToken|AuthFailure|IncompleteSignature|InvalidAccessKey"
)
_MAX_MESSAGE = 1000


def error_of(span: Span, answer: bytes, value: Any, headers: dict[str, str]) -> dict[str, str] | None:
    """The error of an answer of 400 or more, in whichever of AWS's forms it is."""
    if span.status < 400 and not (200 <= span.status < 300 and "x-amz-function-error" in headers):
        return None
    code, message = headers.get("x-amzn-errortype", "").partition(":")[0], ""
    if isinstance(value, dict):
        code = str(value.get("__type") or value.get("code") or value.get("errorType") or code).rpartition("#")[2]
        message = str(value.get("message") or value.get("Message") or value.get("errorMessage") or "")
    elif answer[:1] == b"<":
        named = dict(_XML.findall(answer.decode("utf-8", "replace")))
        code, message = named.get("Code", code), named.get("Message", "")
    return {"code": code or f"HTTP {span.status}", "message": mask.text(message[:_MAX_MESSAGE])}


def failure_of(span: Span, answer: bytes) -> dict[str, str] | None:
    """Of a function's run: why it could not be run, or what it failed with."""
    if span.error_code:
        return {"code": span.error_code, "message": mask.text(span.error_message[:_MAX_MESSAGE])}
    if not span.failed:
        return None
    value = parsed(answer)
    value = value if isinstance(value, dict) else {}
    message = str(value.get("errorMessage") or "The function failed")
    return {"code": str(value.get("errorType") or "Unhandled"), "message": mask.text(message[:_MAX_MESSAGE])}


def outcome_of(status: int, error: dict[str, str] | None, decision: dict[str, Any] | None) -> str:
    refused = decision is not None and not decision["allowed"] and decision.get("refused", True)
    if refused or status in (401, 403) or (error is not None and _DENIED.search(error["code"])):
        return "denied"
    return "error" if status >= 400 or status == 0 or error is not None else "ok"
