"""What API Gateway tells of a request to the trace that it belongs to: which API and method it is, who calls, and how
long the authorizer took. What happens on a connection after it was made is no request: it begins a trace of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from groundcloud.ports import Scope
from groundcloud.spans import Span, current, new_trace_id

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


@contextmanager
def happening(api: str, stage: str, kind: str, route: str, scope: Scope) -> Iterator[None]:
    """A message or the end of a connection (`kind`: ``MESSAGE``, ``DISCONNECT``), which nothing else has caused. Within
    it, what is called belongs to it."""
    connection = current.get()
    if connection is None:
        yield
        return
    now = time.time()
    span = Span(connection.sink, new_trace_id(now), "", now, time.perf_counter())
    span.caller = connection.caller
    before = current.set(span)
    routed(api, stage, kind, route, scope)
    try:
        yield
    finally:
        current.reset(before)
        span.end()


def exchanged(received: str, sent: str) -> None:
    """What came with it, and what it was answered by itself."""
    span = current.get()
    if span is not None:
        for text, note in ((received, span.received), (sent, span.sent)):
            if text:
                note(text.encode("utf-8", "surrogatepass"))


def ended(status: int, request_id: str) -> None:
    """How it ended."""
    span = current.get()
    if span is not None:
        span.status, span.request_id = status, request_id
