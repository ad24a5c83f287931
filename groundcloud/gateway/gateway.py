"""API Gateway's data plane for REST APIs: a request in, the deployed API's answer out.

The order is AWS's: find the API and stage → limits → route → authorize → API key, throttle and quota → validate →
integrate → the headers that every answer carries.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from groundcloud.clock import Clock, new_request_id
from groundcloud.errors import AwsError
from groundcloud.gateway import apispan, lambda_proxy
from groundcloud.gateway.access import Access, NoAccess
from groundcloud.gateway.authorize import Authorization
from groundcloud.gateway.aws_service import AwsServices
from groundcloud.gateway.call import Call, new_extended_request_id
from groundcloud.gateway.catalog import Catalog
from groundcloud.gateway.definition import Definition
from groundcloud.gateway.deployments import Deployments
from groundcloud.gateway.errors import GatewayError, configuration_error, missing_authentication_token
from groundcloud.gateway.functions import Functions
from groundcloud.gateway.gateway_responses import render
from groundcloud.gateway.integrations import Integrations
from groundcloud.gateway.journal import Journal
from groundcloud.gateway.keys import PoolKeys
from groundcloud.gateway.lambda_authorizer import LambdaAuthorizers
from groundcloud.gateway.limits import MAX_BODY_BYTES, MAX_HEADER_BYTES
from groundcloud.gateway.log_delivery import LogDelivery
from groundcloud.gateway.metrics import Metrics
from groundcloud.gateway.model import Method
from groundcloud.gateway.permission import Permissions
from groundcloud.gateway.role_permission import RolePermissions
from groundcloud.gateway.roles import Roles
from groundcloud.gateway.target import Target, parse_target, staged
from groundcloud.gateway.trial import Trial, call_of, failed, read_stage, told
from groundcloud.gateway.usage import Usage, is_metered
from groundcloud.gateway.validation import validate
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Changes, Engine, FunctionInvoker, RequestSender, Scope, Scopes, ServiceAccess

log = logging.getLogger("groundcloud.gateway")


class Gateway:
    """Serves every REST API of the control plane behind `engine`, whoever created it.

    What deployments froze is kept in `deployments_file`, or in memory without one. `send` takes the requests of AWS
    service integrations, for the cloud's own `endpoint` (host and port); without it they go to the engine. `access` is
    the door to IAM; without it, what only IAM can let in is refused. `services` judges what functions' policies do not
    let in.
    """

    def __init__(
        self,
        engine: Engine,
        changes: Changes,
        scopes: Scopes,
        functions: FunctionInvoker,
        clock: Clock,
        default_scope: Scope,
        deployments_file: Path | None = None,
        send: RequestSender | None = None,
        endpoint: str = "127.0.0.1:4566",
        access: Access | None = None,
        services: ServiceAccess | None = None,
    ) -> None:
        self._clock = clock
        self._engine = engine
        self._deployments = Deployments(engine, deployments_file)
        self._catalog = Catalog(engine, changes, scopes, default_scope, self._deployments)
        roles, send = Roles(engine, changes, clock), send or engine.request
        by_role = RolePermissions(send, endpoint, roles, changes)
        self._functions = Functions(functions, Permissions(engine, changes, services), by_role, engine)
        self._authorization = Authorization(
            PoolKeys(engine, changes, clock), LambdaAuthorizers(self._functions, clock), access or NoAccess(), clock
        )
        self._usage = Usage(engine, changes, clock)
        self._integrations = Integrations(self._functions, AwsServices(send, endpoint, roles))
        self._metrics = Metrics(engine, clock)
        self._delivery = LogDelivery(engine, changes, roles, clock)
        self._journal = Journal(self._delivery)

    async def handle(self, request: Request, mapped: Target | None = None) -> Response | None:
        """The answer to `request`, or None when it is not for a REST API: another handler's then. `mapped` is where a
        custom domain name leads."""
        target = staged(mapped) if mapped else parse_target(request.host, request.raw_path)
        if target is None:
            return None
        begun = self._clock.monotonic()
        try:
            api = await self._catalog.find(target)
        except AwsError as error:
            log.warning("API %s could not be read: %s", target.api_id, error)
            return _outside(request, 500, "InternalServerErrorException", b'{"message": "Internal server error"}')
        if api is True:
            return None
        stage = api.stages.get(target.stage) if api else None
        if stage is None:
            return _outside(request, 403, "ForbiddenException", b'{"message":"Forbidden"}')
        call = Call(request, target, stage, self._clock.now())
        try:
            response = await self._answer(call)
        except GatewayError as error:
            call.error = error
            response = render(error, call)
        except AwsError as error:
            log.warning("API %s, %s %s: %s", stage.api_id, request.method, call.path, error)
            call.error = configuration_error()
            response = render(call.error, call)
        _finish(response, call)
        latency = self._clock.monotonic() - begun
        place = (stage.api_name, stage.name)
        self._metrics.record(stage.scope, place, response.status, latency, call.integration_latency)
        if stage.metered is not None and call.match is not None:
            key = (call.match.method.resource_path, request.method)
            if is_metered(stage.metered, *key):
                self._metrics.record(stage.scope, (*place, *key), response.status, latency, call.integration_latency)
        if stage.logging is not None:
            self._journal.end(call, response, latency)
        return response

    async def try_method(self, scope: Scope, trial: Trial) -> dict[str, Any]:
        """TestInvokeMethod. Raises `AwsError` when there is no such method."""
        stage, method = await read_stage(self._engine, scope, trial)
        call = call_of(trial, stage, method, self._clock)
        begun = self._clock.monotonic()
        try:
            if method.requirements is not None:
                validate(call, method.requirements)
            response = await self._integrated(call, method)
        except (GatewayError, AwsError) as error:
            response = failed(call, error)
        return told(call, response, self._clock.monotonic() - begun)

    async def deployed(self, scope: Scope, api: str, deployment: str) -> Definition:
        """What a deployment serves. Raises `AwsError`."""
        return await self._deployments.deployed(scope, api, deployment)

    def forget_authorizers(self, api: str, stage: str) -> None:
        """Ask the Lambda authorizers of a stage anew."""
        self._authorization.forget(api, stage)

    async def flush_logs(self) -> None:
        """Put the log lines of every request that has been answered."""
        await self._delivery.flush()

    async def flush_metrics(self) -> None:
        """Put the metrics of every request that has been answered."""
        await self._metrics.flush()

    async def freeze(self, scope: Scope, api: str | None) -> None:
        """To be awaited before a change of `api` (None: of any API of `scope`) goes on, so that what was deployed until
        now goes on being served. Never raises."""
        if api is None:
            await self._deployments.freeze_all(scope)
        else:
            await self._deployments.freeze(scope, api)

    async def reset(self) -> None:
        """Nothing is deployed, remembered or used, and nothing waits to be put."""
        self._catalog.clear()
        self._deployments.clear()
        self._authorization.clear()
        self._usage.clear()
        self._metrics.clear()
        self._delivery.clear()

    async def close(self) -> None:
        """Put the metrics that are left, and let go of endpoints and files."""
        await self._integrations.close()
        await self._delivery.close()
        await self._metrics.close()
        self._deployments.close()

    async def _answer(self, call: Call) -> Response:
        _check_limits(call.request)
        call.match = call.stage.router.find(call.request.method, call.target.path)
        stage = call.stage
        if call.match is None:
            apispan.routed(stage.api_id, stage.name, call.request.method, call.path, stage.scope)
            raise missing_authentication_token()
        method = call.match.method
        apispan.routed(stage.api_id, stage.name, call.request.method, method.resource_path, stage.scope)
        if call.stage.logging is not None:
            self._journal.begin(call, method)
        await self._authorization.check(call, method)
        if method.api_key_required or call.stage.throttles:
            await self._usage.check(call, method)
        if method.requirements is not None:
            validate(call, method.requirements)
        return await self._integrated(call, method)

    async def _integrated(self, call: Call, method: Method) -> Response:
        integration = method.integration
        if integration is None:
            log.warning("API %s, %s %s: no integration", call.stage.api_id, method.http_method, method.resource_path)
            raise configuration_error()
        begun = self._clock.monotonic()
        try:
            if integration.type == "AWS_PROXY":
                return await lambda_proxy.answer(call, method, integration, self._functions)
            return await self._integrations.answer(call, method, integration)
        finally:
            call.integration_latency = self._clock.monotonic() - begun


def _check_limits(request: Request) -> None:
    if len(request.body) > MAX_BODY_BYTES:
        raise GatewayError("REQUEST_TOO_LARGE", "Request Too Long")
    size = len(request.method) + len(request.raw_path) + len(request.query_string)
    size += sum([len(value) for _, value in request.headers.items])
    if size > MAX_HEADER_BYTES:
        # The quota is documented, the status is what clients of AWS see.
        raise GatewayError("DEFAULT_4XX", "Request Header Fields Too Large", status=431)


def _finish(response: Response, call: Call) -> None:
    """The headers that every answer of the gateway carries."""
    told = [
        ("Content-Length", str(len(response.body))),
        ("x-amzn-RequestId", call.request_id),
        ("x-amz-apigw-id", call.extended_request_id),
    ]
    integration = call.match.method.integration if call.match else None
    if integration is not None and integration.type == "AWS_PROXY" and call.integration_latency is not None:
        told.append(("X-Amzn-Trace-Id", call.trace.header))
    response.headers.extend(told)
    if call.request.method == "HEAD":
        response.body = b""


def _outside(request: Request, status: int, error_type: str, body: bytes) -> Response:
    """An answer without a stage: no gateway response applies, because no deployment was reached."""
    headers = Headers(
        [
            ("Content-Type", "application/json"),
            ("x-amzn-ErrorType", error_type),
            ("Content-Length", str(len(body))),
            ("x-amzn-RequestId", new_request_id()),
            ("x-amz-apigw-id", new_extended_request_id()),
        ]
    )
    return Response(status, headers, b"" if request.method == "HEAD" else body)
