"""Renders API Gateway's own errors, customised as the API says.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
A type that is not customised takes headers and templates of a customised DEFAULT_4XX or DEFAULT_5XX, and their status
when they set one. Templates know no logic: variables are replaced by their values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from groundcloud.gateway.call import Call
from groundcloud.gateway.errors import ERROR_TYPE, GatewayError
from groundcloud.gateway.event import request_context
from groundcloud.gateway.model import GatewayResponse
from groundcloud.gateway.parameters import as_text, resolve
from groundcloud.http import Headers, Response

_JSON = "application/json"
_VARIABLE = re.compile(
    r"\$(?:\{((?:context|stageVariables|method\.request)(?:\.[\w-]+)+)\}"
    r"|((?:context|stageVariables|method\.request)(?:\.[\w-]+)+))"
)
_HEADER_TARGET = "gatewayresponse.header."
_NOTHING = GatewayResponse(None, {}, {})


def render(error: GatewayError, call: Call) -> Response:
    """The answer for `error`, without the headers that every answer carries."""
    chosen = _chosen(error, call.stage.gateway_responses)
    context = {**request_context(call), "error": _error_context(error)}
    content_type, template = _template(chosen.templates, error)
    headers = Headers([("Content-Type", content_type)])
    if error.type in ERROR_TYPE:
        headers.add("x-amzn-ErrorType", ERROR_TYPE[error.type])
    for target, expression in chosen.parameters.items():
        value = resolve(expression, call, context) if target.startswith(_HEADER_TARGET) else None
        if value is not None:
            headers.set(target[len(_HEADER_TARGET) :], value)
    body = _VARIABLE.sub(lambda match: _variable(match[1] or match[2], call, context), template)
    return Response(chosen.status or error.status, headers, body.encode())


def _chosen(error: GatewayError, customised: Mapping[str, GatewayResponse]) -> GatewayResponse:
    family = "DEFAULT_4XX" if error.status < 500 else "DEFAULT_5XX"
    return customised.get(error.type) or customised.get(family) or _NOTHING


def _template(templates: Mapping[str, str], error: GatewayError) -> tuple[str, str]:
    if templates:
        content_type = _JSON if _JSON in templates else next(iter(templates))
        return content_type, templates[content_type]
    # AWS's own bodies: a denial capitalises the key, and failures have a space before the message.
    if error.type == "ACCESS_DENIED":
        return _JSON, '{"Message":$context.error.messageString}'
    space = " " if error.status >= 500 or error.type.startswith("BAD_REQUEST_") else ""
    return _JSON, f'{{"message":{space}$context.error.messageString}}'


def _error_context(error: GatewayError) -> dict[str, Any]:
    return {
        "message": error.message or "",
        "messageString": json.dumps(error.message, ensure_ascii=False),
        "responseType": error.type,
        # Without its quotes: templates put it between quotes of their own.
        "validationErrorString": json.dumps(error.detail, ensure_ascii=False)[1:-1],
    }


def _variable(name: str, call: Call, context: Mapping[str, Any]) -> str:
    return as_text(resolve(name, call, context)) or ""
