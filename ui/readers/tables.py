"""DynamoDB's tables, their items and their streams, by DynamoDB's own API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ui.readers import items
from ui.readers.items import Item
from ui.readers.search import Search, parameters
from ui.readers.tabletypes import Found, IndexView, Key, Row, StreamRecord, TableView

TABLES = 50
"""On one page: each is one call."""
ROWS = 50
LOOKED_AT = 2000
"""Items at most that one page of a filtered search looks at."""
BATCH = 25
"""Items in one BatchWriteItem."""
ATTEMPTS = 5
SHARDS = 5
RECORDS = 100


class Tables:
    """What one account and region has. Methods raise botocore's `ClientError` as DynamoDB answers it, and `ValueError`
    for what a form asks that cannot be asked."""

    def __init__(self, dynamodb: Any) -> None:
        self._dynamodb = dynamodb

    def listed(self, after: str = "") -> tuple[list[TableView], str]:
        """A page of tables by name, and the name after which the next page starts (empty: there is none)."""
        asked: dict[str, Any] = {"Limit": TABLES}
        if after:
            asked["ExclusiveStartTableName"] = after
        found = self._dynamodb.list_tables(**asked)
        return [self.table(name) for name in found["TableNames"]], found.get("LastEvaluatedTableName", "")

    def table(self, name: str) -> TableView:
        return _table(self._dynamodb.describe_table(TableName=name)["Table"])

    def search(self, table: TableView, search: Search, after: str = "") -> Found:
        """A page of what a search finds."""
        asked = parameters(search, table)
        call = self._dynamodb.query if search.is_query else self._dynamodb.scan
        rows: list[Row] = []
        scanned = 0
        start = key_of(after) if after else None
        while True:
            answer = call(**asked, Limit=ROWS, **({"ExclusiveStartKey": start} if start else {}))
            rows += [_row(item, table) for item in answer["Items"]]
            scanned += answer["ScannedCount"]
            start = answer.get("LastEvaluatedKey")
            if not start or len(rows) >= ROWS or scanned >= LOOKED_AT or not search.is_filtered:
                break
        return Found(tuple(rows), scanned, key_text(start) if start else "")

    def item(self, table: TableView, key: Item) -> Item | None:
        found: Item | None = self._dynamodb.get_item(TableName=table.name, Key=key, ConsistentRead=True).get("Item")
        return found

    def add(self, table: TableView, item: Item) -> None:
        """Put an item that must be new: `ConditionalCheckFailedException` if its key is taken."""
        names = {"#k": table.keys[0].name}
        self._dynamodb.put_item(
            TableName=table.name,
            Item=item,
            ConditionExpression="attribute_not_exists(#k)",
            ExpressionAttributeNames=names,
        )

    def replace(self, table: TableView, key: Item, item: Item) -> None:
        """Put an item in the place of the one that has this key, which is still there."""
        if {each.name: item.get(each.name) for each in table.keys} != key:
            raise ValueError("The key of an item cannot change: add a new item, and delete this one.")
        names = {"#k": table.keys[0].name}
        self._dynamodb.put_item(
            TableName=table.name, Item=item, ConditionExpression="attribute_exists(#k)", ExpressionAttributeNames=names
        )

    def delete(self, table: TableView, key: Item) -> None:
        self._dynamodb.delete_item(TableName=table.name, Key=key)

    def everything(self, table: TableView) -> Iterator[Item]:
        """Every item, read page by page."""
        for page in self._dynamodb.get_paginator("scan").paginate(TableName=table.name):
            yield from page["Items"]

    def write(self, table: TableView, found: Sequence[Item]) -> None:
        """Put many items; what has the same key is replaced. Raises `ValueError`, before anything is written, for an
        item without its key and for two of one key; after a part was written, when DynamoDB does not take the rest."""
        _check_keys(table, found)
        for start in range(0, len(found), BATCH):
            self._write_batch(table, found[start : start + BATCH], start)

    def _write_batch(self, table: TableView, batch: Sequence[Item], before: int) -> None:
        waiting: dict[str, Any] = {table.name: [{"PutRequest": {"Item": item}} for item in batch]}
        for _attempt in range(ATTEMPTS):
            waiting = self._dynamodb.batch_write_item(RequestItems=waiting).get("UnprocessedItems") or {}
            if not waiting:
                return
        left = len(waiting[table.name])
        raise ValueError(f"DynamoDB took {before + len(batch) - left} items and throttled the rest: import them again.")


def records(streams: Any, arn: str) -> list[StreamRecord]:
    """The newest records of a stream that are still kept, newest first."""
    shards = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    found: list[StreamRecord] = []
    for shard in shards[-SHARDS:]:
        asked = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = streams.get_shard_iterator(**asked)["ShardIterator"]
        found += map(_record, streams.get_records(ShardIterator=iterator)["Records"])
    return sorted(found, key=lambda each: int(each.sequence), reverse=True)[:RECORDS]


def key_text(key: Item) -> str:
    """A key, as it stands in an address."""
    return items.written(key, "dynamodb", indent=None)


def key_of(text: str) -> Item:
    """The key that an address says. Raises `ValueError`."""
    return items.read(text, "dynamodb")


def imported(text: str) -> list[Item]:
    """The items of a file: lines of ``{"Item": …}`` as DynamoDB exports them to S3, or a list of plain JSON objects.
    Raises `ValueError`."""
    stripped = text.strip()
    if stripped.startswith("["):
        found = items.loads(stripped)
        if not all(isinstance(each, dict) for each in found):
            raise ValueError("Every element of the list has to be an object: an item.")
        return [items.typed(each) for each in found]
    return [_imported_line(number, line) for number, line in enumerate(stripped.splitlines(), 1) if line.strip()]


def exported(item: Item) -> str:
    """One line of an export."""
    return '{"Item": ' + items.written(item, "dynamodb", indent=None) + "}\n"


def _imported_line(number: int, line: str) -> Item:
    try:
        found = items.loads(line)
        if not isinstance(found, dict) or not isinstance(found.get("Item"), dict):
            raise ValueError('a line looks like {"Item": {"id": {"S": "1"}}}')
        return items.decoded(found["Item"])
    except ValueError as error:
        raise ValueError(f"Line {number}: {error}") from error


def _check_keys(table: TableView, found: Sequence[Item]) -> None:
    seen: set[str] = set()
    for number, item in enumerate(found, 1):
        for key in table.keys:
            if key.type not in item.get(key.name, {}):
                raise ValueError(f"Item {number} has no {key.name} of type {key.type}. Nothing was written.")
        text = key_text({key.name: item[key.name] for key in table.keys})
        if text in seen:
            raise ValueError(f"Two items have the key {text}. Nothing was written.")
        seen.add(text)


def _table(found: dict[str, Any]) -> TableView:
    types = {each["AttributeName"]: each["AttributeType"] for each in found["AttributeDefinitions"]}

    def keys(schema: list[dict[str, str]]) -> tuple[Key, ...]:
        ordered = sorted(schema, key=lambda each: each["KeyType"])  # HASH before RANGE
        return tuple(Key(each["AttributeName"], types[each["AttributeName"]]) for each in ordered)

    indexes = [
        IndexView(
            each["IndexName"],
            kind,
            each["Projection"]["ProjectionType"],
            each.get("IndexStatus", "ACTIVE"),
            keys(each["KeySchema"]),
        )
        for kind in ("global", "local")
        for each in found.get(f"{kind.title()}SecondaryIndexes") or []
    ]
    stream = found.get("StreamSpecification") or {}
    return TableView(
        name=found["TableName"],
        arn=found["TableArn"],
        status=found["TableStatus"],
        billing=(found.get("BillingModeSummary") or {}).get("BillingMode", "PROVISIONED"),
        items=found["ItemCount"],
        bytes=found["TableSizeBytes"],
        created=found["CreationDateTime"].timestamp(),
        stream=stream.get("StreamViewType", "") if stream.get("StreamEnabled") else "",
        stream_arn=found.get("LatestStreamArn", "") if stream.get("StreamEnabled") else "",
        keys=keys(found["KeySchema"]),
        indexes=tuple(indexes),
    )


def _row(item: Item, table: TableView) -> Row:
    key = key_text({each.name: item[each.name] for each in table.keys})
    return Row(key, {name: items.shown(value) for name, value in item.items()})


def _record(found: dict[str, Any]) -> StreamRecord:
    told = found["dynamodb"]

    def image(name: str) -> str:
        return items.written(told[name], items.form_of(told[name])) if told.get(name) else ""

    return StreamRecord(
        sequence=told["SequenceNumber"],
        event=found["eventName"],
        time=told["ApproximateCreationDateTime"].timestamp(),
        key=key_text(told["Keys"]),
        old=image("OldImage"),
        new=image("NewImage"),
        by=(found.get("userIdentity") or {}).get("PrincipalId", ""),
    )
