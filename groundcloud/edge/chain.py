"""The request path: handlers in order, the first answer wins, and then the recorders look at what happened.

States of an exchange: arrived → (handlers, in order) → answered → recorded. A handler answers by returning a
`Response`, or `STREAMED` when it has written to the connection itself; None hands the exchange on.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, Final

from groundcloud.clock import new_request_id
from groundcloud.edge.errors import error_response
from groundcloud.edge.exchange import Exchange
from groundcloud.edge.requestspans import RequestSpans
from groundcloud.engines.embedded.asgi import Receive, Send
from groundcloud.errors import AwsError
from groundcloud.http import Response

log = logging.getLogger(__name__)

STREAMED: Final = Response(0)
"""The handler has answered on the connection by itself."""

Handler = Callable[[Exchange], Awaitable[Response | None]]
Recorder = Callable[[Exchange], None]
OnRefusal = Callable[[Exchange, Response], Awaitable[None]]
"""Looks at the answer that is made of a refusal, before it is sent."""


class Chain:
    """An ASGI application for the ``http`` scope."""

    def __init__(
        self,
        handlers: Sequence[Handler],
        recorders: Sequence[Recorder] = (),
        on_refusal: OnRefusal | None = None,
        spans: RequestSpans | None = None,
    ) -> None:
        self._handlers = tuple(handlers)
        self._recorders = tuple(recorders)
        self._on_refusal = on_refusal
        self._spans = spans

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send, new_request_id())
        if self._spans is not None:
            self._spans.begin(exchange)
        try:
            try:
                response = await self._first_answer(exchange)
            except AwsError as error:
                response = error_response(error, exchange)
                if self._on_refusal is not None:
                    await self._on_refusal(exchange, response)
            if response is not STREAMED:
                await exchange.answer(response)
        except Exception:
            log.exception("%s %s failed (request %s)", exchange.method, exchange.raw_path, exchange.request_id)
            await self._fail(exchange)
        finally:
            for record in self._recorders:
                record(exchange)
            if self._spans is not None:
                self._spans.end(exchange)

    async def _fail(self, exchange: Exchange) -> None:
        """Tell the client; the next request is served as if nothing had happened."""
        if not exchange.take_back():
            return  # Too late to say it: the server ends the connection in the middle of the answer.
        message = f"The local cloud failed on this request; its log names {exchange.request_id}"
        await exchange.answer(error_response(AwsError("InternalFailure", message, 500), exchange))

    async def _first_answer(self, exchange: Exchange) -> Response:
        for handler in self._handlers:
            response = await handler(exchange)
            if response is not None:
                return response
        raise AwsError("InternalFailure", "No handler answered this request", 500)
