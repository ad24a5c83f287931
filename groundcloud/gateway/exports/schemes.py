"""Who may call a method, as security schemes of a definition.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html
"""

from __future__ import annotations

from typing import Any

from groundcloud.gateway.definition import Answer, Definition
from groundcloud.gateway.exports.style import Json, present
from groundcloud.gateway.limits import AUTHORIZER_TTL_SECONDS

_API_KEY = "api_key"
_SIGNED = "sigv4"
_PLACES = {"method.request.header.": "header", "method.request.querystring.": "query"}

SIGV4: Json = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}


class Schemes:
    """The schemes that methods of one API were seen to use: `made`, by name."""

    def __init__(self, definition: Definition, *, with_authorizers: bool) -> None:
        self._authorizers = {str(one["id"]): one for one in definition.authorizers}
        self._with_authorizers = with_authorizers
        self.made: dict[str, Json] = {}

    def security(self, method: Answer) -> list[Json]:
        """The ``security`` of `method`."""
        found: list[Json] = []
        authorizer = self._authorizers.get(str(method.get("authorizerId")))
        if method.get("authorizationType") == "AWS_IAM":
            found.append(self._use(_SIGNED, SIGV4))
        elif method.get("authorizationType") in ("CUSTOM", "COGNITO_USER_POOLS") and authorizer is not None:
            scheme = authorizer_scheme(authorizer, self._with_authorizers)
            found.append(self._use(str(authorizer["name"]), scheme, list(method.get("authorizationScopes") or ())))
        if method.get("apiKeyRequired"):
            found.append(self._use(_API_KEY, {"type": "apiKey", "name": "x-api-key", "in": "header"}))
        return found

    def _use(self, name: str, scheme: Json, scopes: list[Any] | None = None) -> Json:
        self.made[name] = scheme
        return {name: scopes or []}


def authorizer_scheme(authorizer: Answer, whole: bool) -> Json:
    """An authorizer as a scheme; `whole` with what it asks."""
    kind, source = str(authorizer.get("type") or "").lower(), str(authorizer.get("identitySource") or "")
    # A token is in one place, which a scheme can name; a request is told apart by any number of them.
    prefix = next((one for one in _PLACES if kind != "request" and source.startswith(one)), "")
    usual = "cognito_user_pools" if kind == "cognito_user_pools" else "custom"
    scheme: Json = {
        "type": "apiKey",
        "name": source.removeprefix(prefix) if prefix else "Unused",
        "in": _PLACES.get(prefix, "header"),
        "x-amazon-apigateway-authtype": authorizer.get("authType") or usual,
    }
    if whole:
        ttl = authorizer.get("authorizerResultTtlInSeconds")
        asks_function = kind != "cognito_user_pools"
        scheme["x-amazon-apigateway-authorizer"] = {
            "type": kind,
            **present(
                providerARNs=authorizer.get("providerARNs"),
                authorizerUri=authorizer.get("authorizerUri"),
                authorizerCredentials=authorizer.get("authorizerCredentials"),
                identityValidationExpression=authorizer.get("identityValidationExpression"),
                identitySource=source if kind == "request" else None,
            ),
            **(
                {"authorizerResultTtlInSeconds": AUTHORIZER_TTL_SECONDS if ttl is None else ttl}
                if asks_function
                else {}
            ),
        }
    return scheme
