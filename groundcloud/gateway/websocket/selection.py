"""Which route a message takes: pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from groundcloud.gateway.httpapi.model import DEFAULT, Route
from groundcloud.gateway.parameters import as_text

CONNECT, DISCONNECT = "$connect", "$disconnect"

_EXPRESSION = re.compile(r"\$\{request\.body\.([\w.\[\]-]+)\}|\$request\.body\.([\w.\[\]-]+)")
_INDEX = re.compile(r"\[(\d+)\]")


def route_for(text: str, expression: str, routes: Mapping[str, Route]) -> Route | None:
    """The route whose key the expression comes to; the default route for what is no JSON, names no route, or names one
    of the predefined ones; None without a default route."""
    key = _evaluate(expression, text)
    if key is not None and not key.startswith("$") and key in routes:
        return routes[key]
    return routes.get(DEFAULT)


def _evaluate(expression: str, text: str) -> str | None:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None
    found = _EXPRESSION.findall(expression)
    values = [_value(body, braced or bare) for braced, bare in found]
    if not found or any(value is None for value in values):
        return None
    filled = iter(values)
    return _EXPRESSION.sub(lambda _: next(filled) or "", expression)


def _value(body: Any, path: str) -> str | None:
    for name in _INDEX.sub(r".\1", path).split("."):
        if isinstance(body, dict):
            body = body.get(name)
        elif isinstance(body, list) and name.isdecimal() and int(name) < len(body):
            body = body[int(name)]
        else:
            return None
    return None if isinstance(body, dict | list) else as_text(body)
