"""Parameter mapping of HTTP APIs: pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from groundcloud.gateway.httpapi.call import Call, context_of
from groundcloud.gateway.httpapi.event import query_pairs
from groundcloud.gateway.parameters import as_text, walk
from groundcloud.http import Headers, Response

_EXPRESSION = re.compile(
    r"\$\{((?:request|response|context|stageVariables)\.[^{}]+|request\.path)\}"
    r"|\$((?:request|response)\.(?:header|querystring|body|path)(?:\.[\w.\[\]-]+)?|(?:context|stageVariables)\.[\w.:-]+)"
)
_INDEX = re.compile(r"\[(\d+)\]")

Resolve = Callable[[str], str | None]


@dataclass
class Changes:
    """What a mapping asks for: each target's changes in order, as ``(action, name, value)``."""

    header: list[tuple[str, str, str]] = field(default_factory=list)
    querystring: list[tuple[str, str, str]] = field(default_factory=list)
    path: str | None = None
    status: int | None = None


def changes(parameters: Mapping[str, str], resolve: Resolve) -> Changes:
    """Read ``append:header.x``, ``overwrite:querystring.x``, ``remove:header.x``, ``overwrite:path`` and
    ``overwrite:statuscode``; what names nothing that is there is left out."""
    found = Changes()
    for target, expression in parameters.items():
        action, _, place = target.partition(":")
        kind, _, name = place.partition(".")
        value = "" if action == "remove" else resolve(str(expression))
        if value is None:
            continue
        if kind == "path":
            found.path = value
        elif kind == "statuscode" and value.isdecimal():
            found.status = int(value)
        elif kind in ("header", "querystring") and name:
            getattr(found, kind).append((action, name, value))
    return found


def apply(pairs: list[tuple[str, str]], wanted: list[tuple[str, str, str]], *, any_case: bool) -> list[tuple[str, str]]:
    """`pairs` with the changes made. Names of headers compare without case."""
    for action, name, value in wanted:
        same = name.lower() if any_case else name
        if action in ("overwrite", "remove"):
            pairs = [pair for pair in pairs if (pair[0].lower() if any_case else pair[0]) != same]
        if action in ("overwrite", "append"):
            pairs = [*pairs, (name, value)]
    return pairs


def of_request(call: Call) -> Resolve:
    """Resolves what a request's mapping names: ``$request.…``, ``$context.…``, ``$stageVariables.…``, and text."""
    return lambda expression: _text(expression, lambda name: request_value(call, name))


def of_response(call: Call, response: Response) -> Resolve:
    """Likewise for a response's mapping: ``$response.header.x``, ``$response.body``, ``$context.…``."""

    def find(name: str) -> str | None:
        kind, _, rest = name.partition(".")
        if kind != "response":
            return request_value(call, name)
        place, _, key = rest.partition(".")
        if place == "header":
            return ",".join(response.headers.get_all(key)) or None
        return _in_body(response.body, key) if place == "body" else None

    return lambda expression: _text(expression, find)


def request_value(call: Call, name: str) -> str | None:
    """The value of ``request.header.x``, ``context.x``… without the dollar sign, or None."""
    kind, _, rest = name.partition(".")
    if kind == "stageVariables":
        return call.stage.variables.get(rest)
    if kind == "context":
        return as_text(walk(context_of(call), rest.split(".")))
    if kind != "request":
        return None
    place, _, key = rest.partition(".")
    if place == "header":
        return ",".join(call.request.headers.get_all(key)) or None
    if place == "querystring":
        return ",".join(value for found, value in query_pairs(call.request.query_string) if found == key) or None
    if place == "path":
        return ((call.match.parameters or {}).get(key) if call.match else None) if key else call.staged_path
    return _in_body(call.request.body, key) if place == "body" else None


def _text(expression: str, find: Callable[[str], str | None]) -> str | None:
    whole = _EXPRESSION.fullmatch(expression)
    if whole is not None:
        return find(whole[1] or whole[2])
    if len(expression) >= 2 and expression[0] == expression[-1] == "'":
        return expression[1:-1]
    return _EXPRESSION.sub(lambda found: find(found[1] or found[2]) or "", expression)


def _in_body(body: bytes, path: str) -> str | None:
    """A value of a JSON body by ``a.b[0].c``; the whole body without a path."""
    if not path:
        return body.decode("utf-8", "replace")
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    for name in _INDEX.sub(r".\1", path).split("."):
        if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        elif isinstance(value, dict):
            value = value.get(name)
        else:
            return None
    return json.dumps(value, separators=(",", ":")) if isinstance(value, dict | list) else as_text(value)


def apply_to_response(call: Call, parameters: Mapping[str, Mapping[str, str]], response: Response) -> None:
    """Change `response` as the mapping of its status says."""
    mapped = parameters.get(str(response.status))
    if mapped:
        wanted = changes(mapped, of_response(call, response))
        response.headers = Headers(apply(response.headers.items, wanted.header, any_case=True))
        response.status = wanted.status or response.status
