"""Methods as operations of a definition.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from groundcloud.gateway.definition import Answer
from groundcloud.gateway.exports.style import Json, Style, bad_export, present
from groundcloud.gateway.limits import MAX_INTEGRATION_SECONDS

_JSON = "application/json"
_PLACES = {"querystring": "query", "header": "header", "path": "path"}
_RESPONSE_HEADER = "method.response.header."
_PLAIN = ("httpMethod", "uri", "credentials", "requestParameters", "requestTemplates", "cacheKeyParameters")
_LOWERED = ("passthroughBehavior", "contentHandling")


def operation_of(method: Answer, style: Style) -> Json:
    """What any OpenAPI tool reads: parameters, body and responses. Raises `AwsError` for bodies that are no JSON."""
    operation: Json = present(operationId=method.get("operationName"))
    parameters = [
        _parameter(name, required, style) for name, required in (method.get("requestParameters") or {}).items()
    ]
    models = method.get("requestModels") or {}
    if models and _JSON not in models:
        # "You cannot export an API if its payloads are not of the application/json type." (api-gateway-export-api.html)
        raise bad_export("JSON body models are not found")
    if style.swagger:
        if models:
            operation["consumes"] = list(models)
            name = str(models[_JSON])
            parameters.append({"in": "body", "name": name, "required": True, "schema": style.model(name)})
        produced = _produced(method)
        operation |= present(produces=produced, parameters=parameters)
    else:
        operation |= present(parameters=parameters)
        if models:
            operation["requestBody"] = {"content": _content(models, style), "required": True}
    answers = method.get("methodResponses") or {}
    operation["responses"] = {status: _response(status, one, style) for status, one in sorted(answers.items())}
    return operation


def integration_of(integration: Answer) -> Json:
    """As `x-amazon-apigateway-integration`."""
    shown: Json = {"type": str(integration.get("type") or "").lower()}
    shown |= present(**{name: integration.get(name) for name in _PLAIN})
    shown |= {name: str(integration[name]).lower() for name in _LOWERED if integration.get(name)}
    timeout = integration.get("timeoutInMillis")
    if timeout and timeout != MAX_INTEGRATION_SECONDS * 1000:
        shown["timeoutInMillis"] = timeout
    tls = {name: value for name, value in (integration.get("tlsConfig") or {}).items() if value}
    shown |= present(tlsConfig=tls)
    answers = (integration.get("integrationResponses") or {}).values()
    shown |= present(responses={one.get("selectionPattern") or "default": _answer(one) for one in answers})
    return shown


def _answer(response: Answer) -> Json:
    handling = response.get("contentHandling")
    return present(
        statusCode=str(response.get("statusCode") or "200"),
        responseParameters=response.get("responseParameters"),
        responseTemplates=response.get("responseTemplates"),
        contentHandling=str(handling).lower() if handling else None,
    )


def _parameter(name: str, required: bool, style: Style) -> Json:
    """``method.request.querystring.q`` as the parameter ``q`` in ``query``."""
    place, _, own = name.removeprefix("method.request.").partition(".")
    shown: Json = {"name": own, "in": _PLACES.get(place, place)}
    if required or style.swagger:
        shown["required"] = bool(required)
    return shown | style.text()


def _produced(method: Answer) -> list[str]:
    answers: Iterable[Mapping[str, Any]] = (method.get("methodResponses") or {}).values()
    return sorted({kind for answer in answers for kind in answer.get("responseModels") or {}})


def _content(models: Mapping[str, str], style: Style) -> Json:
    return {kind: {"schema": style.model(name)} for kind, name in models.items()}


def _response(status: str, response: Answer, style: Style) -> Json:
    shown: Json = {"description": f"{status} response"}
    names = [name for name in response.get("responseParameters") or {} if name.startswith(_RESPONSE_HEADER)]
    models = response.get("responseModels") or {}
    if style.swagger and models:
        shown["schema"] = style.model(str(models.get(_JSON) or next(iter(models.values()))))
    shown |= present(headers={name.removeprefix(_RESPONSE_HEADER): style.text() for name in names})
    if not style.swagger:
        shown["content"] = _content(models, style)
    return shown
