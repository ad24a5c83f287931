"""Idle and old connections, and what waits for a client, by a clock that moves when told to."""

from __future__ import annotations

import asyncio

from groundcloud.gateway.httpapi.model import Route, Stage
from groundcloud.gateway.httpapi.routing import Router
from groundcloud.gateway.websocket.connections import Close, Connection, Connections, is_id
from groundcloud.gateway.websocket.limits import IDLE_SECONDS, MAX_CONNECTION_SECONDS, MAX_UNSENT
from groundcloud.gateway.websocket.selection import route_for
from groundcloud.http import Request
from tests.fakes.fake_gateway_world import HOME, NOW, FakeClock

STAGE = Stage(HOME, "abc", "ws", "prod", "d", {}, {}, Router([]))


def opened(clock: FakeClock) -> Connection:
    return Connection(STAGE, Request("GET", "/prod"), clock.now(), clock.monotonic())


def test_an_idle_connection_is_closed_after_ten_minutes() -> None:
    async def run() -> None:
        clock = FakeClock()
        connections = Connections(clock)
        idle, busy = opened(clock), opened(clock)
        connections.add(idle)
        connections.add(busy)
        clock.time = NOW + IDLE_SECONDS - 1
        connections.touch(busy)
        connections.sweep()
        assert (idle.closed, busy.closed) == (None, None)
        clock.time = NOW + IDLE_SECONDS
        connections.sweep()
        assert idle.closed == Close(1001, "Going away")
        assert connections.find(idle.id) is None
        assert connections.find(busy.id) is busy
        connections.remove(idle)
        connections.remove(busy)
        assert len(connections) == 0
        connections.close_all()

    asyncio.run(run())


def test_a_busy_connection_is_closed_after_two_hours() -> None:
    async def run() -> None:
        clock = FakeClock()
        connections = Connections(clock)
        connection = opened(clock)
        connections.add(connection)
        clock.time = NOW + MAX_CONNECTION_SECONDS
        connections.touch(connection)
        connections.sweep()
        assert connection.closed is not None
        assert await connection.next_outgoing() == connection.closed
        connections.close_all()

    asyncio.run(run())


def test_messages_wait_in_order_and_not_without_end() -> None:
    async def run() -> None:
        connection = opened(FakeClock())
        for number in range(MAX_UNSENT + 5):
            connection.send(str(number))
        assert connection.closed == Close(1013, "Too many messages are not read")
        assert [await connection.next_outgoing() for _ in range(3)] == ["0", "1", "2"]

    asyncio.run(run())


def test_ids_have_a_form() -> None:
    assert is_id(opened(FakeClock()).id)
    assert not is_id("../../etc/passwd")


def test_selection_of_nested_and_joined_values() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html"""
    routes = {key: Route(key, key, "NONE", None, (), None) for key in ("a-1", "x", "true", "$default")}
    cases = [
        ("${request.body.kind}-${request.body.no}", '{"kind": "a", "no": 1}', "a-1"),
        ("$request.body.list[1]", '{"list": ["y", "x"]}', "x"),
        ("$request.body.on", '{"on": true}', "true"),
        ("$request.body.on", '{"on": null}', "$default"),
        ("$request.body.on", "[" * 100_000, "$default"),
        ("fixed", '{"x": 1}', "$default"),
    ]
    for expression, text, key in cases:
        found = route_for(text, expression, routes)
        assert found is not None
        assert found.key == key, (expression, text)
