"""Delivers records and dead letters: the one door to SQS, SNS, EventBridge, S3 and other functions.

AWS does this with the credentials of the function's role: whether it may is asked first (`FunctionAccess`), then the
cloud delivers.
"""

from __future__ import annotations

import json
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, FunctionAccess, Scope
from groundcloud.runtime.asynchronous import records
from groundcloud.runtime.asynchronous.event import Event, Ran

_ACTIONS = {
    "events": "events:PutEvents",
    "lambda": "lambda:InvokeFunction",
    "s3": "s3:PutObject",
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
}


class Destinations:
    """Raises `AwsError` for what cannot be delivered. Functions are none of its business: the queue takes them."""

    def __init__(self, aws: AwsCaller, access: FunctionAccess | None = None) -> None:
        self._aws = aws
        self._access = access

    async def require(self, target: str, function: str, scope: Scope) -> None:
        """Raises `AwsError` when the role of `function` may not deliver to `target`."""
        service = target.split(":")[2]
        if self._access is not None and service in _ACTIONS:
            resource = f"{target}/*" if service == "s3" else target
            await self._access.require(function, _ACTIONS[service], resource, scope)

    async def dead_letter(self, target: str, event: Event, ran: Ran) -> None:
        """Put the event itself into a dead-letter queue or topic."""
        attributes = records.dead_letter_attributes(event, ran)
        await self._message(target, event.payload.decode("utf-8", "replace"), event.reference.scope, attributes)

    async def record(self, target: str, record: dict[str, Any], scope: Scope, key: str) -> None:
        """Deliver an invocation record; into a bucket as the object `key`."""
        service, text = target.split(":")[2], json.dumps(record)
        if service in ("sqs", "sns"):
            await self._message(target, text, scope, {})
        elif service == "events":
            await self._bus(target, record, text, scope)
        elif service == "s3":
            params = {"Bucket": target.rpartition(":")[2], "Key": key, "Body": text.encode()}
            await self._aws.call("s3", "PutObject", params, scope=scope)
        else:
            raise AwsError("InvalidParameterValueException", f"The destination {target} is not supported")

    async def _message(self, target: str, text: str, scope: Scope, attributes: dict[str, Any]) -> None:
        extra = {"MessageAttributes": attributes} if attributes else {}
        parts = target.split(":")
        if parts[2] == "sns":
            await self._aws.call("sns", "Publish", {"TopicArn": target, "Message": text, **extra}, scope=scope)
            return
        asked = {"QueueName": parts[5], "QueueOwnerAWSAccountId": parts[4]}
        url = (await self._aws.call("sqs", "GetQueueUrl", asked, scope=scope))["QueueUrl"]
        await self._aws.call("sqs", "SendMessage", {"QueueUrl": url, "MessageBody": text, **extra}, scope=scope)

    async def _bus(self, target: str, record: dict[str, Any], text: str, scope: Scope) -> None:
        context = record["requestContext"]
        kind = "Success" if context["condition"] == "Success" else "Failure"
        entry = {
            "Source": "lambda",
            "DetailType": f"Lambda Function Invocation Result - {kind}",
            "Resources": [target, context["functionArn"]],
            "Detail": text,
            "EventBusName": target,
        }
        answer = await self._aws.call("events", "PutEvents", {"Entries": [entry]}, scope=scope)
        if answer.get("FailedEntryCount"):
            failed = answer["Entries"][0]
            raise AwsError(failed.get("ErrorCode", "InternalFailure"), failed.get("ErrorMessage", "not delivered"))
