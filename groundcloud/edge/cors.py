"""Lets pages of other origins read the refusals that the edge makes itself; the engine's answers carry this already.

The APIs of AWS's services are open to pages of every origin. S3 asks the bucket
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html), and data planes have their own rules.
"""

from __future__ import annotations

from typing import Protocol

from groundcloud.edge.exchange import Exchange
from groundcloud.http import Headers, Request, Response

_COPIED = ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Expose-Headers", "Vary")


class Door(Protocol):
    """The engine's raw door."""

    async def request(self, request: Request) -> Response: ...


class ReadableRefusals:
    def __init__(self, engine: Door) -> None:
        self._engine = engine

    async def __call__(self, exchange: Exchange, response: Response) -> None:
        """Add to the response's headers what lets the page that asked read it."""
        origin = exchange.headers.get("origin")
        if exchange.identity is None or origin is None:
            return
        if exchange.identity.service != "s3":
            response.headers.set("Access-Control-Allow-Origin", "*")
            return
        asked = Headers(
            [
                ("Host", exchange.headers.get("host") or ""),
                ("Origin", origin),
                ("Access-Control-Request-Method", exchange.method),
            ]
        )
        # As the browser's preflight: the engine knows the bucket's rules.
        allowed = await self._engine.request(Request("OPTIONS", exchange.raw_path, "", asked, service="s3"))
        for name in _COPIED if allowed.status == 200 else ():
            if (value := allowed.headers.get(name)) is not None:
                response.headers.set(name, value)
