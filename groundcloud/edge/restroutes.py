"""Which operation a REST request is: routes compiled from a service's botocore model.

Literal segments beat parameters, a greedy ``{Key+}`` comes last, an operation whose URI names query keys (``?acl``,
``?uploadId``) or that needs a header (``x-amz-copy-source``) beats the one without, as AWS documents for S3, and an
operation beats the deprecated one that it replaced.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qsl

from botocore.model import OperationModel

from groundcloud.engines.models import service_model
from groundcloud.http import Headers

_PARAMETER = re.compile(r"\{([^}+]+)(\+?)\}")


@dataclass(frozen=True)
class _Route:
    """`query`: keys of the URI with the value they must have, if any; `needs`: query keys and headers without which
    the operation makes no sense."""

    operation: str
    pattern: re.Pattern[str]
    query: tuple[tuple[str, str], ...]
    needs_query: tuple[str, ...]
    needs_headers: tuple[str, ...]
    rank: tuple[int, int, int, bool]


def operation_of(service: str, method: str, raw_path: str, query_string: str, headers: Headers) -> str | None:
    """The operation's name, or None when no route of `service` fits. `raw_path` is percent-encoded."""
    keys = dict(parse_qsl(query_string, keep_blank_values=True)) if query_string else {}
    fitting = [
        route
        for route in _routes(service).get(method, ())
        if route.pattern.fullmatch(raw_path)
        and all(name in keys and (not value or keys[name] == value) for name, value in route.query)
    ]
    for route in fitting:
        if all(name in keys for name in route.needs_query) and all(name in headers for name in route.needs_headers):
            return route.operation
    # Something required is missing: still that operation, which will say so.
    return fitting[0].operation if fitting else None


@cache
def _routes(service: str) -> dict[str, list[_Route]]:
    """The routes of `service` by method, the most specific first."""
    model = service_model(service)
    routes: dict[str, list[_Route]] = {}
    for name in model.operation_names:
        operation = model.operation_model(name)
        routes.setdefault(operation.http["method"], []).append(_compile(operation))
    for of_method in routes.values():
        of_method.sort(key=lambda route: route.rank)
    return routes


def _compile(operation: OperationModel) -> _Route:
    path, _, query = operation.http["requestUri"].partition("?")
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
    needs_query, needs_headers = _required(operation, "querystring"), _required(operation, "header")
    needs = len(wanted) + len(needs_query) + len(needs_headers)
    rank = (greedy, -needs, -literals * 10 + parameters, operation.deprecated)
    return _Route(operation.name, re.compile(expression), wanted, needs_query, needs_headers, rank)


def _required(operation: OperationModel, location: str) -> tuple[str, ...]:
    shape = operation.input_shape
    if shape is None:
        return ()
    return tuple(
        member.serialization.get("name", name)
        for name, member in shape.members.items()
        if name in shape.required_members and member.serialization.get("location") == location
    )
