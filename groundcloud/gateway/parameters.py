"""Parameter mapping: the little expressions that say where a parameter's value comes from.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-parameter-mapping.html
and, for each place what may be named, request-response-data-mappings.html beside it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from groundcloud.gateway.call import Call
from groundcloud.gateway.event import request_context
from groundcloud.gateway.jsonpath import MISSING, BadPath, find

_HEADER = "method.request.header."
_QUERY = "method.request.querystring."
_PATH = "method.request.path."
_BODY = "method.request.body"
_HEADERS = "method.request.multivalueheader."
_QUERIES = "method.request.multivaluequerystring."
_STAGE = "stageVariables."
_CONTEXT = "context."


def resolve(expression: str, call: Call, context: Mapping[str, Any] | None = None) -> str | None:
    """The value of a mapping expression, or None when what it names is absent (the parameter is then left out).

    Understood: ``'static'``, ``method.request.{header,querystring,path}.name``, ``method.request.body`` and
    ``method.request.body.json.path``, ``stageVariables.name`` and ``context.path.to.value``; `context` replaces the
    call's own.
    """
    if len(expression) >= 2 and expression[0] == expression[-1] == "'":
        return expression[1:-1]
    if expression.startswith(_HEADER):
        return call.request.headers.get(expression[len(_HEADER) :])
    if expression.startswith(_QUERY):
        return call.request.query_value(expression[len(_QUERY) :])
    if expression.startswith(_PATH):
        return (call.match.parameters or {}).get(expression[len(_PATH) :]) if call.match else None
    if expression.startswith(_STAGE):
        return call.stage.variables.get(expression[len(_STAGE) :])
    if expression.startswith(_CONTEXT):
        names = expression[len(_CONTEXT) :].split(".")
        return as_text(walk(context if context is not None else request_context(call), names))
    if expression.startswith(_BODY):
        return in_body(call.request.body.decode("utf-8", "replace"), expression[len(_BODY) :])
    return None


def resolve_all(expression: str, call: Call) -> list[str]:
    """Every value of an expression: several of ``method.request.multivalue{header,querystring}.name`` only."""
    if expression.startswith(_HEADERS):
        return call.request.headers.get_all(expression[len(_HEADERS) :])
    if expression.startswith(_QUERIES):
        name = expression[len(_QUERIES) :]
        return [value for key, value in call.request.query if key == name]
    value = resolve(expression, call)
    return [] if value is None else [value]


def in_body(body: str, path: str) -> str | None:
    """What a JSONPath without its ``$`` finds in a body, as text; all of it without a path."""
    if not path:
        return body
    try:
        value = find(json.loads(body), "$" + path)
    except (ValueError, RecursionError, BadPath):
        return None
    if value is None or value is MISSING or isinstance(value, str):
        return value if isinstance(value, str) else None
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def walk(value: Any, names: list[str]) -> Any:
    """Follow `names` down nested mappings; None where one is missing."""
    for name in names:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def as_text(value: Any) -> str | None:
    """A context value as header or template text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
