"""Mapping between methods and integrations that do not proxy: which template, which response, which headers.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-data-transformations.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from groundcloud.gateway import content
from groundcloud.gateway.call import Call
from groundcloud.gateway.errors import GatewayError, configuration_error
from groundcloud.gateway.model import Integration, IntegrationResponse
from groundcloud.gateway.parameters import in_body, resolve, resolve_all
from groundcloud.gateway.templates import Overrides, TemplateFailure, Templates
from groundcloud.http import Headers, Response

_JSON = "application/json"
_REQUEST_TARGET = "integration.request."
_HEADER_TARGETS = ("method.response.header.", "method.response.multivalueheader.")
_BODY_SOURCE = "integration.response.body"
_HEADER_SOURCE = "integration.response.header."
_HEADERS_SOURCE = "integration.response.multivalueheader."

Pairs = list[tuple[str, str]]


@dataclass
class Answer:
    """What an integration answered. `subject` is what selection patterns are matched with: the status, or a function's
    error message; None matches none. `untouched` is the client's body without a template; None means `body`."""

    subject: str | None
    body: bytes = b""
    headers: Headers = field(default_factory=Headers)
    untouched: bytes | None = None


@dataclass
class Outgoing:
    """What goes to an integration: parameters by place, and the payload with its media type."""

    path: dict[str, str]
    query: Pairs
    headers: Pairs
    content_type: str
    body: bytes


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
        return re.fullmatch(pattern, subject, re.DOTALL) is not None
    except re.error as error:
        raise configuration_error() from error


def request_payload(
    call: Call, integration: Integration, templates: Templates, overrides: Overrides
) -> tuple[str, bytes]:
    """Media type and body for the integration: what the template of the request's media type makes, or the request's
    own. https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html
    Raises `TemplateFailure` and `GatewayError`."""
    content_type = (call.request.headers.get("content-type") or _JSON).partition(";")[0].strip().lower()
    source = integration.request_templates.get(content_type)
    if source is None and (
        integration.passthrough == "NEVER"
        or (integration.passthrough == "WHEN_NO_TEMPLATES" and integration.request_templates)
    ):
        raise GatewayError("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type")
    binary_types = call.stage.binary_media_types
    payload = content.to_integration(call.request.body, content_type, binary_types, integration.content_handling)
    if source is None:
        return content_type, payload if isinstance(payload, bytes) else payload.encode()
    if isinstance(payload, bytes):
        raise TemplateFailure("A binary payload cannot be mapped: convert it to text")
    return content_type, templates.render(source, call, payload, overrides=overrides).encode()


def mapped_parameters(call: Call, integration: Integration) -> dict[str, Pairs]:
    """What `requestParameters` ask for, by place: ``path``, ``querystring`` and ``header``."""
    mapped: dict[str, Pairs] = {"path": [], "querystring": [], "header": []}
    for target, expression in integration.request_parameters.items():
        place, _, name = target.removeprefix(_REQUEST_TARGET).partition(".")
        if place in mapped:
            mapped[place] += [(name, value) for value in resolve_all(expression, call)]
    return mapped


def outgoing(call: Call, integration: Integration, templates: Templates, overrides: Overrides) -> Outgoing:
    """The mapped request of an integration that does not proxy. Raises `TemplateFailure` and `GatewayError`."""
    content_type, body = request_payload(call, integration, templates, overrides)
    mapped = mapped_parameters(call, integration)
    for place, pairs in mapped.items():
        mapped[place] = _overridden(pairs, overrides.request.get(place) or {}, any_case=place == "header")
    return Outgoing(dict(mapped["path"]), mapped["querystring"], mapped["header"], content_type, body)


def _overridden(pairs: Pairs, wanted: object, *, any_case: bool) -> Pairs:
    """`pairs` with what a template set instead; a list sets the name several times."""
    if not isinstance(wanted, dict) or not wanted:
        return pairs
    taken = {name.lower() if any_case else name for name in wanted}
    kept = [pair for pair in pairs if (pair[0].lower() if any_case else pair[0]) not in taken]
    for name, value in wanted.items():
        kept += [(name, str(one)) for one in (value if isinstance(value, list) else [value])]
    return kept


def respond(
    call: Call, integration: Integration, answer: Answer, templates: Templates, overrides: Overrides
) -> Response:
    """The method's response that the integration responses make of `answer`. Raises `GatewayError`."""
    chosen = choose_response(integration.responses, answer.subject)
    _check_declared(call, chosen.status)
    received_type = answer.headers.get("content-type")
    output = content.as_text(answer.body, received_type, call.stage.binary_media_types)
    try:
        content_type, body = _JSON, answer.body if answer.untouched is None else answer.untouched
        if chosen.templates:
            content_type = _JSON if _JSON in chosen.templates else next(iter(chosen.templates))
            source = chosen.templates[content_type]
            body, received_type = templates.render(source, call, output, overrides=overrides).encode(), content_type
        headers = _mapped_headers(call, chosen, answer, output)
        status = overrides.status or chosen.status
    except TemplateFailure as failure:
        raise configuration_error() from failure
    for name, value in _overridden([], overrides.response.get("header") or {}, any_case=True):
        headers.set(name, _header_value(value))
    if "content-type" not in headers:
        headers = Headers([("Content-Type", content_type), *headers.items])
    accept = call.request.headers.get("accept")
    body = content.to_client(body, received_type, accept, call.stage.binary_media_types, chosen.content_handling)
    return Response(status, headers, body)


def _check_declared(call: Call, status: int) -> None:
    """Raise `GatewayError` unless the method declares a response of `status`: AWS's execution logs say so
    (quoted in the guide to the type-safe API of https://github.com/aws/aws-pdk)."""
    declared = call.match.method.responses if call.match else None
    if declared is not None and status not in declared:
        cause = TemplateFailure(f"Output mapping refers to an invalid method response: {status}")
        raise configuration_error() from cause


def _mapped_headers(call: Call, chosen: IntegrationResponse, answer: Answer, output: str) -> Headers:
    """The headers that `responseParameters` ask for."""
    headers = Headers()
    for target, expression in chosen.parameters.items():
        prefix = next((one for one in _HEADER_TARGETS if target.startswith(one)), None)
        if prefix is None:
            continue
        name = target[len(prefix) :]
        headers.remove(name)
        for value in _mapped(expression, call, answer, output):
            headers.add(name, _header_value(value))
    return headers


def _mapped(expression: str, call: Call, answer: Answer, output: str) -> list[str]:
    if expression.startswith(_HEADERS_SOURCE):
        return answer.headers.get_all(expression[len(_HEADERS_SOURCE) :])
    if expression.startswith(_HEADER_SOURCE):
        values = answer.headers.get_all(expression[len(_HEADER_SOURCE) :])
        return values[-1:]
    if expression.startswith(_BODY_SOURCE):
        value = in_body(output, expression[len(_BODY_SOURCE) :])
    else:
        value = resolve(expression, call)
    return [] if value is None else [value]


def _header_value(value: str) -> str:
    """A value that fits into one header: no line break may begin another."""
    clean = value.replace("\r", "").replace("\n", "")
    return clean if clean.isascii() else clean.encode("utf-8", "replace").decode("latin-1")
