"""Answers requests of function URLs. Who may is the edge's to say; here a request that may becomes a call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from groundcloud.clock import Clock, new_request_id
from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.ports import AwsCaller, Changes, Scopes
from groundcloud.runtime import limits
from groundcloud.runtime.function import Reference
from groundcloud.runtime.streamed_call import StreamedCall
from groundcloud.runtime.tracing import trace_header
from groundcloud.runtime.urls import answer
from groundcloud.runtime.urls.config import FunctionUrl
from groundcloud.runtime.urls.cors import cors_headers, preflight
from groundcloud.runtime.urls.directory import Directory
from groundcloud.runtime.urls.event import make_event
from groundcloud.runtime.urls.streaming import stream_answer

RunUrl = Callable[[Reference, bytes, str, str], Awaitable[tuple[bytes, bool]]]
"""`(function, event, request id, trace header)` → what it returned, and whether it failed. Raises `AwsError`."""


StreamUrl = Callable[[Reference, bytes, str, str], Awaitable[StreamedCall]]
"""The same for a URL that streams: a call that has begun."""


class FunctionUrls:
    """`find` a URL, then let it `refuse` or `call`."""

    def __init__(
        self, aws: AwsCaller, changes: Changes, scopes: Scopes, run: RunUrl, stream: StreamUrl, clock: Clock
    ) -> None:
        self._directory = Directory(aws, changes, scopes)
        self._run = run
        self._stream = stream
        self._clock = clock

    async def find(self, identifier: str, region: str | None) -> FunctionUrl | None:
        return await self._directory.find(identifier, region)

    def preflight(self, url: FunctionUrl, request: Request) -> Response | None:
        """The answer to a browser that asks first, which needs no permission."""
        return preflight(url, request)

    async def call(self, url: FunctionUrl, request: Request, caller: dict[str, str | None] | None) -> Response:
        """Call the function. `caller`: see `make_event`."""
        request_id, now = new_request_id(), self._clock.now()
        trace = trace_header(None, now)
        response = await self._answer(url, request, caller, request_id, trace)
        if url.cors is not None:
            for name, value in cors_headers(url.cors, request):
                response.headers.set(name, value)
        response.headers.set("x-amzn-RequestId", request_id)
        response.headers.set("X-Amzn-Trace-Id", trace.partition(";")[0])
        return response

    async def _answer(
        self, url: FunctionUrl, request: Request, caller: dict[str, str | None] | None, request_id: str, trace: str
    ) -> Response:
        if len(request.body) > limits.SYNC_PAYLOAD_BYTES:
            return answer.too_large()
        root = trace.partition(";")[0]
        event = make_event(url, request, request_id=request_id, trace=root, caller=caller, now=self._clock.now())
        if len(event) > limits.SYNC_PAYLOAD_BYTES:
            return answer.too_large()
        try:
            if url.streams:
                return await stream_answer(await self._stream(url.target, event, request_id, trace))
            payload, failed = await self._run(url.target, event, request_id, trace)
        except AwsError as error:
            return answer.throttled() if error.code == "TooManyRequestsException" else answer.bad_gateway()
        return answer.answer(payload, failed=failed)
