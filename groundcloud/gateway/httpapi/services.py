"""First-class integrations with AWS services, by `IntegrationSubtype`.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html
The request parameters are the service's own, filled by parameter mapping.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from botocore.exceptions import ParamValidationError
from botocore.serialize import create_serializer

from groundcloud.engines.models import protocol_of, service_model
from groundcloud.gateway.errors import GatewayError
from groundcloud.gateway.httpapi import mapping
from groundcloud.gateway.httpapi.answer import kept_headers
from groundcloud.gateway.httpapi.call import Call
from groundcloud.gateway.httpapi.errors import HttpApiError, not_built, server_error, unavailable
from groundcloud.gateway.httpapi.model import Integration
from groundcloud.gateway.roles import Roles
from groundcloud.gateway.service_request import ServiceRequest, signed
from groundcloud.http import Headers, Response
from groundcloud.ports import RequestSender

log = logging.getLogger("groundcloud.gateway")

_QUERY_SERVICES = ("sqs",)
"""Services that API Gateway calls by the query protocol although their models prefer another."""

Parameters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Operation:
    """`request` makes the operation's parameters of the mapped ones; `required` without which AWS answers 400."""

    service: str
    name: str
    required: tuple[str, ...]
    request: Callable[[Parameters], dict[str, Any]]


def _plain(*names: str) -> Callable[[Parameters], dict[str, Any]]:
    return lambda given: {name: given[name] for name in names if name in given}


def _send_message(given: Parameters) -> dict[str, Any]:
    request: dict[str, Any] = _plain("QueueUrl", "MessageBody", "MessageDeduplicationId", "MessageGroupId")(given)
    if "DelaySeconds" in given:
        request["DelaySeconds"] = int(given["DelaySeconds"])
    for name in ("MessageAttributes", "MessageSystemAttributes"):
        if name in given:
            request[name] = json.loads(given[name])
    return request


def _receive_message(given: Parameters) -> dict[str, Any]:
    request: dict[str, Any] = _plain("QueueUrl", "ReceiveRequestAttemptId")(given)
    for name in ("MaxNumberOfMessages", "VisibilityTimeout", "WaitTimeSeconds"):
        if name in given:
            request[name] = int(given[name])
    for name in ("AttributeNames", "MessageAttributeNames"):
        if name in given:
            request[name] = _listed(given[name])
    return request


def _put_events(given: Parameters) -> dict[str, Any]:
    entry: dict[str, Any] = _plain("Detail", "DetailType", "Source", "EventBusName", "TraceHeader")(given)
    if "Time" in given:
        entry["Time"] = float(given["Time"]) if given["Time"].replace(".", "", 1).isdigit() else given["Time"]
    if "Resources" in given:
        entry["Resources"] = _listed(given["Resources"])
    return {"Entries": [entry]}


def _listed(text: str) -> list[str]:
    return list(json.loads(text)) if text.lstrip().startswith("[") else [one.strip() for one in text.split(",")]


def _put_record(given: Parameters) -> dict[str, Any]:
    request: dict[str, Any] = _plain("StreamName", "PartitionKey", "SequenceNumberForOrdering", "ExplicitHashKey")(
        given
    )
    return {**request, "Data": given["Data"].encode()}


_EXECUTION = ("StateMachineArn", "Name", "Input", "TraceHeader")
_OPERATIONS = {
    "EventBridge-PutEvents": _Operation("events", "PutEvents", ("Detail", "DetailType", "Source"), _put_events),
    "SQS-SendMessage": _Operation("sqs", "SendMessage", ("QueueUrl", "MessageBody"), _send_message),
    "SQS-ReceiveMessage": _Operation("sqs", "ReceiveMessage", ("QueueUrl",), _receive_message),
    "SQS-DeleteMessage": _Operation(
        "sqs", "DeleteMessage", ("QueueUrl", "ReceiptHandle"), _plain("QueueUrl", "ReceiptHandle")
    ),
    "SQS-PurgeQueue": _Operation("sqs", "PurgeQueue", ("QueueUrl",), _plain("QueueUrl")),
    "Kinesis-PutRecord": _Operation("kinesis", "PutRecord", ("StreamName", "Data", "PartitionKey"), _put_record),
    "StepFunctions-StartExecution": _Operation(
        "stepfunctions", "StartExecution", ("StateMachineArn",), lambda given: _lower(_plain(*_EXECUTION)(given))
    ),
    "StepFunctions-StartSyncExecution": _Operation(
        "stepfunctions", "StartSyncExecution", ("StateMachineArn",), lambda given: _lower(_plain(*_EXECUTION)(given))
    ),
    "StepFunctions-StopExecution": _Operation(
        "stepfunctions",
        "StopExecution",
        ("ExecutionArn",),
        lambda given: _lower(_plain("ExecutionArn", "Cause", "Error")(given)),
    ),
}


SUBTYPES = frozenset(_OPERATIONS)


def _lower(request: dict[str, Any]) -> dict[str, Any]:
    return {name[0].lower() + name[1:]: value for name, value in request.items()}


class ServiceCalls:
    """Calls services as the integration's role, whose policies decide. `send` takes a signed request to the cloud's own
    endpoint, whose host is `netloc`."""

    def __init__(self, send: RequestSender, netloc: str, roles: Roles) -> None:
        self._send = send
        self._netloc = netloc
        self._roles = roles

    async def answer(self, call: Call, integration: Integration) -> Response:
        """The service's own answer, an error too. Raises `HttpApiError`."""
        operation = _OPERATIONS.get(integration.subtype)
        if operation is None:
            log.warning("API %s: %s integrations are not supported", call.stage.api_id, integration.subtype)
            raise not_built(f"{integration.subtype} integrations of HTTP APIs")
        if integration.credentials is None:
            raise server_error(f"the integration {integration.subtype} has no CredentialsArn")
        given = _given(call, integration)
        missing = [name for name in operation.required if not given.get(name)]
        if missing:
            raise HttpApiError(400, "Bad Request", detail=f"{integration.subtype} needs {', '.join(missing)}")
        region = given.get("Region") or call.stage.scope.region
        try:
            request = _request(operation, given)
        except (ValueError, TypeError, AttributeError, ParamValidationError) as error:
            raise HttpApiError(400, "Bad Request", detail=f"{integration.subtype}: {error}") from error
        try:
            keys = await self._roles.keys(integration.credentials, region)
        except GatewayError as error:
            raise server_error(f"API Gateway may not assume {integration.credentials}") from error
        try:
            async with asyncio.timeout(integration.timeout):
                received = await self._send(signed(request, keys, region, self._netloc))
        except TimeoutError:
            raise unavailable(f"{integration.subtype} took longer than {integration.timeout:g} s") from None
        return Response(received.status, Headers(kept_headers(received.headers.items)), received.body)


def _given(call: Call, integration: Integration) -> dict[str, str]:
    resolve = mapping.of_request(call)
    values = {name: resolve(expression) for name, expression in integration.request_parameters.items()}
    return {name: value for name, value in values.items() if value is not None}


def _request(operation: _Operation, given: Parameters) -> ServiceRequest:
    """The operation's request, as the service's protocol wants it."""
    model = service_model(operation.service)
    protocol = "query" if operation.service in _QUERY_SERVICES else protocol_of(model)
    serializer = create_serializer(protocol, include_validation=True)
    made: dict[str, Any] = serializer.serialize_to_request(
        operation.request(given), model.operation_model(operation.name)
    )
    body = made["body"]
    raw = urlencode(body).encode() if isinstance(body, dict) else body.encode() if isinstance(body, str) else body
    headers = [(str(name), str(value)) for name, value in dict(made["headers"]).items()]
    return ServiceRequest("POST", str(made["url_path"]), [], headers, bytes(raw), str(model.signing_name))
