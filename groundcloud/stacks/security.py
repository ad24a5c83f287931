"""Who may call a method: a definition's security schemes as authorizers, and an operation's `security` as properties.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html
"""

from __future__ import annotations

from typing import Any

from groundcloud.stacks.definition import Definition, Operation
from groundcloud.stacks.naming import expanded_id

_AUTHORIZER_FIELDS = (
    ("AuthorizerUri", "authorizerUri"),
    ("AuthorizerCredentials", "authorizerCredentials"),
    ("IdentityValidationExpression", "identityValidationExpression"),
    ("AuthorizerResultTtlInSeconds", "authorizerResultTtlInSeconds"),
    ("ProviderARNs", "providerARNs"),
)
_AUTHORIZER_TYPES = {"cognito_user_pools": "COGNITO_USER_POOLS", "token": "TOKEN", "request": "REQUEST"}


class Security:
    """The security schemes of one API. `authorizers` are the resources for them, by logical id."""

    def __init__(self, api: str, definition: Definition) -> None:
        self._definition = definition
        self.authorizers: dict[str, dict[str, Any]] = {}
        self._schemes: dict[str, dict[str, Any]] = {}
        for name, scheme in definition.section("securityDefinitions", "securitySchemes").items():
            self._schemes[name] = self._scheme(api, name, scheme)

    def _scheme(self, api: str, name: str, scheme: dict[str, Any]) -> dict[str, Any]:
        """The method properties that naming this scheme means."""
        extension = self._definition.structure.unwrap(scheme.get("x-amazon-apigateway-authorizer"))
        kind = str((extension or {}).get("type", "")).lower()
        if kind in _AUTHORIZER_TYPES:
            logical_id = expanded_id(api, "Authorizer", name)
            self.authorizers[logical_id] = {
                "Type": "AWS::ApiGateway::Authorizer",
                "Properties": _authorizer(api, name, scheme, extension),
            }
            shown = "COGNITO_USER_POOLS" if kind == "cognito_user_pools" else "CUSTOM"
            return {"AuthorizationType": shown, "AuthorizerId": {"Ref": logical_id}}
        if str(scheme.get("x-amazon-apigateway-authtype", "")).lower() == "awssigv4":
            return {"AuthorizationType": "AWS_IAM"}
        if scheme.get("type") == "apiKey" and str(scheme.get("name", "")).lower() == "x-api-key":
            return {"ApiKeyRequired": True}
        return {}

    def properties(self, operation: Operation) -> dict[str, Any]:
        """The authorization properties of a method: its own `security`, else the definition's."""
        structure = self._definition.structure
        declared = operation.content.get("security", self._definition.body.get("security"))
        properties: dict[str, Any] = {"AuthorizationType": "NONE"}
        for requirement in structure.sequence(declared):
            for name, scopes in requirement.items():
                scheme = self._schemes.get(name, {})
                if "ApiKeyRequired" in scheme:
                    properties["ApiKeyRequired"] = True
                elif scheme and properties["AuthorizationType"] == "NONE":
                    properties |= scheme
                    if scopes:
                        properties["AuthorizationScopes"] = scopes
        explicit = structure.unwrap(operation.content.get("x-amazon-apigateway-auth"))
        if isinstance(explicit, dict) and explicit.get("type"):
            properties = {"AuthorizationType": explicit["type"]}
        return properties


def _authorizer(api: str, name: str, scheme: dict[str, Any], extension: dict[str, Any]) -> dict[str, Any]:
    kind = str(extension["type"]).lower()
    properties: dict[str, Any] = {"RestApiId": {"Ref": api}, "Name": name, "Type": _AUTHORIZER_TYPES[kind]}
    properties |= {key: extension[source] for key, source in _AUTHORIZER_FIELDS if extension.get(source) is not None}
    authtype = scheme.get("x-amazon-apigateway-authtype")
    if isinstance(authtype, str):
        properties["AuthType"] = authtype
    source = extension.get("identitySource")
    if source is None and kind != "request":
        place = "querystring" if str(scheme.get("in", "header")).lower() == "query" else "header"
        source = f"method.request.{place}.{scheme.get('name') or 'Authorization'}"
    # A REQUEST authorizer without identity sources is asked for every request; "" keeps the engine's default away.
    properties["IdentitySource"] = source if source is not None else ""
    return properties
