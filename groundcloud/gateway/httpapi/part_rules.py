"""What API Gateway refuses of HTTP and WebSocket APIs, their authorizers, integrations, routes and stages: pure.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers.html and the pages of the other
parts beside it. Shapes as they travel. The wordings are ours, but those that clients report:
https://github.com/hashicorp/terraform-provider-aws/issues/15181 (payload format), and in `part_checks`
https://github.com/aws/aws-cdk/issues/20170 (names of authorizers).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from groundcloud.gateway.stage_checks import variable_problem
from groundcloud.gateway.verbs import VERBS

Body = Mapping[str, Any]

_HTTP_SELECTION = "${request.method} ${request.path}"
_SELECTION = re.compile(r"\$\{request\.body\.[\w.\[\]-]+\}|\$request\.body\.[\w.\[\]-]+")
_ORIGIN = re.compile(r"\*|null|[A-Za-z][A-Za-z0-9+.-]*://.+")
_VERBS = ("*", *VERBS)
_HTTP_SOURCE = re.compile(r"\$(request\.(header|querystring)|context|stageVariables)\.\S+")
_SOCKET_SOURCE = re.compile(r"(route\.request\.(multivalue)?(header|querystring)|context|stageVariables)\.\S+")
_STAGE_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_MAPPED_REQUEST = re.compile(r"(append|overwrite|remove):(header|querystring)\.\S+|overwrite:path")
_MAPPED_RESPONSE = re.compile(r"(append|overwrite|remove):header\.\S+|overwrite:statuscode")
_MAPPING_KEY = re.compile(r"(?!.{301})[A-Za-z0-9$\-_.+!*'()]+(?:/[A-Za-z0-9$\-_.+!*'()]+)*")
TAKEN_KEY = "ApiMapping key already exists for this domain name"
_MAX_TTL = 3600
_TIMEOUTS = {"HTTP": 30000, "WEBSOCKET": 29000}
_AUTHORIZATIONS = {"HTTP": ("NONE", "JWT", "AWS_IAM", "CUSTOM"), "WEBSOCKET": ("NONE", "AWS_IAM", "CUSTOM")}


def api_problem(api: Body) -> str | None:
    """Of CreateApi."""
    protocol, selection, cors = (
        api.get("protocolType"),
        api.get("routeSelectionExpression"),
        api.get("corsConfiguration"),
    )
    if not str(api.get("name") or "").strip():
        return "Name must not be empty"
    if protocol not in _AUTHORIZATIONS:
        return f"Invalid protocol specified. Must be one of [{', '.join(_AUTHORIZATIONS)}]"
    if protocol == "HTTP":
        if selection not in (None, "", _HTTP_SELECTION):
            return f"The route selection expression of an HTTP API is {_HTTP_SELECTION}"
        return cors_problem(cors) if isinstance(cors, dict) else None
    if cors:
        return "CORS configuration is supported only for HTTP APIs"
    if not _SELECTION.search(str(selection or "")):
        return f"Invalid route selection expression: {selection}"
    return None


def cors_problem(cors: Body) -> str | None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html: no credentials for everybody."""
    origins = cors.get("allowOrigins") or []
    if "*" in origins and cors.get("allowCredentials") is True:
        return "allow-credentials is not supported when allow-origin is *"
    for origin in origins:
        if isinstance(origin, str) and "${" not in origin and not _ORIGIN.fullmatch(origin):
            return f"Invalid format for origin: {origin}. An origin begins with a scheme, as in https://example.com"
    wrong = next((one for one in cors.get("allowMethods") or [] if isinstance(one, str) and one not in _VERBS), None)
    return None if wrong is None else f"Invalid method of a CORS configuration: {wrong}"


def authorizer_problem(authorizer: Body, protocol: str) -> str | None:
    """Of CreateAuthorizer."""
    kind, sources = authorizer.get("authorizerType"), authorizer.get("identitySource") or []
    ttl = authorizer.get("authorizerResultTtlInSeconds")
    if kind not in ("REQUEST", "JWT"):
        return "Invalid authorizer type. Must be one of [REQUEST, JWT]"
    if isinstance(ttl, int) and not 0 <= ttl <= _MAX_TTL:
        return f"AuthorizerResultTtlInSeconds must be between 0 and {_MAX_TTL}"
    form = _SOCKET_SOURCE if protocol == "WEBSOCKET" else _HTTP_SOURCE
    wrong = next((one for one in sources if isinstance(one, str) and not form.fullmatch(one)), None)
    if wrong is not None:
        return f"Invalid identity source: {wrong}"
    return _jwt_problem(authorizer) if kind == "JWT" else _request_problem(authorizer, protocol)


def _jwt_problem(authorizer: Body) -> str | None:
    token, sources = authorizer.get("jwtConfiguration") or {}, authorizer.get("identitySource") or []
    if not token.get("issuer") or not token.get("audience"):
        return "A JWT authorizer needs an issuer and an audience"
    if len(sources) != 1:
        return "A JWT authorizer needs one identity source"
    return None


def _request_problem(authorizer: Body, protocol: str) -> str | None:
    form = authorizer.get("authorizerPayloadFormatVersion")
    if not authorizer.get("authorizerUri"):
        return "AuthorizerUri is required for REQUEST authorizers"
    if protocol == "WEBSOCKET":
        return None
    if form not in ("1.0", "2.0"):
        return "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer"
    if authorizer.get("enableSimpleResponses") and form != "2.0":
        return "Simple responses are supported with payload format 2.0 only"
    if authorizer.get("authorizerResultTtlInSeconds") and not authorizer.get("identitySource"):
        return "Identity sources are required while the results of an authorizer are cached"
    return None


def integration_problem(integration: Body, protocol: str) -> str | None:
    """Of CreateIntegration; of an update what it names."""
    kind, form = integration.get("integrationType"), integration.get("payloadFormatVersion")
    timeout, longest = integration.get("timeoutInMillis"), _TIMEOUTS.get(protocol, 30000)
    if isinstance(timeout, int) and not 50 <= timeout <= longest:
        return f"Timeout should be between 50 ms and {longest} ms"
    if form is not None and form not in (("1.0",) if kind == "HTTP_PROXY" else ("1.0", "2.0")):
        return f"Invalid payload format version {form} of {kind or 'the integration'}"
    if kind == "MOCK" and protocol == "HTTP":
        return "MOCK integrations are supported only for WebSocket APIs"
    if kind == "HTTP_PROXY":
        if not re.match(r"https?://[^/]|arn:|\$\{", str(integration.get("integrationUri") or "")):
            return f"Invalid HTTP endpoint specified for URI: {integration.get('integrationUri')}"
        if protocol == "HTTP" and not integration.get("integrationMethod"):
            return "IntegrationMethod is required for HTTP_PROXY integrations"
    return parameters_problem(integration) if protocol == "HTTP" else None


def parameters_problem(integration: Body) -> str | None:
    """Of parameter mappings; a service's own parameters (with a subtype) have other names.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html"""
    if integration.get("integrationSubtype"):
        return None
    for target in integration.get("requestParameters") or {}:
        if not _MAPPED_REQUEST.fullmatch(target):
            return f"Invalid mapping expression specified: {target} is no parameter of a request"
    for status, mapped in (integration.get("responseParameters") or {}).items():
        if not re.fullmatch(r"[2-5]\d\d", str(status)):
            return f"Response parameters are mapped by status, 200 to 599: {status}"
        for target in mapped if isinstance(mapped, dict) else ():
            if not _MAPPED_RESPONSE.fullmatch(target) and target != "ResponseParameters":
                return f"Invalid mapping expression specified: {target} is no parameter of a response"
    return None


def authorization_problem(kind: Any, authorizer: Body | None, scopes: Any, protocol: str) -> str | None:
    """Of a route's authorization; `authorizer` as it was read, None when there is none of its id."""
    if kind not in _AUTHORIZATIONS.get(protocol, ()):
        return f"Invalid authorization type {kind}. Must be one of [{', '.join(_AUTHORIZATIONS.get(protocol, ()))}]"
    if scopes and kind != "JWT":
        return "Authorization scopes are supported with JWT authorizers only"
    wanted = {"JWT": "JWT", "CUSTOM": "REQUEST"}.get(str(kind))
    if wanted is not None and (authorizer is None or authorizer.get("AuthorizerType") != wanted):
        return f"Invalid authorizer ID specified. Setting the authorization type to {kind} requires a valid authorizer."
    return None


def stage_problem(stage: Body, protocol: str) -> str | None:
    """Of CreateStage and UpdateStage, which names no stage in its body."""
    name, log = stage.get("stageName"), stage.get("accessLogSettings") or {}
    is_name = name is None or bool(_STAGE_NAME.fullmatch(str(name))) or (name == "$default" and protocol == "HTTP")
    if not is_name:
        return f"Stage name only allows a-zA-Z0-9_- and, for HTTP APIs, $default: {name}"
    for key, value in (stage.get("stageVariables") or {}).items():
        problem = variable_problem(key, value)
        if problem is not None:
            return problem
    if log and not (log.get("destinationArn") and log.get("format")):
        return "Access logs need a destination and a format"
    return None


def mapping_key_problem(key: str, taken: Iterable[str]) -> str | None:
    """Of the path that a custom domain name maps to an API; `taken` are those of its other mappings.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html (restrictions); what AWS says of
    a second one is in https://github.com/aws/aws-cdk/issues/22660."""
    if key and not _MAPPING_KEY.fullmatch(key):
        return "An ApiMapping key may contain only letters, numbers and $-_.+!*'(), and slashes between them"
    return TAKEN_KEY if key in taken else None
