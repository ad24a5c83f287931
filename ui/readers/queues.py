"""SQS's queues and the messages in them, by SQS's own API."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

QUEUES = 100
"""On one page: each is one call."""
PEEKED = 10
"""Messages that one peek shows, which is the most that SQS gives at once."""
MOVED = 1000
"""Messages that one redrive moves at most."""
VISIBLE_AGAIN = 30
"""Seconds after which what a broken redrive had taken is visible again."""


@dataclass(frozen=True)
class QueueView:
    """One queue. Counts are approximate, as SQS gives them; `dead` is the name of the queue that takes what was
    received `receives` times in vain (empty: there is none), `sources` are the queues for which this one does that."""

    name: str
    url: str
    arn: str
    fifo: bool
    visible: int
    in_flight: int
    delayed: int
    visibility: int
    retention: int
    dead: str
    receives: int
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class PeekedMessage:
    """One message that is in a queue. `sent` is epoch seconds, `received` how often it was received, this time
    included; `receipt` lets it be deleted."""

    id: str
    body: str
    sent: float
    received: int
    group: str
    attributes: dict[str, str]
    receipt: str


class Queues:
    """What one account and region has. Methods raise botocore's `ClientError` as SQS answers it, and `ValueError` for
    what a form asks that cannot be."""

    def __init__(self, sqs: Any) -> None:
        self._sqs = sqs

    def listed(self, after: str = "") -> tuple[list[QueueView], str]:
        """A page of queues, and where the next page starts (empty: there is none)."""
        asked = {"NextToken": after} if after else {}
        found = self._sqs.list_queues(MaxResults=QUEUES, **asked)
        return [self._view(url) for url in found.get("QueueUrls", [])], found.get("NextToken", "")

    def queue(self, name: str) -> QueueView:
        """One queue, with those of the first hundred for which it takes what fails. (SQS's own
        ListDeadLetterSourceQueues is not in every cloud that the console may stand before.)"""
        found = self._view(self._sqs.get_queue_url(QueueName=name)["QueueUrl"])
        listed, _more = self.listed()
        return replace(found, sources=tuple(each.name for each in listed if each.dead == name))

    def peek(self, queue: QueueView) -> list[PeekedMessage]:
        """Some messages, which stay visible. Each counts as received, so it may be the receive after which the message
        moves to the dead-letter queue."""
        found = self._sqs.receive_message(
            QueueUrl=queue.url,
            MaxNumberOfMessages=PEEKED,
            VisibilityTimeout=0,
            WaitTimeSeconds=0,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return [_message(each) for each in found.get("Messages", [])]

    def send(self, queue: QueueView, body: str, *, delay: str = "", group: str = "", attributes: str = "") -> str:
        """Send a message; its id. `attributes` is a JSON object of texts."""
        asked: dict[str, Any] = {"QueueUrl": queue.url, "MessageBody": body}
        if delay:
            asked["DelaySeconds"] = _number(delay)
        if group:
            asked["MessageGroupId"] = group
        if attributes.strip():
            asked["MessageAttributes"] = _attributes(attributes)
        return str(self._sqs.send_message(**asked)["MessageId"])

    def delete(self, queue: QueueView, receipt: str) -> None:
        self._sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=receipt)

    def purge(self, queue: QueueView) -> None:
        self._sqs.purge_queue(QueueUrl=queue.url)

    def redrive(self, queue: QueueView, source: str) -> int:
        """Move the messages of a dead-letter queue back to a queue they came from; how many were moved. Each is sent
        before it is deleted, so that none is lost when this breaks off."""
        if source not in queue.sources:
            raise ValueError(f"{queue.name} is not the dead-letter queue of {source}.")
        target = self._sqs.get_queue_url(QueueName=source)["QueueUrl"]
        moved = 0
        while moved < MOVED:
            found = self._sqs.receive_message(
                QueueUrl=queue.url,
                MaxNumberOfMessages=PEEKED,
                VisibilityTimeout=VISIBLE_AGAIN,
                WaitTimeSeconds=0,
                MessageSystemAttributeNames=["MessageGroupId", "MessageDeduplicationId", "AWSTraceHeader"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            if not found:
                break
            for each in found:
                self._sqs.send_message(**_again(each, target))
                self._sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=each["ReceiptHandle"])
            moved += len(found)
        return moved

    def _view(self, url: str) -> QueueView:
        found = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        policy = json.loads(found.get("RedrivePolicy") or "{}")
        return QueueView(
            name=_name(url),
            url=url,
            arn=found["QueueArn"],
            fifo=found.get("FifoQueue") == "true",
            visible=int(found.get("ApproximateNumberOfMessages", 0)),
            in_flight=int(found.get("ApproximateNumberOfMessagesNotVisible", 0)),
            delayed=int(found.get("ApproximateNumberOfMessagesDelayed", 0)),
            visibility=int(found.get("VisibilityTimeout", 30)),
            retention=int(found.get("MessageRetentionPeriod", 345_600)),
            dead=str(policy.get("deadLetterTargetArn", "")).rpartition(":")[2],
            receives=int(policy.get("maxReceiveCount", 0)),
        )


def _again(message: dict[str, Any], url: str) -> dict[str, Any]:
    """The parameters that send a received message once more."""
    told = message.get("Attributes", {})
    asked: dict[str, Any] = {"QueueUrl": url, "MessageBody": message["Body"]}
    if message.get("MessageAttributes"):
        asked["MessageAttributes"] = message["MessageAttributes"]
    for name in ("MessageGroupId", "MessageDeduplicationId"):
        if told.get(name):
            asked[name] = told[name]
    if told.get("AWSTraceHeader"):
        header = {"DataType": "String", "StringValue": told["AWSTraceHeader"]}
        asked["MessageSystemAttributes"] = {"AWSTraceHeader": header}
    return asked


def _message(found: dict[str, Any]) -> PeekedMessage:
    told = found.get("Attributes", {})
    attributes = found.get("MessageAttributes", {})
    return PeekedMessage(
        id=found["MessageId"],
        body=found["Body"],
        sent=int(told.get("SentTimestamp", 0)) / 1000,
        received=int(told.get("ApproximateReceiveCount", 0)),
        group=told.get("MessageGroupId", ""),
        attributes={name: each.get("StringValue", "binary") for name, each in attributes.items()},
        receipt=found["ReceiptHandle"],
    )


def _attributes(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ValueError(f"The attributes are not JSON: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise ValueError('The attributes are a JSON object of texts, as in {"kind": "order"}.')
    return {name: {"DataType": "String", "StringValue": each} for name, each in found.items()}


def _number(text: str) -> int:
    if not text.isdecimal():
        raise ValueError("The delay is a number of seconds, 0 to 900.")
    return int(text)


def _name(url: str) -> str:
    return url.rpartition("/")[2]
