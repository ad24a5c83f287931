"""What integrations and authorizers of WebSocket APIs are told of a request: pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-data-mapping.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundcloud.gateway.parameters import as_text, in_body, walk
from groundcloud.gateway.websocket.connections import Connection

_DESTINATION = re.compile(r"integration\.request\.(header|querystring|path)\.(.+)")
_BODY = "route.request.body"


@dataclass
class Mapped:
    """What goes to an endpoint beside the body: pairs of name and value, path parameters by name."""

    header: list[tuple[str, str]] = field(default_factory=list)
    querystring: list[tuple[str, str]] = field(default_factory=list)
    path: dict[str, str] = field(default_factory=dict)


def mapped(parameters: Mapping[str, str], connection: Connection, event: Mapping[str, Any]) -> Mapped:
    """The parameters of an integration; one whose source is absent is left out."""
    found = Mapped()
    for destination, source in parameters.items():
        target = _DESTINATION.fullmatch(destination)
        values = resolve(source, connection, event["requestContext"], str(event.get("body") or ""))
        if target is None or not values:
            continue
        if target[1] == "path":
            found.path[target[2]] = values[-1]
        else:
            getattr(found, target[1]).extend((target[2], value) for value in values)
    return found


def resolve(source: str, connection: Connection, context: Mapping[str, Any], body: str = "") -> list[str]:
    """The values of ``'static'``, ``route.request.{header,querystring,multivalueheader,multivaluequerystring}.x`` (of
    the handshake), ``route.request.body.x``, ``stageVariables.x`` and ``context.x``; none when it is absent."""
    if len(source) >= 2 and source[0] == source[-1] == "'":
        return [source[1:-1]]
    if source == _BODY or source.startswith(_BODY + "."):
        value = in_body(body, source[len(_BODY) :])
        return [] if value is None else [value]
    place, _, name = source.removeprefix("route.request.").partition(".")
    if source.startswith("route.request."):
        several = place.startswith("multivalue")
        values = _of_handshake(connection, place.removeprefix("multivalue"), name)
        return values if several else values[:1]
    known = connection.stage.variables.get(name) if place == "stageVariables" else None
    if place == "context":
        known = as_text(walk(context, name.split(".")))
    return [] if known is None else [known]


def _of_handshake(connection: Connection, place: str, name: str) -> list[str]:
    if place == "header":
        return connection.request.headers.get_all(name)
    return [value for key, value in connection.request.query if key == name] if place == "querystring" else []
