"""Parameter mapping: the little expressions that say where a header's value comes from.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-parameter-mapping.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundcloud.gateway.call import Call
from groundcloud.gateway.event import request_context

_HEADER = "method.request.header."
_QUERY = "method.request.querystring."
_PATH = "method.request.path."
_STAGE = "stageVariables."
_CONTEXT = "context."


def resolve(expression: str, call: Call, context: Mapping[str, Any] | None = None) -> str | None:
    """The value of a mapping expression, or None when what it names is absent (the header is then left out).

    Understood: ``'static'``, ``method.request.{header,querystring,path}.name``, ``stageVariables.name`` and
    ``context.path.to.value``; `context` replaces the call's own.
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
    return None


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
