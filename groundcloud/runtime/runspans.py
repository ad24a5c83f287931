"""Every run of a function is a span. What the function is handed names it, so that its SDK calls come back to it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from groundcloud.errors import AwsError
from groundcloud.runtime.call import Call, Outcome
from groundcloud.runtime.function import Function
from groundcloud.spans import Span, SpanSink, new_trace_id, parent_of, root_of, sampled_of

_CLOCK_SLACK_SECONDS = 0.05


class _Run:
    """One run; `span` is None when no trace is kept."""

    def __init__(self, span: Span | None) -> None:
        self.span = span

    def ended(self, outcome: Outcome) -> None:
        """How the function ended."""
        if self.span is not None:
            self.span.failed = outcome.failed
            self.span.sent(outcome.payload)


class RunSpans:
    def __init__(self, sink: SpanSink | None) -> None:
        self._sink = sink

    @contextmanager
    def running(self, function: Function, call: Call) -> Iterator[_Run]:
        """Changes `call.trace`, so that whatever the function calls belongs to this run."""
        if self._sink is None:
            yield _Run(None)
            return
        span = call.span = self._begin(self._sink, function, call)
        try:
            yield _Run(span)
        except AwsError as error:
            span.status, span.error_code, span.error_message = error.status, error.code, error.message
            raise
        finally:
            span.end()
            self._start_of(span)

    def _begin(self, sink: SpanSink, function: Function, call: Call) -> Span:
        now = time.time()
        parent = parent_of(call.trace)
        known = parent if parent and sink.knows(parent) else ""
        span = Span(sink, root_of(call.trace) or new_trace_id(now), known, now, time.perf_counter())
        span.kind, span.service, span.operation, span.status = "invocation", "lambda", "Invoke", 200
        span.sampled, span.resource, span.function = sampled_of(call.trace), call.arn, function.name
        span.account, span.region = function.scope.account, function.scope.region
        span.request_id = call.request_id
        span.request_chunks, span.request_size = [call.payload], len(call.payload)
        call.trace = span.header
        return span

    def _start_of(self, span: Span) -> None:
        """The start of the environment, when this run waited for it."""
        if not span.cold or span.init_ms is None or span.spawned < span.started - _CLOCK_SLACK_SECONDS:
            return
        start = span.child("init")
        start.service, start.operation, start.resource = "lambda", "Init", span.resource
        start.function, start.status, start.request_id = span.function, 200, span.request_id
        start.started, start.seconds = span.spawned, span.init_ms / 1000
        start.sink.span(start)
