"""TestInvokeMethod: a method is tried as it is now, without deployment, authorizer, API key and client's network.

https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeMethod.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-test-method.html
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.gateway.call import Call
from groundcloud.gateway.compile import compile_api
from groundcloud.gateway.definition import read_definition
from groundcloud.gateway.errors import GatewayError, configuration_error
from groundcloud.gateway.execution_log import Notes
from groundcloud.gateway.gateway_responses import render
from groundcloud.gateway.journal import begin, end, secrets_of
from groundcloud.gateway.model import Method, Stage
from groundcloud.gateway.routing import Match, Router
from groundcloud.gateway.target import Target
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import AwsCaller, Scope

STAGE = "test-invoke-stage"
_DEPLOYMENT = "test"
_CLIENT = "test-invoke-source-ip"
_USER_AGENT = "AWS-APIGateway-test-invoke"


@dataclass(frozen=True)
class Trial:
    """What is tried: `path` with its query, None for the resource's own path."""

    api: str
    resource: str
    method: str
    path: str | None = None
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


async def read_stage(engine: AwsCaller, scope: Scope, trial: Trial) -> tuple[Stage, Method]:
    """The API as it is now, as a stage, and the method to try. Raises `AwsError`."""
    rest_api = await engine.call("apigateway", "GetRestApi", {"restApiId": trial.api}, scope=scope)
    definition = await read_definition(engine, scope, rest_api)
    described = {"stageName": STAGE, "deploymentId": _DEPLOYMENT, "variables": dict(trial.variables)}
    open_definition = type(definition)(
        {**rest_api, "policy": None, "disableExecuteApiEndpoint": False},
        definition.resources,
        definition.authorizers,
        definition.gateway_responses,
        definition.models,
        definition.validators,
    )
    stage = compile_api(scope, open_definition, [described], {}).stages[STAGE]
    resource = next((one for one in definition.resources if one["id"] == trial.resource), None)
    if resource is None:
        raise AwsError("NotFoundException", "Invalid Resource identifier specified", 404)
    method = stage.router.method_of(str(resource["path"]), trial.method)
    if method is None:
        raise AwsError("NotFoundException", "Invalid Method identifier specified", 404)
    return stage, method


def call_of(trial: Trial, stage: Stage, method: Method, clock: Clock) -> Call:
    """The call to integrate, its notes begun."""
    raw_path, _, query = (trial.path or method.resource_path).partition("?")
    host = f"{trial.api}.execute-api.{stage.scope.region}.amazonaws.com"
    headers = Headers([("Host", host), ("User-Agent", _USER_AGENT), *trial.headers])
    verb = trial.method if trial.method != "ANY" else "GET"
    request = Request(verb, f"/{STAGE}{raw_path}", query, headers, trial.body.encode(), "https", _CLIENT)
    call = Call(request, Target(trial.api, None, STAGE, raw_path), stage, clock.now())
    found = Router([method]).find(verb, raw_path)
    call.match = Match(method, found.parameters if found else None)
    call.notes = Notes(secrets=secrets_of(method))
    begin(call, method)
    return call


def failed(call: Call, error: GatewayError | AwsError) -> Response:
    """The gateway's answer in the integration's place."""
    call.error = error if isinstance(error, GatewayError) else configuration_error()
    return render(call.error, call)


def told(call: Call, response: Response, seconds: float) -> dict[str, Any]:
    """TestInvokeMethod's answer."""
    end(call, response)
    assert call.notes is not None
    at = time.strftime("%a %b %d %H:%M:%S UTC %Y", time.gmtime(call.started))
    lines = [f"Execution log for request {call.request_id}", *(f"{at} : {line}" for line in call.notes.lines)]
    several: dict[str, list[str]] = {}
    for name, value in response.headers.items:
        several.setdefault(name, []).append(value)
    return {
        "status": response.status,
        "body": response.body.decode("utf-8", "replace"),
        "headers": {name: values[-1] for name, values in several.items()},
        "multiValueHeaders": several,
        "log": "\n".join(lines) + "\n",
        "latency": round(seconds * 1000),
    }
