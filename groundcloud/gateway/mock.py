"""MOCK integrations: the request template says which status, the integration response of that status answers.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html
SAM's `Cors` and CDK's `addCorsPreflight` build preflights of it: the mapped headers are sent and no others.
"""

from __future__ import annotations

import json
import re

from groundcloud.gateway.call import Call
from groundcloud.gateway.errors import GatewayError, configuration_error
from groundcloud.gateway.model import Integration, IntegrationResponse
from groundcloud.gateway.parameters import resolve
from groundcloud.gateway.templates import TemplateFailure, Templates, find_path
from groundcloud.http import Headers, Response

_JSON = "application/json"
_STATUS = re.compile(r"""["']?statusCode["']?\s*:\s*["']?(\d{3})\b""")
_HEADER_TARGET = "method.response.header."
_BODY_SOURCE = "integration.response.body"


def answer(call: Call, integration: Integration, templates: Templates) -> Response:
    """The response of a MOCK method. Raises `GatewayError`."""
    try:
        output = _request_output(call, integration, templates)
        chosen = choose_response(integration.responses, _status_code(output))
        content_type, body = _response_body(call, chosen, output, templates)
        headers = Headers([("Content-Type", content_type)])
        for target, expression in chosen.parameters.items():
            value = _mapped(expression, call, output)
            if target.startswith(_HEADER_TARGET) and value is not None:
                headers.set(target[len(_HEADER_TARGET) :], value)
    except TemplateFailure as failure:
        raise configuration_error() from failure
    return Response(chosen.status, headers, body.encode())


def choose_response(responses: tuple[IntegrationResponse, ...], status: str) -> IntegrationResponse:
    """The integration response whose selection pattern matches `status`, else the one without a pattern."""
    default = None
    for response in responses:
        if response.pattern is None:
            default = default or response
        elif _matches(response.pattern, status):
            return response
    if default is None:
        raise configuration_error()
    return default


def _matches(pattern: str, status: str) -> bool:
    try:
        return re.fullmatch(pattern, status) is not None
    except re.error as error:
        raise configuration_error() from error


def _request_output(call: Call, integration: Integration, templates: Templates) -> str:
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


def _status_code(output: str) -> str:
    """`statusCode` of the template's output, which AWS reads leniently (``{statusCode: 200}`` will do)."""
    try:
        document = json.loads(output)
    except ValueError:
        found = _STATUS.search(output)
        code = found[1] if found else None
    else:
        code = document.get("statusCode") if isinstance(document, dict) else None
    if isinstance(code, bool) or not re.fullmatch(r"\d{3}", str(code)):
        raise configuration_error()
    return str(code)


def _response_body(call: Call, chosen: IntegrationResponse, output: str, templates: Templates) -> tuple[str, str]:
    if not chosen.templates:
        return _JSON, ""
    content_type = _JSON if _JSON in chosen.templates else next(iter(chosen.templates))
    return content_type, templates.render(chosen.templates[content_type], call, output)


def _mapped(expression: str, call: Call, output: str) -> str | None:
    if expression.startswith(_BODY_SOURCE):
        try:
            value = find_path(json.loads(output), "$" + expression[len(_BODY_SOURCE) :])
        except ValueError:
            return None
        return value if value is None or isinstance(value, str) else json.dumps(value)
    return resolve(expression, call)
