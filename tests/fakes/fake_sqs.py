"""An SQS with a queue and its dead-letter queue in memory, as boto3's client shows it; and an EventBridge."""

from __future__ import annotations

import json
from typing import Any

from tests.fakes.refusals import refusal

BASE = "http://127.0.0.1:4566/000000000000/"
ARN = "arn:aws:sqs:us-east-1:000000000000:"


class FakeSqs:
    """The queues ``jobs`` and ``dead``, to which jobs go after three receives. `messages` maps a queue to its messages
    as ReceiveMessage gives them; `hidden` holds the receipts of what is in flight; `sent` is what was asked of
    SendMessage."""

    def __init__(self) -> None:
        self.messages: dict[str, list[dict[str, Any]]] = {"jobs": [], "dead": []}
        self.hidden: set[str] = set()
        self.sent: list[dict[str, Any]] = []
        self.visibility: list[int] = []

    def add(self, queue: str, number: int, body: str, **attributes: str) -> None:
        told = {"SentTimestamp": "1795248000000", "ApproximateReceiveCount": "1"} | attributes
        message = {"MessageId": f"m{number}", "ReceiptHandle": f"r{number}", "Body": body, "Attributes": told}
        self.messages[queue].append(message)

    def list_queues(self, **_asked: Any) -> dict[str, Any]:
        return {"QueueUrls": [BASE + name for name in self.messages]}

    def get_queue_url(self, QueueName: str) -> dict[str, Any]:
        if QueueName not in self.messages:
            raise refusal("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
        return {"QueueUrl": BASE + QueueName}

    def get_queue_attributes(self, QueueUrl: str, **_asked: Any) -> dict[str, Any]:
        name = QueueUrl.removeprefix(BASE)
        told = {"QueueArn": ARN + name, "ApproximateNumberOfMessages": str(len(self.messages[name]))}
        if name == "jobs":
            told["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": ARN + "dead", "maxReceiveCount": 3})
        return {"Attributes": told}

    def receive_message(self, QueueUrl: str, VisibilityTimeout: int, **_asked: Any) -> dict[str, Any]:
        self.visibility.append(VisibilityTimeout)
        here = self.messages[QueueUrl.removeprefix(BASE)]
        found = [each for each in here if each["ReceiptHandle"] not in self.hidden][:10]
        if VisibilityTimeout:
            self.hidden |= {each["ReceiptHandle"] for each in found}
        return {"Messages": found} if found else {}

    def send_message(self, **asked: Any) -> dict[str, Any]:
        self.sent.append(asked)
        return {"MessageId": f"new{len(self.sent)}"}

    def delete_message(self, QueueUrl: str, ReceiptHandle: str) -> None:
        name = QueueUrl.removeprefix(BASE)
        self.messages[name] = [each for each in self.messages[name] if each["ReceiptHandle"] != ReceiptHandle]

    def purge_queue(self, QueueUrl: str) -> None:
        self.messages[QueueUrl.removeprefix(BASE)].clear()


class FakeEvents:
    """EventBridge with one rule on the default bus. `put` is what was asked of PutEvents; `failure` its answer."""

    def __init__(self) -> None:
        self.put: list[dict[str, Any]] = []
        self.failure: dict[str, str] = {}

    def list_event_buses(self) -> dict[str, Any]:
        return {"EventBuses": [{"Name": "default"}, {"Name": "shop"}]}

    def list_rules(self, EventBusName: str, Limit: int) -> dict[str, Any]:
        rule = {"Name": "orders", "State": "ENABLED", "EventPattern": '{"source": ["<script>"]}'}
        return {"Rules": [rule] if EventBusName == "default" else []}

    def list_targets_by_rule(self, Rule: str, EventBusName: str) -> dict[str, Any]:
        return {"Targets": [{"Id": "1", "Arn": ARN + "jobs"}]}

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        self.put += Entries
        return {"Entries": [self.failure or {"EventId": "e1"}]}
