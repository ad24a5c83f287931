"""AWS operations that parts of ours answer instead of the engine."""

from __future__ import annotations

import re
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol
from urllib.parse import unquote

from groundcloud.edge.exchange import Exchange, Identity
from groundcloud.edge.limits import MAX_OPERATION_BODY_BYTES
from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.iam.operations import is_open
from groundcloud.ports import Scope

_INVOKE = re.compile(r"/2015-03-31/functions/([^/]+)/invocations/?")

_INVOKE_STREAMED = re.compile(r"/2021-11-15/functions/([^/]+)/response-streaming-invocations/?")
_INVOKES = {"Invoke": _INVOKE, "InvokeWithResponseStream": _INVOKE_STREAMED}

_READS = ("Get", "List", "Describe", "Filter", "Start")

Gate = Callable[[Request, Callable[[], Awaitable[Response]]], Awaitable[tuple[Response, bool]]]
"""`EmbeddedEngine.if_allowed`: puts a request through the engine with another answer in the function's place."""

OperationHandler = Callable[[Exchange, Identity], Awaitable[Response | None]]


class OperationPart(Protocol):
    """A part that looks at a service's operations: stacks, metrics."""

    async def handle(self, operation: str, request: Request, scope: Scope) -> Response | None: ...


class StacksPart(OperationPart, Protocol):
    """The stacks, which pass to the engine, as it was signed, what they cannot judge."""

    async def handle_other(
        self, operation: str, request: Request, signed: Request, scope: Scope
    ) -> Response | None: ...


class CheckingPart(OperationPart, Protocol):
    """A part that looks at some of a service's operations, and refuses what AWS would refuse: REST APIs."""

    def knows(self, operation: str) -> bool: ...

    async def check(self, operation: str, request: Request, scope: Scope) -> None: ...


class InvokePart(Protocol):
    """The runtime's `Invoke`, and the one that streams."""

    async def handle_invoke(
        self, request: Request, function: str, qualifier: str | None, scope: Scope, *, counted: bool = False
    ) -> Response: ...

    async def handle_streaming_invoke(
        self, request: Request, function: str, qualifier: str | None, scope: Scope, *, counted: bool = False
    ) -> Response: ...


class Services:
    """Looks the handler up by service; None for a service or an operation that is the engine's."""

    def __init__(self, handlers: dict[str, OperationHandler]) -> None:
        self._handlers = handlers

    async def __call__(self, exchange: Exchange) -> Response | None:
        identity = exchange.identity
        if identity is None:
            return None
        handler = self._handlers.get(identity.service)
        return await handler(exchange, identity) if handler else None


async def request_of(exchange: Exchange) -> Request:
    """The request with its body inflated, as the engine would read it: SDKs compress what is large, and nobody may
    hide an operation's parameters from a part by it. Raises `AwsError` when the body is not what it says."""
    request = await exchange.request(MAX_OPERATION_BODY_BYTES)
    encodings = [name.strip() for name in (request.headers.get("content-encoding") or "").lower().split(",")]
    if "gzip" not in encodings:
        return request
    body, headers = _inflated(request.body), request.headers.copy()
    headers.remove("content-encoding")
    headers.set("Content-Length", str(len(body)))
    return replace(request, headers=headers, body=body)


def _inflated(body: bytes) -> bytes:
    inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        plain = inflater.decompress(body, MAX_OPERATION_BODY_BYTES)
    except zlib.error as error:
        raise AwsError("SerializationException", f"The body is not gzip: {error}") from error
    if inflater.unconsumed_tail or not inflater.eof or inflater.unused_data:
        raise AwsError("SerializationException", "The body is not one whole gzip stream of an allowed size")
    return plain


def open_to_all(part: OperationPart) -> OperationHandler:
    """For calls whose permission the part itself leaves to the engine."""

    async def handle(exchange: Exchange, identity: Identity) -> Response | None:
        return await part.handle(identity.operation, await request_of(exchange), identity.scope)

    return handle


def open_or_administered(part: OperationPart) -> OperationHandler:
    """For a part that has no engine to ask: it gets what AWS takes unsigned, and what was found to be permitted.
    The rest is the engine's to refuse."""

    async def handle(exchange: Exchange, identity: Identity) -> Response | None:
        if not (exchange.is_admin or is_open(identity.service, identity.operation)):
            return None
        return await part.handle(identity.operation, await request_of(exchange), identity.scope)

    return handle


def stacks_for_all(part: StacksPart) -> OperationHandler:
    """The administrator's calls are the part's; others' go through it to the engine, which judges them as signed."""

    async def handle(exchange: Exchange, identity: Identity) -> Response | None:
        request = await request_of(exchange)
        if exchange.is_admin:
            return await part.handle(identity.operation, request, identity.scope)
        signed = await exchange.request(MAX_OPERATION_BODY_BYTES)
        return await part.handle_other(identity.operation, request, signed, identity.scope)

    return handle


def invocations(runtime: InvokePart, gate: Gate | None = None) -> OperationHandler:
    """Every `Invoke`, streaming or not, is the runtime's. The administrator's goes there straight; before anybody
    else's, the engine is asked (by `gate`) whether its signature and policies let it pass."""

    async def handle(exchange: Exchange, identity: Identity) -> Response | None:
        path = _INVOKES.get(identity.operation)
        found = path.fullmatch(exchange.raw_path) if path else None
        if found is None or not (exchange.is_admin or gate):
            return None
        request = await request_of(exchange)
        qualifier, counted = request.query_value("Qualifier"), not exchange.is_admin

        async def run() -> Response:
            invoke = runtime.handle_invoke if identity.operation == "Invoke" else runtime.handle_streaming_invoke
            return await invoke(request, unquote(found[1]), qualifier, identity.scope, counted=counted)

        if exchange.is_admin or gate is None:
            return await run()
        response, _ = await gate(await exchange.request(MAX_OPERATION_BODY_BYTES), run)
        return response

    return handle


def first_handler(*handlers: OperationHandler) -> OperationHandler:
    """Asks one after the other."""

    async def handle(exchange: Exchange, identity: Identity) -> Response | None:
        for handler in handlers:
            response = await handler(exchange, identity)
            if response is not None:
                return response
        return None

    return handle


def checked(part: CheckingPart) -> OperationHandler:
    """Every caller's calls are checked; the part answers those of the administrator, and of whom IAM let through as
    the administrator. Others' go to the engine, which judges them as signed."""

    async def handle(exchange: Exchange, identity: Identity) -> Response | None:
        if not part.knows(identity.operation):
            return None
        request = await request_of(exchange)
        await part.check(identity.operation, request, identity.scope)
        return await part.handle(identity.operation, request, identity.scope) if exchange.is_admin else None

    return handle


def after_writing(then: OperationHandler | None, *flushes: Callable[[], Awaitable[None]]) -> OperationHandler:
    """Lets what waits to be written be written before it is read, so that who calls and at once looks finds it;
    `then` handles the operation."""

    async def handle(exchange: Exchange, identity: Identity) -> Response | None:
        if identity.operation.startswith(_READS):
            for flush in flushes:
                await flush()
        return await then(exchange, identity) if then else None

    return handle
