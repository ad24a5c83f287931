"""Lambda takes a dead-letter target only if the function's role may write to it.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html; the sentence is AWS's, as in
https://github.com/aws-samples/aws-serverless-ecommerce-platform/issues/41.
"""

from __future__ import annotations

import json
from typing import Any

from groundcloud.edge.exchange import Exchange, Identity
from groundcloud.edge.functionconfig import CONFIGURING
from groundcloud.edge.services import OperationHandler, request_of
from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.iam.function_roles import FunctionRoles

_CALLS = {"sqs": ("sqs:SendMessage", "SendMessage on SQS"), "sns": ("sns:Publish", "Publish on SNS")}


def writable(roles: FunctionRoles, then: OperationHandler) -> OperationHandler:
    """`then`, after the role of a function with a dead-letter target was asked for."""

    async def handle(exchange: Exchange, identity: Identity) -> Response | None:
        if identity.operation in CONFIGURING:
            await _check(roles, identity, await request_of(exchange))
        return await then(exchange, identity)

    return handle


async def _check(roles: FunctionRoles, identity: Identity, request: Request) -> None:
    asked = _asked(request.body)
    target = (asked.get("DeadLetterConfig") or {}).get("TargetArn") or ""
    service = target.split(":")[2] if target.count(":") > 4 else ""
    if service not in _CALLS:
        return
    function = asked.get("FunctionName") or request.raw_path.split("/")[3]
    action, call = _CALLS[service]
    role, operation = asked.get("Role") or "", f"lambda:{identity.operation}"
    try:
        await roles.require_for(function, role, action, target, identity.scope, operation)
    except AwsError as error:
        if error.code != "AccessDenied":
            raise
        message = f"The provided execution role does not have permissions to call {call}"
        raise AwsError("InvalidParameterValueException", message, 400, Type="User") from error


def _asked(body: bytes) -> dict[str, Any]:
    """A body that is no JSON object is left to the engine."""
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("DeadLetterConfig"), dict) else {}
