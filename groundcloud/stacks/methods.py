"""Operations of a definition as `AWS::ApiGateway::Method` properties, integration included.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

from __future__ import annotations

from typing import Any

from groundcloud.stacks.definition import Definition, Operation
from groundcloud.stacks.models import Models
from groundcloud.stacks.structure import Structure

_INTEGRATION_FIELDS = (
    ("IntegrationHttpMethod", "httpMethod"),
    ("Uri", "uri"),
    ("Credentials", "credentials"),
    ("RequestParameters", "requestParameters"),
    ("RequestTemplates", "requestTemplates"),
    ("TimeoutInMillis", "timeoutInMillis"),
    ("CacheNamespace", "cacheNamespace"),
    ("CacheKeyParameters", "cacheKeyParameters"),
    ("ConnectionId", "connectionId"),
    ("TlsConfig", "tlsConfig"),
)
_UPPER_FIELDS = (
    ("Type", "type"),
    ("PassthroughBehavior", "passthroughBehavior"),
    ("ContentHandling", "contentHandling"),
    ("ConnectionType", "connectionType"),
)
_PARAMETER_PLACES = {"query": "querystring", "header": "header", "path": "path"}


def method_properties(operation: Operation, definition: Definition, models: Models) -> dict[str, Any]:
    """The properties that come from the operation itself; who may call it and which resource it is on are not here."""
    content, structure = operation.content, definition.structure
    properties: dict[str, Any] = {"HttpMethod": operation.method}
    if content.get("operationId"):
        properties["OperationName"] = content["operationId"]
    request_parameters = _request_parameters(operation)
    if request_parameters:
        properties["RequestParameters"] = request_parameters
    request_models = _request_models(operation, definition, models)
    if request_models:
        properties["RequestModels"] = request_models
    responses = _method_responses(content, definition, models)
    if responses:
        properties["MethodResponses"] = responses
    integration = structure.unwrap(content.get("x-amazon-apigateway-integration"))
    if isinstance(integration, dict):
        properties["Integration"] = integration_properties(integration, structure)
    return properties


def integration_properties(integration: dict[str, Any], structure: Structure) -> dict[str, Any]:
    """`x-amazon-apigateway-integration` as the `Integration` of a method; the values stay as they are."""
    properties = {
        key: integration[source] for key, source in _INTEGRATION_FIELDS if integration.get(source) is not None
    }
    for key, source in _UPPER_FIELDS:
        value = integration.get(source)
        if value is not None:
            properties[key] = value.upper() if isinstance(value, str) else value
    responses = [
        _integration_response(pattern, response)
        for pattern, response in structure.mapping(integration.get("responses")).items()
    ]
    if responses:
        properties["IntegrationResponses"] = responses
    return properties


def _integration_response(pattern: str, response: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {"StatusCode": _text(response.get("statusCode", "200"))}
    if pattern != "default":
        result["SelectionPattern"] = pattern
    for key, source in (("ResponseParameters", "responseParameters"), ("ResponseTemplates", "responseTemplates")):
        if response.get(source):
            result[key] = response[source]
    if isinstance(response.get("contentHandling"), str):
        result["ContentHandling"] = response["contentHandling"].upper()
    return result


def _request_parameters(operation: Operation) -> dict[str, Any]:
    return {
        f"method.request.{_PARAMETER_PLACES[parameter['in']]}.{parameter['name']}": bool(parameter.get("required"))
        for parameter in operation.parameters
        if parameter.get("in") in _PARAMETER_PLACES and "name" in parameter
    }


def _request_models(operation: Operation, definition: Definition, models: Models) -> dict[str, Any]:
    """Media type to model: `requestBody` (OpenAPI 3) or the parameter in ``body`` (Swagger 2.0)."""
    structure = definition.structure
    request_body = definition.resolve(structure.unwrap(operation.content.get("requestBody")))
    if isinstance(request_body, dict):
        return _content_models(request_body, structure, models)
    for parameter in operation.parameters:
        if parameter.get("in") == "body" and parameter.get("schema"):
            media_types = definition.media_types(operation.content, "consumes")
            return {media_type: models.reference(parameter["schema"]) for media_type in media_types}
    return {}


def _method_responses(content: dict[str, Any], definition: Definition, models: Models) -> list[dict[str, Any]]:
    """One method response a status code; ``default`` has none of its own in API Gateway."""
    found = []
    for status, response in definition.structure.mapping(content.get("responses")).items():
        resolved = definition.resolve(response)
        if not status.isdigit() or not isinstance(resolved, dict):
            continue
        result: dict[str, Any] = {"StatusCode": status}
        headers = definition.structure.mapping(resolved.get("headers"))
        if headers:
            result["ResponseParameters"] = {f"method.response.header.{name}": False for name in headers}
        response_models = _content_models(resolved, definition.structure, models)
        if not response_models and resolved.get("schema"):
            media_types = definition.media_types(content, "produces")
            response_models = {media_type: models.reference(resolved["schema"]) for media_type in media_types}
        if response_models:
            result["ResponseModels"] = response_models
        found.append(result)
    return found


def _content_models(holder: dict[str, Any], structure: Structure, models: Models) -> dict[str, Any]:
    return {
        media_type: models.reference(entry["schema"])
        for media_type, entry in structure.mapping(holder.get("content")).items()
        if isinstance(entry, dict) and entry.get("schema")
    }


def _text(value: Any) -> Any:
    return value if isinstance(value, dict) else str(value)
