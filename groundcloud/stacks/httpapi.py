"""An HTTP API's definition as resources of `AWS::ApiGatewayV2`: routes, integrations, authorizers, CORS.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
"""

from __future__ import annotations

from typing import Any

from groundcloud.stacks.definition import Definition, Operation
from groundcloud.stacks.intrinsics import Evaluator
from groundcloud.stacks.naming import expanded_id
from groundcloud.stacks.structure import Structure

Resources = dict[str, dict[str, Any]]

_INHERITED = ("Condition", "DeletionPolicy", "UpdateReplacePolicy")
_IMPORT_ONLY = ("Body", "BodyS3Location", "BasePath", "FailOnWarnings")
_INTEGRATION_FIELDS = (
    ("IntegrationMethod", "httpMethod"),
    ("IntegrationUri", "uri"),
    ("IntegrationSubtype", "integrationSubtype"),
    ("PayloadFormatVersion", "payloadFormatVersion"),
    ("TimeoutInMillis", "timeoutInMillis"),
    ("ConnectionType", "connectionType"),
    ("ConnectionId", "connectionId"),
    ("CredentialsArn", "credentials"),
    ("RequestParameters", "requestParameters"),
    ("ResponseParameters", "responseParameters"),
    ("TlsConfig", "tlsConfig"),
)
_AUTHORIZER_FIELDS = (
    ("AuthorizerUri", "authorizerUri"),
    ("AuthorizerCredentialsArn", "authorizerCredentials"),
    ("AuthorizerPayloadFormatVersion", "authorizerPayloadFormatVersion"),
    ("AuthorizerResultTtlInSeconds", "authorizerResultTtlInSeconds"),
    ("EnableSimpleResponses", "enableSimpleResponses"),
)
_CORS_FIELDS = ("allowOrigins", "allowMethods", "allowHeaders", "exposeHeaders", "maxAge", "allowCredentials")
_DEFAULT_ROUTE = "$default"


def resources_of(document: dict[str, Any]) -> Resources:
    """A whole definition, without functions in it, as the resources of one API called ``Api``."""
    structure = Structure(Evaluator({}, {}, {}), "The definition")
    resource = {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Body": document}}
    return HttpApiParts("Api", resource, Definition(document, structure)).resources()


class HttpApiParts:
    """One HTTP API being expanded."""

    def __init__(self, api: str, resource: dict[str, Any], definition: Definition) -> None:
        self._api = api
        self._resource = resource
        self._definition = definition
        self._inherited = {key: resource[key] for key in _INHERITED if key in resource}
        self._authorizers: Resources = {}
        self._schemes = self._read_schemes()
        self._routes = self._make_routes()

    def resources(self) -> Resources:
        """The API itself first, then its parts."""
        parts = {**self._authorizers, **self._routes}
        return {
            self._api: {**self._resource, "Properties": self._api_properties()},
            **{logical_id: {**part, **self._inherited} for logical_id, part in parts.items()},
        }

    def before_deployment(self) -> list[str]:
        return list(self._routes)

    def _api_properties(self) -> dict[str, Any]:
        given = self._resource.get("Properties") or {}
        properties = {key: value for key, value in given.items() if key not in _IMPORT_ONLY}
        properties.setdefault("ProtocolType", "HTTP")
        information = self._definition.structure.unwrap(self._definition.body.get("info")) or {}
        for key, source in (("Name", "title"), ("Description", "description"), ("Version", "version")):
            if source in information:
                properties.setdefault(key, information[source])
        cors = self._definition.structure.unwrap(self._definition.extension("cors"))
        if isinstance(cors, dict):
            named = {key[0].upper() + key[1:]: cors[key] for key in _CORS_FIELDS if key in cors}
            properties.setdefault("CorsConfiguration", named)
        return properties

    def _read_schemes(self) -> dict[str, dict[str, Any]]:
        """The route properties that naming each security scheme means; makes the authorizers on the way."""
        found = {}
        for name, scheme in self._definition.section("securityDefinitions", "securitySchemes").items():
            extension = self._definition.structure.unwrap(scheme.get("x-amazon-apigateway-authorizer"))
            if isinstance(extension, dict) and str(extension.get("type", "")).lower() in ("jwt", "request"):
                found[name] = self._authorizer(name, extension)
            elif str(scheme.get("x-amazon-apigateway-authtype", "")).lower() == "awssigv4":
                found[name] = {"AuthorizationType": "AWS_IAM"}
        return found

    def _authorizer(self, name: str, extension: dict[str, Any]) -> dict[str, Any]:
        kind = str(extension["type"]).upper()
        properties: dict[str, Any] = {"ApiId": {"Ref": self._api}, "Name": name, "AuthorizerType": kind}
        properties |= {key: extension[source] for key, source in _AUTHORIZER_FIELDS if source in extension}
        source = extension.get("identitySource")
        if source is not None:
            # "A comma-separated list of mapping expressions" (api-gateway-swagger-extensions-authorizer.html)
            listed = [one.strip() for one in source.split(",")] if isinstance(source, str) else source
            properties["IdentitySource"] = listed
        token = self._definition.structure.unwrap(extension.get("jwtConfiguration"))
        if isinstance(token, dict):
            named = (("Audience", "audience"), ("Issuer", "issuer"))
            properties["JwtConfiguration"] = {key: token[source] for key, source in named if source in token}
        logical_id = expanded_id(self._api, "Authorizer", name)
        self._authorizers[logical_id] = {"Type": "AWS::ApiGatewayV2::Authorizer", "Properties": properties}
        return {"AuthorizationType": "JWT" if kind == "JWT" else "CUSTOM", "AuthorizerId": {"Ref": logical_id}}

    def _make_routes(self) -> Resources:
        made: Resources = {}
        for operation in self._definition.operations():
            properties: dict[str, Any] = {
                "ApiId": {"Ref": self._api},
                "RouteKey": _route_key(operation),
                **self._security(operation),
            }
            if operation.content.get("operationId"):
                properties["OperationName"] = operation.content["operationId"]
            integration = self._integration(operation)
            if integration is not None:
                logical_id = expanded_id(self._api, "Integration", operation.method, operation.path)
                made[logical_id] = {"Type": "AWS::ApiGatewayV2::Integration", "Properties": integration}
                properties["Target"] = {"Fn::Join": ["/", ["integrations", {"Ref": logical_id}]]}
            route = expanded_id(self._api, "Route", operation.method, operation.path)
            made[route] = {"Type": "AWS::ApiGatewayV2::Route", "Properties": properties}
        return made

    def _security(self, operation: Operation) -> dict[str, Any]:
        declared = operation.content.get("security", self._definition.body.get("security"))
        for requirement in self._definition.structure.sequence(declared):
            for name, scopes in requirement.items():
                if name in self._schemes:
                    return {**self._schemes[name], **({"AuthorizationScopes": scopes} if scopes else {})}
        return {"AuthorizationType": "NONE"}

    def _integration(self, operation: Operation) -> dict[str, Any] | None:
        node = self._definition.structure.unwrap(operation.content.get("x-amazon-apigateway-integration"))
        integration = self._definition.resolve(node)
        if not isinstance(integration, dict):
            return None
        properties: dict[str, Any] = {"ApiId": {"Ref": self._api}}
        properties |= {key: integration[source] for key, source in _INTEGRATION_FIELDS if source in integration}
        properties["IntegrationType"] = str(integration.get("type", "AWS_PROXY")).upper()
        return properties


def _route_key(operation: Operation) -> str:
    if operation.content.get("isDefaultRoute") or operation.path.strip("/") == _DEFAULT_ROUTE:
        return _DEFAULT_ROUTE
    return f"{operation.method} {operation.path}"
