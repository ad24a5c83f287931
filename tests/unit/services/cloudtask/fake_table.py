"""The part of a DynamoDB table that CloudTask uses, in memory.

It takes the arguments of boto3's `Table` and understands exactly the expressions that the handlers send. Anything
else is an `AssertionError`, so a handler cannot come to depend on what this fake merely ignores.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

from boto3.dynamodb.conditions import ConditionBase
from botocore.exceptions import ClientError

Item = dict[str, Any]

EXISTS = "attribute_exists(taskId)"
PAGE_ITEMS = 1000  # stands for the megabyte at which a query stops by itself; a test may lower it


class FakeTable:
    """Items by (userId, taskId)."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Item] = {}
        self.page_items = PAGE_ITEMS
        self.broken = False

    def put_item(self, *, Item: Item) -> Item:
        self._check_alive("PutItem")
        assert None not in Item.values()
        self.items[self._key(Item)] = dict(Item)
        return {}

    def query(
        self,
        *,
        KeyConditionExpression: ConditionBase,
        ScanIndexForward: bool,
        Limit: int,
        ExclusiveStartKey: Item | None = None,
    ) -> Item:
        self._check_alive("Query")
        attribute, user = KeyConditionExpression.get_expression()["values"]
        assert attribute.name == "userId"
        keys = sorted((key for key in self.items if key[0] == user), reverse=not ScanIndexForward)
        if ExclusiveStartKey:
            start = self._key(ExclusiveStartKey)
            assert start[0] == user
            keys = [key for key in keys if (key > start) is ScanIndexForward and key != start]
        taken = keys[: min(Limit, self.page_items)]
        page: Item = {"Items": [dict(self.items[key]) for key in taken], "Count": len(taken)}
        if len(taken) == min(Limit, self.page_items):  # as DynamoDB does, even when nothing follows
            page["LastEvaluatedKey"] = dict(zip(("userId", "taskId"), taken[-1], strict=True))
        return page

    def update_item(
        self,
        *,
        Key: Item,
        ConditionExpression: str,
        UpdateExpression: str,
        ExpressionAttributeNames: dict[str, str],
        ExpressionAttributeValues: Item,
        ReturnValues: str,
    ) -> Item:
        assert ReturnValues == "ALL_NEW"
        item = self._existing("UpdateItem", Key, ConditionExpression)
        match = re.fullmatch(r"SET (?P<set>.+?)(?: REMOVE (?P<remove>.+))?", UpdateExpression)
        assert match
        for assignment in match["set"].split(", "):
            name, value = assignment.split(" = ")
            item[ExpressionAttributeNames[name]] = ExpressionAttributeValues[value]
        for name in match["remove"].split(", ") if match["remove"] else []:
            item.pop(ExpressionAttributeNames[name], None)
        return {"Attributes": dict(item)}

    def delete_item(self, *, Key: Item, ConditionExpression: str) -> Item:
        self._existing("DeleteItem", Key, ConditionExpression)
        del self.items[self._key(Key)]
        return {}

    def _existing(self, operation: str, key: Item, condition: str) -> Item:
        self._check_alive(operation)
        assert condition == EXISTS
        item = self.items.get(self._key(key))
        if item is None:
            self._fail(operation, "ConditionalCheckFailedException", "The conditional request failed")
        return item

    def _check_alive(self, operation: str) -> None:
        if self.broken:
            self._fail(operation, "ProvisionedThroughputExceededException", "Slow down")

    @staticmethod
    def _key(item: Item) -> tuple[str, str]:
        return item["userId"], item["taskId"]

    @staticmethod
    def _fail(operation: str, code: str, message: str) -> NoReturn:
        raise ClientError({"Error": {"Code": code, "Message": message}}, operation)
