"""Gateway responses of an API's definition, which LocalStack 4.14 does not import. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-gateway-responses.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

EXTENSION = "x-amazon-apigateway-gateway-responses"


def gateway_responses(definition: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parameters of `PutGatewayResponse`, but for the API's id, one for each response that it defines."""
    return [_parameters(kind, given or {}) for kind, given in (definition.get(EXTENSION) or {}).items()]


def _parameters(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    parameters: dict[str, Any] = {"responseType": kind}
    if given.get("statusCode") is not None:
        parameters["statusCode"] = str(given["statusCode"])
    for name in ("responseParameters", "responseTemplates"):
        if given.get(name):
            parameters[name] = dict(given[name])
    return parameters
