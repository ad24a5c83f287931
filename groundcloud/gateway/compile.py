"""From the control plane's answers to a served API: pure, and all of it on the side of the request path.

A stage serves what its deployment froze; its variables and settings, and the API's name, are as they are now.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from groundcloud.gateway.access import policy_text
from groundcloud.gateway.definition import Answer, Definition
from groundcloud.gateway.limits import AUTHORIZER_TTL_SECONDS, MAX_INTEGRATION_SECONDS
from groundcloud.gateway.log_settings import read_logging
from groundcloud.gateway.model import (
    Api,
    Authorizer,
    GatewayResponse,
    Integration,
    IntegrationResponse,
    LambdaFunction,
    Method,
    Stage,
)
from groundcloud.gateway.routing import Router
from groundcloud.gateway.service_uri import service_target
from groundcloud.gateway.usage import stage_metrics, stage_throttles
from groundcloud.gateway.validation import Schemas, requirements
from groundcloud.ports import Scope

log = logging.getLogger("groundcloud.gateway")

_FUNCTION_URI = re.compile(r":lambda:path/+2015-03-31/functions/(?P<ref>.+)/invocations$")
_FUNCTION_ARN = re.compile(
    r"arn:[a-z-]+:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):function:(?P<name>[^:/]+)(?::(?P<qualifier>[^:/]+))?"
)
_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")
_POOL_ARN = re.compile(r"arn:[a-z-]+:cognito-idp:(?P<region>[a-z0-9-]+):\d{12}:userpool/(?P<pool>[\w-]+)")
_HEADER_SOURCE = "method.request.header."


def compile_api(
    scope: Scope, definition: Definition, stages: Iterable[Answer], deployed: Mapping[str, Definition]
) -> Api:
    """The API with every stage that has a deployment. `definition` is the API as it is now, `stages` as GetStages
    lists them, `deployed` what each deployment froze. An API whose execute-api endpoint is disabled has no stage."""
    api_id, name = definition.rest_api["id"], definition.rest_api.get("name", "")
    compiled = {}
    for stage in stages:
        deployment = stage.get("deploymentId")
        frozen = deployed.get(deployment or "", definition)
        if not deployment or frozen.rest_api.get("disableExecuteApiEndpoint"):
            continue
        variables = dict(stage.get("variables") or {})
        _warn_of_stage(frozen.rest_api, stage)
        compiled[stage["stageName"]] = Stage(
            scope=scope,
            api_id=api_id,
            api_name=name,
            name=stage["stageName"],
            deployment_id=deployment,
            variables=variables,
            binary_media_types=tuple(frozen.rest_api.get("binaryMediaTypes") or ()),
            gateway_responses=_gateway_responses(frozen.gateway_responses),
            traced=bool(stage.get("tracingEnabled")),
            router=Router(_methods(frozen, variables, scope)),
            throttles=stage_throttles(stage.get("methodSettings") or {}),
            logging=read_logging(stage),
            policy=policy_text(frozen.rest_api.get("policy"), scope, api_id),
            metered=stage_metrics(stage.get("methodSettings") or {}),
            key_from_authorizer=str(frozen.rest_api.get("apiKeySource") or "").upper() == "AUTHORIZER",
        )
    return Api(scope, api_id, name, compiled)


def _methods(definition: Definition, variables: Mapping[str, str], scope: Scope) -> Iterator[Method]:
    authorizers = {one["id"]: _authorizer(one, variables, scope) for one in definition.authorizers}
    validators = {one["id"]: one for one in definition.validators}
    schemas = Schemas(definition.models)
    for resource in definition.resources:
        for method in (resource.get("resourceMethods") or {}).values():
            yield replace(
                _method(resource, method, authorizers, variables, scope),
                requirements=requirements(method, validators, schemas),
            )


def lambda_function(uri: str, variables: Mapping[str, str], scope: Scope) -> LambdaFunction | None:
    """The function named by an integration URI ``arn:…:lambda:path/2015-03-31/functions/{ref}/invocations``.

    `ref` is an ARN or a name, with or without qualifier; ``${stageVariables.x}`` in it is replaced (by nothing when
    the stage has no such variable). None when the URI is of another form.
    """
    found = _FUNCTION_URI.search(filled(uri, variables))
    if found is None:
        return None
    ref = found["ref"]
    arn = _FUNCTION_ARN.fullmatch(ref)
    if arn is None:
        name, _, qualifier = ref.partition(":")
        return LambdaFunction(name, qualifier or None, scope) if name and "/" not in ref else None
    qualifier = arn["qualifier"]
    function = ref[: -len(qualifier) - 1] if qualifier else ref
    return LambdaFunction(function, qualifier, Scope(arn["account"], arn["region"]))


def filled(text: str, variables: Mapping[str, str]) -> str:
    """`text` with its ``${stageVariables.x}`` replaced, by nothing when the stage has no such variable."""
    return _STAGE_VARIABLE.sub(lambda match: variables.get(match[1], ""), text) if "${" in text else text


def pool_issuer(provider_arn: str) -> str | None:
    """The `iss` of the tokens of a user pool, or None when the ARN is not a user pool's."""
    match = _POOL_ARN.fullmatch(provider_arn)
    return f"https://cognito-idp.{match['region']}.amazonaws.com/{match['pool']}" if match else None


def _authorizer(answer: Answer, variables: Mapping[str, str], scope: Scope) -> Authorizer:
    kind = str(answer.get("type", "")).upper()
    # Only a REQUEST authorizer may do without identity sources.
    source = str(answer.get("identitySource") or ("" if kind == "REQUEST" else _HEADER_SOURCE + "Authorization"))
    ttl = answer.get("authorizerResultTtlInSeconds")
    header = source[len(_HEADER_SOURCE) :] if source.startswith(_HEADER_SOURCE) else ""
    issuers = ((pool_issuer(arn), arn) for arn in answer.get("providerARNs") or [])
    return Authorizer(
        id=answer["id"],
        type=kind,
        identity_header=header.strip(),
        validation=answer.get("identityValidationExpression") or None,
        pools={issuer: arn for issuer, arn in issuers if issuer},
        identity_sources=tuple(part.strip() for part in source.split(",") if part.strip()),
        function=lambda_function(answer.get("authorizerUri") or "", variables, scope),
        credentials=answer.get("authorizerCredentials") or None,
        ttl=AUTHORIZER_TTL_SECONDS if ttl is None else float(ttl),
    )


def _method(
    resource: Answer, method: Answer, authorizers: Mapping[str, Authorizer], variables: Mapping[str, str], scope: Scope
) -> Method:
    integration = method.get("methodIntegration")
    return Method(
        http_method=method["httpMethod"],
        resource_id=resource["id"],
        resource_path=resource.get("path", "/"),
        authorization=str(method.get("authorizationType") or "NONE").upper(),
        authorizer=authorizers.get(method.get("authorizerId") or ""),
        scopes=frozenset(method.get("authorizationScopes") or ()),
        api_key_required=bool(method.get("apiKeyRequired")),
        integration=_integration(integration, variables, scope) if integration else None,
        responses=frozenset(int(code) for code in method["methodResponses"]) if "methodResponses" in method else None,
    )


def _integration(answer: Answer, variables: Mapping[str, str], scope: Scope) -> Integration:
    kind = str(answer.get("type", "")).upper()
    uri = answer.get("uri") or ""
    responses = list((answer.get("integrationResponses") or {}).items())
    return Integration(
        type=kind,
        http_method=str(answer.get("httpMethod") or "").upper(),
        uri=uri,
        timeout=min(float(answer.get("timeoutInMillis") or 29000) / 1000, MAX_INTEGRATION_SECONDS),
        passthrough=str(answer.get("passthroughBehavior") or "WHEN_NO_MATCH").upper(),
        credentials=answer.get("credentials") or None,
        request_templates=dict(answer.get("requestTemplates") or {}),
        responses=tuple(_integration_response(code, one) for code, one in sorted(responses)),
        function=lambda_function(uri, variables, scope) if kind in ("AWS_PROXY", "AWS") else None,
        content_handling=answer.get("contentHandling") or None,
        service=service_target(filled(uri, variables)) if kind == "AWS" else None,
        request_parameters=dict(answer.get("requestParameters") or {}),
        connection_type=str(answer.get("connectionType") or "INTERNET").upper(),
    )


def _integration_response(code: str, answer: Answer) -> IntegrationResponse:
    return IntegrationResponse(
        status=int(answer.get("statusCode") or code),
        pattern=answer.get("selectionPattern") or None,
        parameters=dict(answer.get("responseParameters") or {}),
        templates=dict(answer.get("responseTemplates") or {}),
        content_handling=answer.get("contentHandling") or None,
    )


def _gateway_responses(answers: Iterable[Answer]) -> dict[str, GatewayResponse]:
    """The customised ones only: what the control plane lists as default is AWS's own, and inheriting from DEFAULT_4XX
    and DEFAULT_5XX is decided where an error is rendered."""
    return {
        answer["responseType"]: GatewayResponse(
            status=int(answer["statusCode"]) if answer.get("statusCode") else None,
            parameters=dict(answer.get("responseParameters") or {}),
            templates=dict(answer.get("responseTemplates") or {}),
        )
        for answer in answers
        if not answer.get("defaultResponse")
    }


def _warn_of_stage(rest_api: Answer, stage: Answer) -> None:
    """Say aloud what a stage asks for and the data plane does not do."""
    wanted = {
        "its cache": stage.get("cacheClusterEnabled"),
        "its canary": stage.get("canarySettings"),
    }
    for what, value in wanted.items():
        if value:
            log.warning("REST API %s, stage %s: not applied yet: %s", rest_api["id"], stage["stageName"], what)
