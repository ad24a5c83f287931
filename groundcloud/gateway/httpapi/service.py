"""The data plane of HTTP APIs: a request in, the deployed API's answer out.

The order is AWS's: find the API and stage → preflights → limits → route → throttle → authorize → integrate → mapped
response → the API's CORS headers → the access log.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.gateway import apispan
from groundcloud.gateway.httpapi import answer, cors, mapping
from groundcloud.gateway.httpapi.access_log import AccessLogs, line
from groundcloud.gateway.httpapi.call import Call, Grant
from groundcloud.gateway.httpapi.catalog import Catalog
from groundcloud.gateway.httpapi.endpoints import Endpoints
from groundcloud.gateway.httpapi.errors import (
    HttpApiError,
    forbidden,
    not_built,
    not_found,
    server_error,
)
from groundcloud.gateway.httpapi.event import event
from groundcloud.gateway.httpapi.functions import Functions
from groundcloud.gateway.httpapi.jwt_authorizer import JwtAuthorizers
from groundcloud.gateway.httpapi.lambda_authorizer import LambdaAuthorizers, route_arn
from groundcloud.gateway.httpapi.limits import MAX_BODY_BYTES, MAX_HEADER_BYTES
from groundcloud.gateway.httpapi.logged import logged, request_ids
from groundcloud.gateway.httpapi.model import DEFAULT, Api, Integration, Stage
from groundcloud.gateway.httpapi.services import ServiceCalls
from groundcloud.gateway.httpapi.signers import Signers
from groundcloud.gateway.httpapi.throttling import take
from groundcloud.gateway.metrics import Metrics
from groundcloud.gateway.target import Address, Target, parse_address
from groundcloud.gateway.throttle import Throttle
from groundcloud.http import Request, Response

log = logging.getLogger("groundcloud.gateway")


class HttpApis:
    """Serves every HTTP API of the control plane, whoever created it."""

    def __init__(
        self,
        catalog: Catalog,
        functions: Functions,
        jwt: JwtAuthorizers,
        lambdas: LambdaAuthorizers,
        signers: Signers,
        services: ServiceCalls,
        endpoints: Endpoints,
        logs: AccessLogs,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._catalog = catalog
        self._functions = functions
        self._jwt = jwt
        self._lambdas = lambdas
        self._signers = signers
        self._services = services
        self._endpoints = endpoints
        self._logs = logs
        self._metrics = metrics
        self._clock = clock
        self._throttle = Throttle(clock)

    def clear(self) -> None:
        """Forget what authorizers said, and what was used."""
        self._jwt.clear()
        self._lambdas.clear()
        self._throttle.clear()

    async def handle(self, request: Request) -> Response | None:
        """The answer to `request`, or None when its URL is not one of an HTTP API."""
        address = parse_address(request.host, request.raw_path)
        if address is None:
            return None
        api = await self._catalog.find(address.api_id, address.region)
        if api is None or api.protocol != "HTTP":
            return None
        if api.disabled:
            return _outside(not_found())
        stage, path = stage_of(api, address)
        return await self._serve(stage, path, None, request)

    def forget_authorizers(self, api: str, stage: str) -> None:
        """Ask the Lambda authorizers of a stage anew."""
        self._lambdas.forget(api, stage)

    async def handle_mapped(self, request: Request, target: Target) -> Response | None:
        """Likewise for a request that a custom domain name led to `target`."""
        api = await self._catalog.find(target.api_id, target.region)
        if api is None or api.protocol != "HTTP":
            return None
        return await self._serve(api.stages.get(target.stage), target.path, target.base_path, request)

    async def _serve(self, stage: Stage | None, path: str, base_path: str | None, request: Request) -> Response:
        if stage is None:
            return _outside(not_found())
        begun = self._clock.monotonic()
        call = Call(request, stage, path, self._clock.now(), base_path)
        try:
            response = await self._answer(call)
        except HttpApiError as error:
            call.error, response = error, error.response()
        except AwsError as error:
            log.warning("API %s, %s %s: %s", stage.api_id, request.method, path, error)
            call.error = server_error(str(error))
            response = call.error.response()
        if stage.cors is not None and response.status != 204:
            cors.decorate(stage.cors, request, response)
        response.headers.add("Content-Length", str(len(response.body)))
        response.headers.add("apigw-requestid", call.request_id)
        self._record(call, response, self._clock.monotonic() - begun)
        if request.method == "HEAD":
            response.body = b""
        return response

    async def _answer(self, call: Call) -> Response:
        stage, request = call.stage, call.request
        ready = cors.preflight(stage.cors, request) if stage.cors is not None else None
        if ready is not None:
            return ready
        _check_limits(request)
        call.match = stage.router.find(request.method, call.path)
        if call.match is None:
            apispan.routed(stage.api_id, stage.name, request.method, call.path, stage.scope)
            raise not_found()
        apispan.routed(stage.api_id, stage.name, *_named_route(call), stage.scope)
        take(self._throttle, stage, call.route.key)
        try:
            await self._authorize(call)
        except HttpApiError as error:
            call.authorizer_error = error.detail
            raise
        integration = call.route.integration
        if integration is None:
            raise server_error(f"the route {call.route.key} has no integration")
        begun = self._clock.monotonic()
        try:
            response = await self._integrate(call, integration)
        finally:
            call.integration_latency = self._clock.monotonic() - begun
        call.integration_status = response.status
        if call.endpoint_request_ids == (None, None):
            call.endpoint_request_ids = request_ids(response)
        mapping.apply_to_response(call, integration.response_parameters, response)
        return response

    async def _authorize(self, call: Call) -> None:
        route = call.route
        if route.authorization == "NONE":
            return
        if route.authorization == "AWS_IAM":
            call.grant = await self._signer(call)
        elif route.authorizer is None:
            raise server_error(f"the route {route.key} has no authorizer")
        elif route.authorization == "JWT" and route.authorizer.kind == "JWT":
            with apispan.authorizing("JWT"):
                call.grant = await self._jwt.check(call, route.authorizer)
        elif route.authorization == "CUSTOM" and route.authorizer.kind == "REQUEST":
            call.grant = await self._lambdas.check(call, route.authorizer)
        else:
            raise server_error(f"the route {route.key} has an authorizer of another kind")

    async def _signer(self, call: Call) -> Grant:
        try:
            caller: dict[str, Any] = await self._signers.check(
                call.request, "execute-api:Invoke", route_arn(call), call.stage.scope.account
            )
        except AwsError as error:
            raise forbidden(str(error)) from error
        signer = {name: value for name, value in caller.items() if not name.startswith("cognito")}
        return Grant("iam", {**signer, "cognitoIdentity": _cognito_identity(caller), "principalOrgId": None})

    async def _integrate(self, call: Call, integration: Integration) -> Response:
        if integration.connection_type == "VPC_LINK":
            raise not_built("VPC links")
        if integration.subtype:
            return await self._services.answer(call, integration)
        if integration.type == "HTTP_PROXY":
            return await self._endpoints.answer(call, integration)
        if integration.type == "AWS_PROXY" and integration.function is not None:
            return await self._function(call, integration)
        raise server_error(f"the integration {integration.type} {integration.uri!r} cannot be called")

    async def _function(self, call: Call, integration: Integration) -> Response:
        assert integration.function is not None
        result = await self._functions.call(
            integration.function,
            event(call, integration.payload_format),
            account=call.stage.scope.account,
            trace=call.trace.header,
            timeout=integration.timeout,
            source=source_of(call),
            credentials=integration.credentials,
        )
        call.endpoint_request_ids = (result.request_id, None)
        if result.function_error:
            raise server_error("The function failed; its log says how")
        return answer.from_function(result.payload, integration.payload_format)

    def _record(self, call: Call, response: Response, latency: float) -> None:
        stage = call.stage
        place, size = (stage.api_id, stage.name), len(call.request.body) + len(response.body)
        self._metrics.record(stage.scope, place, response.status, latency, call.integration_latency, size)
        if call.match is not None and call.route.key in stage.detailed:
            route = (*place, call.route.path, call.route.method or call.route.key)
            self._metrics.record(stage.scope, route, response.status, latency, call.integration_latency, size)
        if stage.access_log is not None:
            self._logs.write(
                stage.access_log,
                f"{stage.api_id}/{stage.name}",
                line(stage.access_log.format, logged(call, response, latency)),
            )


def stage_of(api: Api, address: Address) -> tuple[Stage | None, str]:
    """The stage a path begins with and what follows it; else the default stage and the whole path.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html: "If the request
    explicitly matches a stage, API Gateway sends the request to that stage."
    """
    name, slash, rest = address.path[1:].partition("/")
    if name in api.stages and name != DEFAULT:
        return api.stages[name], slash + rest or "/"
    return api.stages.get(DEFAULT), address.path


def _cognito_identity(caller: Mapping[str, str | None]) -> dict[str, Any] | None:
    """Whom an identity pool gave the credentials that signed. https://github.com/aws/aws-lambda-go,
    events/apigw.go: APIGatewayV2HTTPRequestContextAuthorizerCognitoIdentity."""
    if not caller.get("cognitoIdentityId"):
        return None
    methods = (caller.get("cognitoAuthenticationType"), *(caller.get("cognitoAuthenticationProvider") or "").split(","))
    return {
        "amr": [method for method in methods if method],
        "identityId": caller["cognitoIdentityId"],
        "identityPoolId": caller.get("cognitoIdentityPoolId"),
    }


def source_of(call: Call) -> str:
    """The ARN that a function's policy must let in."""
    route = call.route
    if route.key == DEFAULT:
        return f"{call.stage.arn}/{DEFAULT}"
    return f"{call.stage.arn}/{call.request.method}{route.path}"


def _check_limits(request: Request) -> None:
    if len(request.body) > MAX_BODY_BYTES:
        raise HttpApiError(413, "Request Entity Too Large")
    size = len(request.method) + len(request.raw_path) + len(request.query_string)
    size += sum(len(value) for _, value in request.headers.items)
    if size > MAX_HEADER_BYTES:
        # The quota is documented, the status is what clients of AWS see.
        raise HttpApiError(431, "Request Header Fields Too Large")


def _outside(error: HttpApiError) -> Response:
    """An answer without a stage."""
    response = error.response()
    response.headers.add("Content-Length", str(len(response.body)))
    return response


def _named_route(call: Call) -> tuple[str, str]:
    """The route's path for a call that has one of its own, and what was called for the one that takes the rest."""
    path = call.route.key.partition(" ")[2]
    return call.request.method, path or call.path
