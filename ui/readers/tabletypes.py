"""The plain values of the screen Tables."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """One attribute of a key: `type` is ``S``, ``N`` or ``B``."""

    name: str
    type: str


@dataclass(frozen=True)
class IndexView:
    """One secondary index: `kind` is ``global`` or ``local``, `keys` its partition and, if any, sort key."""

    name: str
    kind: str
    projection: str
    status: str
    keys: tuple[Key, ...]


@dataclass(frozen=True)
class TableView:
    """One table. `items` and `bytes` are DynamoDB's counts, which AWS refreshes every six hours; `created` is epoch
    seconds, `stream` what its stream holds and `stream_arn` its name (empty: it has none)."""

    name: str
    arn: str
    status: str
    billing: str
    items: int
    bytes: int
    created: float
    stream: str
    stream_arn: str
    keys: tuple[Key, ...]
    indexes: tuple[IndexView, ...]

    @property
    def put_item(self) -> str:
        """A command that puts an item of this table's keys."""
        of_type = {"S": {"S": "one"}, "N": {"N": "1"}, "B": {"B": "b25l"}}
        item = json.dumps({key.name: of_type[key.type] for key in self.keys})
        return f"aws dynamodb put-item --table-name {self.name} --item {shlex.quote(item)}"

    def schema(self, index: str) -> tuple[Key, Key | None]:
        """The partition key and the sort key of the table (``""``) or of an index. Raises `ValueError` for an index
        that it does not have."""
        found = {"": self.keys} | {each.name: each.keys for each in self.indexes}
        if index not in found:
            raise ValueError(f"{self.name} has no index {index}.")
        keys = found[index]
        return keys[0], keys[1] if len(keys) > 1 else None


@dataclass(frozen=True)
class Row:
    """One item of a list: its key as DynamoDB JSON, and each attribute on one line."""

    key: str
    values: dict[str, str]


@dataclass(frozen=True)
class Found:
    """Items that a search found. `scanned` items were looked at; `after` is where the next page starts."""

    rows: tuple[Row, ...] = ()
    scanned: int = 0
    after: str = ""


@dataclass(frozen=True)
class StreamRecord:
    """One record of a table's stream: `time` in epoch seconds, `key`, `old` and `new` as JSON (empty: not there)."""

    sequence: str
    event: str
    time: float
    key: str
    old: str
    new: str
    by: str = ""
