"""The control routes by which LocalStack has its functions run, here and nowhere else, and its buckets completed.

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
    invoker: FunctionInvoker, may_call: MayCall, put_bucket: PutBucket, *, is_engine: bool
) -> list[ControlRoute]:
    """`is_engine`: whether the engine is LocalStack; nobody else sends anything here."""

    async def bucket(request: Request, _names: dict[str, str]) -> Response:
        if not is_engine:
            return message(404, _NOT_THIS_PROFILE)
        try:
            scope, name, wanted, dropped = read_bucket(request.json_object())
        except ValueError as error:
            return message(400, str(error))
        try:
            await put_bucket(scope, name, wanted, dropped)
        except AwsError as error:
            return _refused(error)
        return Response(204)

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
        ControlRoute("POST", "/localstack/bucket", bucket),
        ControlRoute("POST", "/localstack/invoke", invoke),
    ]


def read_bucket(body: dict[str, Any]) -> tuple[Scope, str, dict[str, Any], list[str]]:
    """What the plugin asks for: where, the bucket, the properties to put and those to take away. Raises `ValueError`
    naming the member that is wrong."""
    places = [body.get(name) for name in ("account", "region", "bucket")]
    if not all(isinstance(place, str) and place for place in places):
        raise ValueError("account, region and bucket are texts")
    wanted, dropped = body.get("wanted", {}), body.get("dropped", [])
    if not isinstance(wanted, dict) or not isinstance(dropped, list):
        raise ValueError("wanted is an object of properties, dropped a list of their names")
    account, region, name = map(str, places)
    return Scope(account, region), name, wanted, [str(one) for one in dropped]


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
