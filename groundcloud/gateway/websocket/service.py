"""The data plane of WebSocket APIs: a handshake in, a connection served to its end.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-overview.html
The order: find the API and stage → throttle → authorize → `$connect` → accept → each message to its route →
`$disconnect`.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from groundcloud.clock import Clock, new_request_id
from groundcloud.errors import AwsError
from groundcloud.gateway import apispan
from groundcloud.gateway.httpapi.access_log import AccessLogs, line
from groundcloud.gateway.httpapi.catalog import Catalog
from groundcloud.gateway.httpapi.errors import HttpApiError, forbidden
from groundcloud.gateway.httpapi.model import Route
from groundcloud.gateway.httpapi.throttling import take
from groundcloud.gateway.target import Target, parse_target
from groundcloud.gateway.throttle import Throttle
from groundcloud.gateway.websocket.authorize import Authorization
from groundcloud.gateway.websocket.connections import TOO_LARGE, UNSUPPORTED, Close, Connection, Connections
from groundcloud.gateway.websocket.event import connect_event, disconnect_event, message_event, request_context
from groundcloud.gateway.websocket.integrate import Integrations, Result
from groundcloud.gateway.websocket.limits import MAX_FRAME_BYTES, MAX_MESSAGE_BYTES, MAX_RUNNING
from groundcloud.gateway.websocket.metrics import SocketMetrics
from groundcloud.gateway.websocket.occasion import Occasion
from groundcloud.gateway.websocket.selection import CONNECT, DISCONNECT, route_for
from groundcloud.gateway.websocket.socket import Socket
from groundcloud.http import Request, Response

log = logging.getLogger("groundcloud.gateway")

_PROTOCOL = "sec-websocket-protocol"
_NO_STATUS = Close(1005, "Client-side close frame status not set")


class WebSocketApis:
    """Serves every WebSocket API of the control plane, whoever created it."""

    def __init__(
        self,
        catalog: Catalog,
        connections: Connections,
        authorization: Authorization,
        integrations: Integrations,
        logs: AccessLogs,
        metrics: SocketMetrics,
        clock: Clock,
    ) -> None:
        self._catalog = catalog
        self._connections = connections
        self._authorization = authorization
        self._integrations = integrations
        self._logs = logs
        self._metrics = metrics
        self._clock = clock
        self._throttle = Throttle(clock)
        self._leaving: set[asyncio.Task[None]] = set()

    async def handle(self, request: Request, socket: Socket, mapped: Target | None = None) -> bool:
        """Serve the connection to its end; False, with nothing done, when its URL is not one of a WebSocket API.
        `mapped` is where a custom domain name leads."""
        target = mapped or parse_target(request.host, request.raw_path)
        api = await self._catalog.find(target.api_id, target.region) if target is not None else None
        if target is None or api is None or api.protocol != "WEBSOCKET":
            return False
        stage = api.stages.get(target.stage)
        if stage is None or target.path != "/" or (api.disabled and mapped is None):
            await socket.refuse(Response.json(403, '{"message":"Forbidden"}'))
            return True
        connection = Connection(stage, request, self._clock.now(), self._clock.monotonic())
        try:
            result = await self._connect(connection)
        except HttpApiError as error:
            log.info("API %s: connection refused: %s", stage.api_id, error)
            await socket.refuse(error.response())
            return True
        if not 200 <= result.status < 300:
            await socket.refuse(_refusal(result))
            return True
        await self._serve(connection, socket, result)
        return True

    async def close(self) -> None:
        """End every connection."""
        self._connections.close_all()
        for task in list(self._leaving):
            task.cancel()
        await asyncio.gather(*self._leaving, return_exceptions=True)

    async def _connect(self, connection: Connection) -> Result:
        stage = connection.stage
        apispan.routed(stage.api_id, stage.name, "CONNECT", CONNECT, stage.scope)
        route = stage.routes.get(CONNECT)
        if route is None:
            return Result()
        occasion = self._occasion(connection, route, "CONNECT")
        try:
            take(self._throttle, stage, CONNECT)
            await self._authorization.check(connection, route)
            event = connect_event(connection, self._clock.now())
            occasion.context = event["requestContext"]
            # What it asks for may be sent to it at once: the id is good from the event on, as on AWS.
            result = await self._call(occasion, route, event)
            occasion.status = result.status
            return result
        except HttpApiError as error:
            occasion.refused(error)
            raise
        finally:
            self._record(occasion)

    async def _serve(self, connection: Connection, socket: Socket, result: Result) -> None:
        await socket.accept(_subprotocol(connection.request, result))
        self._connections.add(connection)
        end = _NO_STATUS
        try:
            end = await self._exchange(connection, socket)
        finally:
            connection.closed = connection.closed or end
            self._connections.remove(connection)
            # By itself: the server may end the connection's own task together with the connection.
            task = asyncio.get_running_loop().create_task(self._disconnect(connection, connection.closed))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def _exchange(self, connection: Connection, socket: Socket) -> Close:
        """Receive and send until either side closes; what the client said last, or what we did."""
        receiving = asyncio.ensure_future(self._receive(connection, socket))
        sending = asyncio.ensure_future(self._send(connection, socket))
        try:
            done, _ = await asyncio.wait((receiving, sending), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (receiving, sending):
                task.cancel()
            await asyncio.gather(receiving, sending, return_exceptions=True)
        return next(iter(done)).result()

    async def _send(self, connection: Connection, socket: Socket) -> Close:
        while True:
            outgoing = await connection.next_outgoing()
            if isinstance(outgoing, Close):
                await socket.close(outgoing.code, outgoing.reason)
                return outgoing
            self._metrics.sent(connection.stage)
            await socket.send(outgoing)
            self._connections.touch(connection)

    async def _receive(self, connection: Connection, socket: Socket) -> Close:
        room = asyncio.Semaphore(MAX_RUNNING)
        async with asyncio.TaskGroup() as running:
            while True:
                message = await socket.receive()
                if isinstance(message, Close):
                    return _NO_STATUS if message.code == _NO_STATUS.code else message
                self._connections.touch(connection)
                if isinstance(message, bytes):
                    connection.close(UNSUPPORTED, "Binary frames are not supported")
                elif socket.largest_frame > MAX_FRAME_BYTES or _size(message) > MAX_MESSAGE_BYTES:
                    connection.close(TOO_LARGE, "Message too big")
                else:
                    await room.acquire()
                    task = running.create_task(self._message(connection, message))
                    task.add_done_callback(lambda _: room.release())

    async def _message(self, connection: Connection, text: str) -> None:
        stage = connection.stage
        route = route_for(text, stage.selection, stage.routes)
        with apispan.happening(stage.api_id, stage.name, "MESSAGE", route.key if route else "", stage.scope):
            apispan.exchanged(text, "")
            await self._route(connection, route, text)

    async def _route(self, connection: Connection, route: Route | None, text: str) -> None:
        stage = connection.stage
        occasion = self._occasion(connection, route, "MESSAGE")
        try:
            if route is None:
                raise forbidden()
            take(self._throttle, stage, route.key)
            event = message_event(connection, route.key, text, self._clock.now())
            occasion.context = event["requestContext"]
            result = await self._call(occasion, route, event)
        except HttpApiError as error:
            log.info("API %s, route %s: %s", stage.api_id, route.key if route else None, error)
            occasion.refused(error)
            connection.send(_error(connection, error.message))
        else:
            if route.answers and result.body:
                apispan.exchanged("", result.body)
                connection.send(result.body)
        finally:
            self._record(occasion)

    async def _disconnect(self, connection: Connection, end: Close) -> None:
        """ "API Gateway will try its best to deliver the $disconnect event"."""
        route = connection.stage.routes.get(DISCONNECT)
        if route is None or route.integration is None:
            return
        stage = connection.stage
        with apispan.happening(stage.api_id, stage.name, "DISCONNECT", DISCONNECT, stage.scope):
            await self._tell(connection, route, end)

    async def _tell(self, connection: Connection, route: Route, end: Close) -> None:
        event = disconnect_event(connection, end, self._clock.now())
        occasion = Occasion(connection, route, event["requestContext"])
        try:
            await self._call(occasion, route, event)
        except HttpApiError as error:
            log.warning("API %s, $disconnect: %s", connection.stage.api_id, error)
            occasion.refused(error)
        finally:
            self._record(occasion)

    def _occasion(self, connection: Connection, route: Route | None, kind: str) -> Occasion:
        """What is known before an event is made."""
        key = route.key if route is not None else ""
        return Occasion(connection, route, request_context(connection, key, kind, self._clock.now()))

    async def _call(self, occasion: Occasion, route: Route, event: dict[str, Any]) -> Result:
        """The integration's result. Raises `HttpApiError` 502 when it could not be called, or answered nonsense."""
        begun = self._clock.monotonic()
        try:
            result = await self._integrations.call(occasion.connection, route, event)
        except (HttpApiError, AwsError) as error:
            occasion.failed = True
            raise HttpApiError(502, _said(error), detail=str(error)) from error
        finally:
            occasion.integration_latency = self._clock.monotonic() - begun
        occasion.integration_status = result.status
        return result

    def _record(self, occasion: Occasion) -> None:
        stage = occasion.connection.stage
        apispan.ended(occasion.status, str(occasion.context.get("requestId", "")))
        self._metrics.record(occasion)
        if stage.access_log is not None:
            text = line(stage.access_log.format, occasion.logged())
            self._logs.write(stage.access_log, f"{stage.api_id}/{stage.name}", text)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _said(error: Exception) -> str:
    """What Groundcloud does not do is named; all else is as bare as on AWS."""
    own = isinstance(error, HttpApiError) and error.message.startswith("Groundcloud ")
    return error.message if own and isinstance(error, HttpApiError) else "Internal server error"


def _error(connection: Connection, message: str) -> str:
    """What a client is told when its message came to nothing."""
    return json.dumps({"message": message, "connectionId": connection.id, "requestId": new_request_id()})


def _refusal(result: Result) -> Response:
    status = result.status if 400 <= result.status <= 599 else 502
    return Response.json(status, result.body or json.dumps({"message": "Forbidden" if status == 403 else None}))


def _subprotocol(request: Request, result: Result) -> str | None:
    """The one that `$connect` chose, if the client offered it; a handshake may name no other.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-connect-route-subprotocol.html
    """
    chosen = result.header(_PROTOCOL)
    offered = [one.strip() for value in request.headers.get_all(_PROTOCOL) for one in value.split(",")]
    return chosen if chosen in offered else None
