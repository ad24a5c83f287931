"""Which operation a REST request is: routes compiled from a service's botocore model.

Literal segments beat parameters, a greedy ``{Key+}`` comes last, and an operation whose URI names query keys
(``?acl``, ``?uploadId``) beats the one without, as AWS documents for S3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from botocore.model import OperationModel

from groundcloud.engines.codec import service_model

_PARAMETER = re.compile(r"\{([^}+]+)(\+?)\}")


@dataclass(frozen=True)
class _Route:
    operation: str
    method: str
    pattern: re.Pattern[str]
    query: tuple[tuple[str, str], ...]
    required: tuple[str, ...]
    rank: tuple[int, int, int]


def operation_of(service: str, method: str, raw_path: str, query_string: str) -> str | None:
    """The operation's name, or None when no route of `service` fits. `raw_path` is percent-encoded."""
    keys = dict(parse_qsl(query_string, keep_blank_values=True))
    for route in _routes(service):
        if route.method != method or not route.pattern.fullmatch(raw_path):
            continue
        if all(name in keys and (not value or keys[name] == value) for name, value in route.query) and all(
            name in keys for name in route.required
        ):
            return route.operation
    return None


@cache
def _routes(service: str) -> tuple[_Route, ...]:
    model = service_model(service)
    routes = [_compile(model.operation_model(name)) for name in model.operation_names]
    return tuple(sorted(routes, key=lambda route: route.rank))


def _compile(operation: OperationModel) -> _Route:
    http: dict[str, Any] = operation.http
    path, _, query = http["requestUri"].partition("?")
    expression, position = "", 0
    parameters = greedy = 0
    for found in _PARAMETER.finditer(path):
        expression += re.escape(path[position : found.start()])
        expression += ".+" if found[2] else "[^/]+"
        parameters += 1
        greedy += bool(found[2])
        position = found.end()
    expression += re.escape(path[position:])
    expression = expression.removesuffix("/") + "/?"
    literals = len(path) - len("".join(found[0] for found in _PARAMETER.finditer(path)))
    wanted = tuple(parse_qsl(query, keep_blank_values=True))
    required = _required_query(operation)
    rank = (greedy, -(len(wanted) + len(required)), -literals * 10 + parameters)
    return _Route(operation.name, http["method"], re.compile(expression), wanted, required, rank)


def _required_query(operation: OperationModel) -> tuple[str, ...]:
    shape = operation.input_shape
    if shape is None:
        return ()
    return tuple(
        member.serialization.get("name", name)
        for name, member in shape.members.items()
        if name in shape.required_members and member.serialization.get("location") == "querystring"
    )
