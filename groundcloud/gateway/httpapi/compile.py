"""From the control plane's answers to a served HTTP or WebSocket API: pure, on the side of the request path."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any

from groundcloud.gateway.compile import lambda_function
from groundcloud.gateway.httpapi.definition import Answer, Definition
from groundcloud.gateway.httpapi.limits import MAX_INTEGRATION_SECONDS
from groundcloud.gateway.httpapi.model import AccessLog, Api, Authorizer, Cors, Integration, Route, Stage
from groundcloud.gateway.httpapi.routing import Router
from groundcloud.gateway.model import LambdaFunction
from groundcloud.gateway.throttle import Limits, read_limits
from groundcloud.ports import Scope

log = logging.getLogger("groundcloud.gateway")

_ARN = re.compile(
    r"arn:[a-z-]+:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):function:(?P<name>[^:/]+)(?::(?P<qualifier>[^:/]+))?"
)
_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")
_LOG_GROUP = re.compile(r"arn:[a-z-]+:logs:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):log-group:(?P<group>[^:]+)(:\*)?")
_DEFAULT_TTL = 300.0


def compile_api(
    scope: Scope, definition: Definition, stages: Iterable[Answer], deployed: Mapping[str, Definition]
) -> Api:
    """The API with every stage that serves something: one with automatic deployment serves the API as it is, another
    what its deployment froze (`deployed`), or the API as it is while that has not changed since."""
    api_id, protocol = str(definition.api["ApiId"]), str(definition.api.get("ProtocolType") or "HTTP")
    compiled = {}
    for stage in stages:
        deployment, automatic = str(stage.get("DeploymentId") or ""), bool(stage.get("AutoDeploy"))
        if deployment or automatic:
            frozen = definition if automatic else deployed.get(deployment, definition)
            compiled[str(stage["StageName"])] = _stage(scope, frozen, stage, deployment, definition.api)
    disabled = bool(definition.api.get("DisableExecuteApiEndpoint"))
    return Api(scope, api_id, protocol, compiled, disabled)


def _stage(scope: Scope, definition: Definition, stage: Answer, deployment: str, api: Answer) -> Stage:
    variables = dict(stage.get("StageVariables") or {})
    routes = _routes(definition, variables, scope)
    settings = stage.get("DefaultRouteSettings") or {}
    overrides = {key: _limits(one) for key, one in (stage.get("RouteSettings") or {}).items()}
    return Stage(
        scope=scope,
        api_id=str(api["ApiId"]),
        api_name=str(api.get("Name") or ""),
        name=str(stage["StageName"]),
        deployment_id=deployment,
        variables=variables,
        routes={route.key: route for route in routes},
        router=Router(routes),
        cors=_cors(definition.api.get("CorsConfiguration")),
        throttle=_limits(settings),
        throttles={key: limits for key, limits in overrides.items() if limits is not None},
        access_log=_access_log(stage.get("AccessLogSettings") or {}, str(api["ApiId"])),
        selection=str(definition.api.get("RouteSelectionExpression") or ""),
        detailed=_detailed(routes, settings, stage.get("RouteSettings") or {}),
    )


def _limits(settings: Answer) -> Limits | None:
    return read_limits(settings, "ThrottlingRateLimit", "ThrottlingBurstLimit")


def _detailed(routes: Iterable[Route], settings: Answer, overrides: Mapping[str, Answer]) -> frozenset[str]:
    own = {key: one["DetailedMetricsEnabled"] for key, one in overrides.items() if "DetailedMetricsEnabled" in one}
    return frozenset(route.key for route in routes if own.get(route.key, settings.get("DetailedMetricsEnabled")))


def _routes(definition: Definition, variables: Mapping[str, str], scope: Scope) -> list[Route]:
    integrations = {str(one["IntegrationId"]): _integration(one, variables, scope) for one in definition.integrations}
    authorizers = {str(one["AuthorizerId"]): _authorizer(one, variables, scope) for one in definition.authorizers}
    return [
        Route(
            id=str(route.get("RouteId") or ""),
            key=str(route["RouteKey"]),
            authorization=str(route.get("AuthorizationType") or "NONE").upper(),
            authorizer=authorizers.get(str(route.get("AuthorizerId"))),
            scopes=tuple(route.get("AuthorizationScopes") or ()),
            integration=integrations.get(str(route.get("Target") or "").removeprefix("integrations/")),
            answers=bool(route.get("RouteResponseSelectionExpression")),
            api_key_required=bool(route.get("ApiKeyRequired")),
            operation=str(route.get("OperationName") or ""),
        )
        for route in definition.routes
    ]


def _integration(answer: Answer, variables: Mapping[str, str], scope: Scope) -> Integration:
    kind, subtype = str(answer.get("IntegrationType") or "").upper(), str(answer.get("IntegrationSubtype") or "")
    uri = _filled(str(answer.get("IntegrationUri") or ""), variables)
    timeout = float(answer.get("TimeoutInMillis") or MAX_INTEGRATION_SECONDS * 1000) / 1000
    return Integration(
        id=str(answer["IntegrationId"]),
        type=kind,
        subtype=subtype,
        uri=uri,
        method=str(answer.get("IntegrationMethod") or "").upper(),
        payload_format=str(answer.get("PayloadFormatVersion") or "1.0"),
        timeout=min(timeout, MAX_INTEGRATION_SECONDS),
        connection_type=str(answer.get("ConnectionType") or "INTERNET").upper(),
        credentials=answer.get("CredentialsArn") or None,
        request_parameters=dict(answer.get("RequestParameters") or {}),
        response_parameters=_by_status(answer.get("ResponseParameters") or {}),
        request_templates=dict(answer.get("RequestTemplates") or {}),
        tls_server_name=(answer.get("TlsConfig") or {}).get("ServerNameToVerify"),
        function=function_of(uri, scope) if kind in ("AWS_PROXY", "AWS") and not subtype else None,
    )


def _by_status(parameters: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    return {str(status): dict(mapped) for status, mapped in parameters.items() if isinstance(mapped, Mapping)}


def _authorizer(answer: Answer, variables: Mapping[str, str], scope: Scope) -> Authorizer:
    token, ttl = answer.get("JwtConfiguration") or {}, answer.get("AuthorizerResultTtlInSeconds")
    sources = answer.get("IdentitySource") or ()
    return Authorizer(
        id=str(answer["AuthorizerId"]),
        name=str(answer.get("Name") or ""),
        kind=str(answer.get("AuthorizerType") or "").upper(),
        identity_sources=(sources,) if isinstance(sources, str) else tuple(sources),
        issuer=str(token.get("Issuer") or ""),
        audience=frozenset(token.get("Audience") or ()),
        function=function_of(_filled(str(answer.get("AuthorizerUri") or ""), variables), scope),
        credentials=answer.get("AuthorizerCredentialsArn") or None,
        payload_format=str(answer.get("AuthorizerPayloadFormatVersion") or "1.0"),
        simple=bool(answer.get("EnableSimpleResponses")),
        ttl=_DEFAULT_TTL if ttl is None else float(ttl),
    )


def _filled(text: str, variables: Mapping[str, str]) -> str:
    return _STAGE_VARIABLE.sub(lambda found: variables.get(found[1], ""), text)


def function_of(uri: str, scope: Scope) -> LambdaFunction | None:
    """The function that an HTTP API's URI names: its ARN, or the long form that REST APIs use."""
    arn = _ARN.fullmatch(uri)
    if arn is None:
        return lambda_function(uri, {}, scope)
    qualifier = arn["qualifier"]
    name = uri[: -len(qualifier) - 1] if qualifier else uri
    return LambdaFunction(name, qualifier, Scope(arn["account"], arn["region"]))


def _cors(answer: Answer | None) -> Cors | None:
    if not answer:
        return None
    age = answer.get("MaxAge")
    return Cors(
        origins=tuple(answer.get("AllowOrigins") or ()),
        methods=tuple(answer.get("AllowMethods") or ()),
        headers=tuple(answer.get("AllowHeaders") or ()),
        expose=tuple(answer.get("ExposeHeaders") or ()),
        max_age=int(age) if age is not None else None,
        credentials=bool(answer.get("AllowCredentials")),
    )


def _access_log(settings: Answer, api_id: str) -> AccessLog | None:
    destination = str(settings.get("DestinationArn") or "")
    if not destination:
        return None
    found = _LOG_GROUP.fullmatch(destination)
    if found is None or not settings.get("Format"):
        log.warning("API %s: no access log: %s is no log group, or there is no format", api_id, destination)
        return None
    return AccessLog(found["group"], Scope(found["account"], found["region"]), str(settings["Format"]))
