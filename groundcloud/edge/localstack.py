"""The control routes by which LocalStack has its functions run, here and nowhere else, its buckets completed and its
REST APIs made of their definitions.

Our plugin's executor inside LocalStack posts every invocation that begins there (notifications, pollers, rules, custom
resources). LocalStack itself queues and retries what is asynchronous, so each of these calls waits for its answer.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from groundcloud.edge.control import message
from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.ports import ControlRoute, FunctionInvoker, Invocation, InvokeResult, Scope

MayCall = Callable[[str, object], Awaitable[None]]
"""`(function's ARN, event)`: raises `AwsError` when the service that sends the event may not call the function."""

PutBucket = Callable[[Scope, str, dict[str, Any], list[str]], Awaitable[None]]
"""`(scope, bucket, properties of its template, those it has no more)`: puts and takes away. Raises `AwsError`."""

PutDefinition = Callable[[Scope, str, dict[str, Any] | None, dict[str, Any]], Awaitable[None]]
"""`(scope, API, definition if there is one, properties of its template)`: makes it what they say. Raises `AwsError`."""

_NOT_THIS_PROFILE = "This route is LocalStack's, and the profile of this cloud is not localstack"


@dataclass(frozen=True)
class Asked:
    """`function` is an ARN without a qualifier."""

    function: str
    qualifier: str | None
    payload: bytes
    scope: Scope
    client_context: str | None
    wants_log: bool


def localstack_routes(
    invoker: FunctionInvoker,
    may_call: MayCall,
    put_bucket: PutBucket,
    put_definition: PutDefinition,
    *,
    is_engine: bool,
) -> list[ControlRoute]:
    """`is_engine`: whether the engine is LocalStack; nobody else sends anything here."""

    async def invoke(request: Request, _names: dict[str, str]) -> Response:
        if not is_engine:
            return message(404, _NOT_THIS_PROFILE)
        try:
            asked = read_asked(request.json_object())
        except ValueError as error:
            return message(400, str(error))
        try:
            await may_call(asked.function, _event(asked.payload))
            result = await invoker.invoke(
                Invocation(
                    asked.function,
                    asked.payload,
                    asked.scope,
                    asked.qualifier,
                    client_context=asked.client_context,
                    tail_log=asked.wants_log,
                )
            )
        except AwsError as error:
            return _refused(error)
        return Response.json(200, json.dumps(shown(result)))

    return [
        ControlRoute("POST", "/localstack/api", _putting(read_definition, put_definition, is_engine)),
        ControlRoute("POST", "/localstack/bucket", _putting(read_bucket, put_bucket, is_engine)),
        ControlRoute("POST", "/localstack/invoke", invoke),
    ]


def _putting(
    read: Callable[[dict[str, Any]], tuple[Any, ...]], put: Callable[..., Awaitable[None]], is_engine: bool
) -> Callable[[Request, dict[str, str]], Awaitable[Response]]:
    """A route that has `put` do what `read` finds in the body."""

    async def handle(request: Request, _names: dict[str, str]) -> Response:
        if not is_engine:
            return message(404, _NOT_THIS_PROFILE)
        try:
            asked = read(request.json_object())
        except ValueError as error:
            return message(400, str(error))
        try:
            await put(*asked)
        except AwsError as error:
            return _refused(error)
        return Response(204)

    return handle


def read_bucket(body: dict[str, Any]) -> tuple[Scope, str, dict[str, Any], list[str]]:
    """What the plugin asks for: where, the bucket, the properties to put and those to take away. Raises `ValueError`
    naming the member that is wrong."""
    scope, name = _place(body, "bucket")
    wanted, dropped = body.get("wanted", {}), body.get("dropped", [])
    if not isinstance(wanted, dict) or not isinstance(dropped, list):
        raise ValueError("wanted is an object of properties, dropped a list of their names")
    return scope, name, wanted, [str(one) for one in dropped]


def read_definition(body: dict[str, Any]) -> tuple[Scope, str, dict[str, Any] | None, dict[str, Any]]:
    """What the plugin asks for: where, the API, its definition, and the properties of its template. Raises `ValueError`
    naming the member that is wrong."""
    scope, api = _place(body, "api")
    definition, properties = body.get("definition"), body.get("properties", {})
    if not isinstance(definition, dict | None) or not isinstance(properties, dict):
        raise ValueError("definition is an OpenAPI document or null, properties an object of them")
    return scope, api, definition, properties


def _place(body: dict[str, Any], what: str) -> tuple[Scope, str]:
    places = [body.get(name) for name in ("account", "region", what)]
    if not all(isinstance(place, str) and place for place in places):
        raise ValueError(f"account, region and {what} are texts")
    account, region, name = map(str, places)
    return Scope(account, region), name


def read_asked(body: dict[str, Any]) -> Asked:
    """What the executor asks for. Raises `ValueError` naming the member that is wrong."""
    parts = str(body.get("functionArn", "")).split(":")
    if len(parts) < 7 or parts[2] != "lambda" or parts[5] != "function":
        raise ValueError("functionArn is not the ARN of a function")
    qualifier = body.get("qualifier") or (parts[7] if len(parts) > 7 else None)
    context = body.get("clientContext")
    if not isinstance(qualifier, str | None) or not isinstance(context, str | None):
        raise ValueError("qualifier and clientContext are texts or null")
    try:
        payload = base64.b64decode(body["payload"], validate=True)
    except (KeyError, TypeError, binascii.Error) as error:
        raise ValueError("payload is not Base64") from error
    where = Scope(parts[4], parts[3])
    return Asked(":".join(parts[:7]), qualifier, payload or b"{}", where, context, body.get("logs") is True)


def shown(result: InvokeResult) -> dict[str, Any]:
    """The answer's body."""
    return {
        "payload": base64.b64encode(result.payload).decode(),
        "functionError": result.function_error,
        "logResult": base64.b64encode(result.log_tail).decode(),
        "executedVersion": result.executed_version,
        "requestId": result.request_id,
    }


def _refused(error: AwsError) -> Response:
    return Response.json(error.status, json.dumps({"code": error.code, "message": error.message}))


def _event(payload: bytes) -> object:
    try:
        return json.loads(payload)
    except ValueError:
        return None
