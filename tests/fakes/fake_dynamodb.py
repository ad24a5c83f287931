"""A DynamoDB with one table in memory, as boto3's client shows it: for tests of what is asked and what is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tests.fakes.refusals import refusal

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/notes"
STREAM = f"{ARN}/stream/2026"


class FakeDynamoDb:
    """The table ``notes`` with the key (owner, id), an index by ``due``, and `items`. Scans and queries return all of
    them, `page` at a time, and are kept in `asked`. `throttled` items of a batch are not taken."""

    def __init__(self, *items: dict[str, Any]) -> None:
        self.items = {self._key(item): item for item in items}
        self.asked: list[dict[str, Any]] = []
        self.page = 1000
        self.throttled = 0
        self.stream = False

    @staticmethod
    def _key(item: dict[str, Any]) -> str:
        return json.dumps([item["owner"], item["id"]])

    def list_tables(self, **_asked: Any) -> dict[str, Any]:
        return {"TableNames": ["notes"]}

    def describe_table(self, TableName: str) -> dict[str, Any]:
        if TableName != "notes":
            raise refusal("ResourceNotFoundException", f"Requested resource not found: Table: {TableName} not found")
        told: dict[str, Any] = {
            "TableName": "notes",
            "TableArn": ARN,
            "TableStatus": "ACTIVE",
            "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
            "ItemCount": len(self.items),
            "TableSizeBytes": 2048,
            "CreationDateTime": datetime(2026, 11, 21, tzinfo=UTC),
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("owner", "id")]
            + [{"AttributeName": "due", "AttributeType": "N"}],
            "KeySchema": _schema("owner", "id"),
            "GlobalSecondaryIndexes": [
                {"IndexName": "by-due", "Projection": {"ProjectionType": "ALL"}, "KeySchema": _schema("owner", "due")}
            ],
        }
        if self.stream:
            stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
            told |= {"StreamSpecification": stream, "LatestStreamArn": STREAM}
        return {"Table": told}

    def scan(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        found = [self.items[key] for key in sorted(self.items)]
        start = asked.get("ExclusiveStartKey")
        begin = found.index(self.items[self._key(start)]) + 1 if start else 0
        shown = found[begin : begin + self.page]
        answer: dict[str, Any] = {"Items": shown, "ScannedCount": len(shown)}
        if begin + self.page < len(found):
            answer["LastEvaluatedKey"] = {name: shown[-1][name] for name in ("owner", "id")}
        return answer

    query = scan

    def get_paginator(self, _operation: str) -> FakeDynamoDb:
        return self

    def paginate(self, **_asked: Any) -> Iterator[dict[str, Any]]:
        yield {"Items": list(self.items.values())}

    def get_item(self, Key: dict[str, Any], **_asked: Any) -> dict[str, Any]:
        found = self.items.get(self._key(Key))
        return {"Item": found} if found else {}

    def put_item(self, Item: dict[str, Any], ConditionExpression: str, **_asked: Any) -> dict[str, Any]:
        key = self._key(Item)
        if (key in self.items) != (ConditionExpression == "attribute_exists(#k)"):
            raise refusal("ConditionalCheckFailedException", "The conditional request failed")
        self.items[key] = Item
        return {}

    def delete_item(self, Key: dict[str, Any], **_asked: Any) -> dict[str, Any]:
        self.items.pop(self._key(Key), None)
        return {}

    def batch_write_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:
        ((name, requests),) = RequestItems.items()
        taken = requests[: len(requests) - self.throttled]
        for each in taken:
            self.items[self._key(each["PutRequest"]["Item"])] = each["PutRequest"]["Item"]
        left = requests[len(taken) :]
        return {"UnprocessedItems": {name: left} if left else {}}


class FakeStreams:
    """DynamoDB Streams with one shard."""

    def __init__(self, *records: dict[str, Any]) -> None:
        self.records = list(records)

    def describe_stream(self, StreamArn: str) -> dict[str, Any]:
        assert StreamArn == STREAM
        return {"StreamDescription": {"Shards": [{"ShardId": "shard-1"}]}}

    def get_shard_iterator(self, **_asked: Any) -> dict[str, Any]:
        return {"ShardIterator": "it"}

    def get_records(self, ShardIterator: str) -> dict[str, Any]:
        assert ShardIterator == "it"
        return {"Records": self.records}


def _schema(partition: str, sort: str) -> list[dict[str, str]]:
    """In the order that AWS does not promise."""
    return [{"AttributeName": sort, "KeyType": "RANGE"}, {"AttributeName": partition, "KeyType": "HASH"}]
