"""Every request is a span: begun when it arrives, handed over when it was answered.

On the way of every request, so only what nobody can find out later is noted here.
"""

from __future__ import annotations

import time

from groundcloud.edge.authorize import SIGNED_BY
from groundcloud.edge.exchange import Exchange
from groundcloud.spans import UNKEPT_SPANS, Span, SpanSink, current, new_trace_id, parent_of, root_of, sampled_of

_HEADER = "x-amzn-trace-id"
_UNTRACED = ("/_groundcloud/", "/_localstack/", "/_ministack/")
"""Our own routes: who looks at traces must not make more of them."""


UNKEPT = "Self=groundcloud-console"
"""In the header of what the console reads by AWS APIs, for the same reason."""


class RequestSpans:
    def __init__(self, sink: SpanSink) -> None:
        self._sink = sink

    def begin(self, exchange: Exchange) -> None:
        """Sets `exchange.span`, and the current span of this task."""
        if exchange.raw_path.startswith(_UNTRACED):
            return
        now, begun = time.time(), time.perf_counter()
        cause, header = current.get(), exchange.headers.get(_HEADER)
        if cause is not None:
            # A request that a part makes of the cloud itself: an integration of an API, for instance.
            span = Span(cause.sink, cause.trace, cause.id, now, begun)
            span.sampled = cause.sampled
        elif header is not None and UNKEPT in header:
            span = Span(UNKEPT_SPANS, new_trace_id(now), "", now, begun)
        else:
            parent = parent_of(header)
            known = parent if parent and self._sink.knows(parent) else ""
            span = Span(self._sink, root_of(header) or new_trace_id(now), known, now, begun)
            if header is not None:
                span.sampled = sampled_of(header)
        span.method, span.url = exchange.method, exchange.raw_path
        if exchange.query_string:
            span.url += "?" + exchange.query_string
        span.request_id = exchange.request_id
        span.request_headers = exchange.headers.items
        exchange.span = span
        current.set(span)

    def end(self, exchange: Exchange) -> None:
        """Hands `exchange.span` over."""
        span = exchange.span
        if span is None:
            return
        span.status = exchange.status
        span.identity = exchange.identity
        span.signer = exchange.scope.get(SIGNED_BY)
        span.end()

    @staticmethod
    def drop(exchange: Exchange) -> None:
        """Forget what was begun: it is somebody else's, who is not traced."""
        exchange.span = None
        current.set(None)
