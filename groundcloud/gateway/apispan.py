"""What API Gateway tells of a request to the trace that it belongs to: which API and method it is, who calls, and how
long the authorizer took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from groundcloud.ports import Scope
from groundcloud.spans import current

SERVICE = "execute-api"
_NAMES = ("cognito:username", "username", "email", "sub")


def routed(api: str, stage: str, method: str, path: str, scope: Scope) -> None:
    """The request was found to be for this method of this API; `path` with its parameters' names. For
    a path that the API does not have, as it was asked for: the refusal is the API's, and its account's."""
    span = current.get()
    if span is not None:
        span.service, span.operation, span.resource = SERVICE, f"{method} {path}", f"{api}/{stage}"
        span.account, span.region = scope.account, scope.region


def called_by(claims: Mapping[str, Any]) -> None:
    """The user whose token let the request in."""
    span = current.get()
    if span is not None:
        span.caller = next((str(claims[name]) for name in _NAMES if claims.get(name)), "")


@contextmanager
def authorizing(kind: str) -> Iterator[None]:
    """The check of a token, which is no function's."""
    span = current.get()
    if span is None:
        yield
        return
    check = span.child("authorizer")
    check.service, check.operation, check.resource = "apigateway", kind, span.resource
    check.status, check.request_id = 401, span.request_id
    try:
        yield
        check.status = 200
    finally:
        check.end()
