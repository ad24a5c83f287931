"""Mapping between methods and integrations that do not proxy: which template, which response, which headers.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-data-transformations.html
"""

from __future__ import annotations

import json
import re

from groundcloud.gateway.call import Call
from groundcloud.gateway.errors import GatewayError, configuration_error
from groundcloud.gateway.model import Integration, IntegrationResponse
from groundcloud.gateway.parameters import resolve
from groundcloud.gateway.templates import Templates, find_path
from groundcloud.http import Headers

_JSON = "application/json"
_HEADER_TARGET = "method.response.header."
_BODY_SOURCE = "integration.response.body"


def choose_response(responses: tuple[IntegrationResponse, ...], subject: str | None) -> IntegrationResponse:
    """The integration response whose selection pattern matches `subject` (a status or an error message; None matches
    none), else the one without a pattern. Raises `GatewayError`."""
    default = None
    for response in responses:
        if response.pattern is None:
            default = default or response
        elif subject is not None and _matches(response.pattern, subject):
            return response
    if default is None:
        raise configuration_error()
    return default


def _matches(pattern: str, subject: str) -> bool:
    try:
        return re.fullmatch(pattern, subject) is not None
    except re.error as error:
        raise configuration_error() from error


def request_output(call: Call, integration: Integration, templates: Templates) -> str:
    """What the request template of the request's media type makes, or the body passed through.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html"""
    content_type = (call.request.headers.get("content-type") or _JSON).partition(";")[0].strip().lower()
    body = call.request.body.decode("utf-8", "replace")
    source = integration.request_templates.get(content_type)
    if source is not None:
        return templates.render(source, call, body)
    if integration.passthrough == "NEVER" or (
        integration.passthrough == "WHEN_NO_TEMPLATES" and integration.request_templates
    ):
        raise GatewayError("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type")
    return body


def response_body(
    call: Call, chosen: IntegrationResponse, output: str, templates: Templates, untouched: str
) -> tuple[str, str]:
    """Content type and body that the response template makes of the integration's `output`; `untouched` without one.
    Raises `TemplateFailure`."""
    if not chosen.templates:
        return _JSON, untouched
    content_type = _JSON if _JSON in chosen.templates else next(iter(chosen.templates))
    return content_type, templates.render(chosen.templates[content_type], call, output)


def mapped_headers(call: Call, chosen: IntegrationResponse, output: str, content_type: str) -> Headers:
    """The content type, and the headers that `responseParameters` ask for. Raises `TemplateFailure`."""
    headers = Headers([("Content-Type", content_type)])
    for target, expression in chosen.parameters.items():
        value = _mapped(expression, call, output)
        if target.startswith(_HEADER_TARGET) and value is not None:
            headers.set(target[len(_HEADER_TARGET) :], value)
    return headers


def _mapped(expression: str, call: Call, output: str) -> str | None:
    if expression.startswith(_BODY_SOURCE):
        try:
            value = find_path(json.loads(output), "$" + expression[len(_BODY_SOURCE) :])
        except ValueError:
            return None
        return value if value is None or isinstance(value, str) else json.dumps(value)
    return resolve(expression, call)
