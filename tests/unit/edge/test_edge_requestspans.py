"""Every request is a span, and knows what caused it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from groundcloud.edge.chain import Chain
from groundcloud.edge.exchange import Exchange
from groundcloud.edge.requestspans import RequestSpans
from groundcloud.engines.embedded.asgi import fetch
from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request, Response
from groundcloud.runtime.tracing import trace_header
from groundcloud.spans import Span, current, new_trace_id, parent_of, root_of, sampled_of
from tests.fakes.kept_spans import KeptSpans

ROOT = "1-67412345-0123456789abcdef01234567"


def asked(sink: KeptSpans, handler: Any, path: str = "/", body: bytes = b"", **headers: str) -> Response:
    chain = Chain([handler], spans=RequestSpans(sink))
    items = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return asyncio.run(fetch(chain, Request("POST", path, "a=1", Headers(items), body)))


async def echo(exchange: Exchange) -> Response:
    return Response(200, Headers([("X-Thing", "t")]), await exchange.body())


def test_what_went_through_is_noted() -> None:
    sink = KeptSpans()
    assert asked(sink, echo, "/path", b"hello").status == 200
    [span] = sink.spans
    assert (span.method, span.url, span.status, span.kind) == ("POST", "/path?a=1", 200, "request")
    assert (span.request_size, span.request_chunks, span.response_size) == (5, [b"hello"], 5)
    assert (b"X-Thing", b"t") in (span.response_headers or [])
    assert span.parent == "" and root_of(f"Root={span.trace}") and span.seconds > 0


@pytest.mark.parametrize("path", ["/_groundcloud/v1/traces", "/_localstack/health"])
def test_our_own_routes_leave_none(path: str) -> None:
    sink = KeptSpans()
    asked(sink, echo, path)
    assert sink.spans == []


@pytest.mark.parametrize("error", [AwsError("NoSuchThing", "no", 404), RuntimeError("a fault of ours")])
def test_a_failure_is_noted_too(error: Exception) -> None:
    async def fails(exchange: Exchange) -> Response:
        raise error

    sink = KeptSpans()
    asked(sink, fails)
    assert sink.spans[0].status in (404, 500) and sink.spans[0].response_size > 0


def test_a_header_that_was_handed_on_names_the_cause() -> None:
    sink = KeptSpans()
    run = Span(sink, ROOT, "", 0.0, 0.0)
    asked(sink, echo, x_amzn_trace_id=run.header)
    asked(sink, echo, x_amzn_trace_id=f"Root={ROOT};Parent=0123456789abcdef;Sampled=1")
    ours, foreign = sink.spans
    assert (ours.trace, ours.parent) == (ROOT, run.id)
    assert (foreign.trace, foreign.parent, foreign.sampled) == (ROOT, "", "1")


def test_what_a_request_asks_of_the_cloud_itself_hangs_under_it() -> None:
    sink = KeptSpans()
    inner = Chain([echo], spans=RequestSpans(sink))

    async def outer(exchange: Exchange) -> Response:
        await fetch(inner, Request("GET", "/inner"))
        return Response(200)

    asked(sink, outer)
    called, caller = sink.spans
    assert (called.trace, called.parent) == (caller.trace, caller.id)


def test_what_is_handed_to_a_function_names_the_request() -> None:
    sink, made = KeptSpans(), trace_header(None, 0.0)
    assert root_of(made) and parent_of(made), "without traces: a trace of its own"
    span = Span(sink, new_trace_id(0.0), "", 0.0, 0.0)
    token = current.set(span)
    try:
        given = trace_header(f"Root={span.trace};Parent=0123456789abcdef;Sampled=1", 0.0)
        assert (root_of(given), parent_of(given), sampled_of(given)) == (span.trace, span.id, "1")
        assert root_of(trace_header(f"Root={ROOT}", 0.0)) == span.trace
    finally:
        current.reset(token)
    assert sink.knows(span.id)
