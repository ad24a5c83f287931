"""What was judged here goes straight to its service: who asks need not be asked again.

On the way of every call that a function makes of DynamoDB, SQS, SSM and their like. A request takes it that goes on in
an administrator's name (`exchange.judged`), that is whole, and that can be nothing but a call of that service: told
by its `X-Amz-Target`, addressed to this cloud itself, and without anything that the engine treats in a way of its own
(a page's origin, an encoding, a proxy's mark). Every other one goes the engine's whole way, and is judged there, too.
"""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache
from typing import Protocol

from groundcloud.clock import Clock
from groundcloud.edge.exchange import Exchange
from groundcloud.edge.limits import MAX_OPERATION_BODY_BYTES
from groundcloud.http import Headers, Response
from groundcloud.ports import Scope

_THE_ENGINES = frozenset(
    {"origin", "content-encoding", "transfer-encoding", "x-amz-decoded-content-length", "x-forwarded-proto"}
)
_LOCAL = frozenset({"127.0.0.1", "localhost"})


class ServiceDoor(Protocol):
    """`groundcloud.engines.embedded.engine.EmbeddedEngine`."""

    def asked_for(self, target: str) -> str: ...

    async def answer(
        self, service: str, headers: dict[str, str], body: bytes, scope: Scope, client: str
    ) -> tuple[int, dict[str, str], bytes]: ...


class Judged:
    """`hostname` is another name of the cloud's own."""

    def __init__(self, door: ServiceDoor, clock: Clock, hostname: str) -> None:
        self._door = door
        self._clock = clock
        self._hosts = _LOCAL | {hostname}

    async def __call__(self, exchange: Exchange) -> Response | None:
        scope = exchange.judged
        if scope is None or exchange.raw_path != "/" or exchange.query_string or exchange.method != "POST":
            return None
        service = self._door.asked_for(exchange.headers.get("x-amz-target") or "")
        if not service or exchange.hostname not in self._hosts:
            return None
        items = exchange.headers.items
        plain = {name.lower(): value for name, value in items}
        if len(plain) != len(items) or not _THE_ENGINES.isdisjoint(plain):
            return None
        body = await exchange.body(MAX_OPERATION_BODY_BYTES)
        client = (exchange.scope.get("client") or ("127.0.0.1",))[0]
        status, answered, content = await self._door.answer(service, plain, body, scope, client)
        sent = [
            *answered.items(),
            ("x-amzn-RequestId", exchange.request_id),
            ("Date", _date(int(self._clock.machine()))),
        ]
        return Response(status, Headers(sent), content)


@lru_cache(maxsize=2)
def _date(seconds: int) -> str:
    """The same for all answers of a second."""
    return formatdate(seconds, usegmt=True)
