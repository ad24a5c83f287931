"""A search in a DynamoDB table: what the form of its page says, as parameters of Query or Scan."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ui.readers.tabletypes import Key, TableView

SORTS = {
    "": "any",
    "eq": "=",
    "lt": "<",
    "le": "≤",
    "gt": ">",
    "ge": "≥",
    "begins": "begins with",
    "between": "between … and",
}
FILTERS = {
    "eq": "=",
    "ne": "≠",
    "lt": "<",
    "le": "≤",
    "gt": ">",
    "ge": "≥",
    "contains": "contains",
    "begins": "begins with",
    "exists": "exists",
    "missing": "does not exist",
}
KINDS = {"S": "text", "N": "number", "BOOL": "true or false", "NULL": "null"}

_SIGNS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_FUNCTIONS = {"begins": "begins_with", "contains": "contains"}
_PRESENCE = {"exists": "attribute_exists", "missing": "attribute_not_exists"}


@dataclass(frozen=True)
class Search:
    """What is looked for: with a `partition` value a Query, else a Scan. `index` is ``""`` for the table itself;
    `sort`, `op` and `kind` are keys of `SORTS`, `FILTERS` and `KINDS`; `descending` reads a Query backwards."""

    index: str = ""
    partition: str = ""
    sort: str = ""
    value: str = ""
    until: str = ""
    attribute: str = ""
    op: str = "eq"
    kind: str = "S"
    operand: str = ""
    descending: bool = False

    @property
    def is_query(self) -> bool:
        return bool(self.partition)

    @property
    def is_filtered(self) -> bool:
        return bool(self.attribute)


def search_of(query: Mapping[str, str]) -> Search:
    """The search in an address. Raises `ValueError` for an operator that does not exist."""
    names = ("index", "partition", "value", "until", "attribute", "operand")
    texts = {name: query.get(name, "") for name in names}
    chosen = {"sort": (SORTS, ""), "op": (FILTERS, "eq"), "kind": (KINDS, "S")}
    for name, (known, default) in chosen.items():
        texts[name] = query.get(name) or default
        if texts[name] not in known:
            raise ValueError(f"{name} is one of {', '.join(filter(None, known))}.")
    return Search(**texts, descending=query.get("order") == "desc")


def parameters(search: Search, table: TableView) -> dict[str, Any]:
    """The parameters of Query or Scan. Raises `ValueError` for what the table cannot be asked."""
    partition, sort = table.schema(search.index)
    asked: dict[str, Any] = {"TableName": table.name}
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    if search.index:
        asked["IndexName"] = search.index
    if search.is_query:
        names["#p"], values[":p"] = partition.name, _key_value(partition, search.partition)
        asked["KeyConditionExpression"] = "#p = :p" + _sort_condition(search, sort, names, values)
        asked["ScanIndexForward"] = not search.descending
    elif search.sort:
        raise ValueError(f"A condition on the sort key needs a value of {partition.name}.")
    if search.is_filtered:
        asked["FilterExpression"] = _filter(search, names, values)
    if names:
        asked["ExpressionAttributeNames"] = names
    if values:
        asked["ExpressionAttributeValues"] = values
    return asked


def _sort_condition(search: Search, sort: Key | None, names: dict[str, str], values: dict[str, Any]) -> str:
    if not search.sort:
        return ""
    if sort is None:
        raise ValueError("There is no sort key here.")
    names["#s"], values[":s"] = sort.name, _key_value(sort, search.value)
    if search.sort == "between":
        values[":u"] = _key_value(sort, search.until)
        return " AND #s BETWEEN :s AND :u"
    return " AND " + _comparison("#s", search.sort, ":s")


def _filter(search: Search, names: dict[str, str], values: dict[str, Any]) -> str:
    names["#f"] = search.attribute
    if search.op in _PRESENCE:
        return f"{_PRESENCE[search.op]}(#f)"
    values[":f"] = _filter_value(search.kind, search.operand)
    return _comparison("#f", search.op, ":f")


def _comparison(name: str, op: str, value: str) -> str:
    return f"{_FUNCTIONS[op]}({name}, {value})" if op in _FUNCTIONS else f"{name} {_SIGNS[op]} {value}"


def _key_value(key: Key, text: str) -> dict[str, Any]:
    if key.type != "B":
        return {key.type: _number(text) if key.type == "N" else text}
    try:
        return {"B": base64.b64decode(text, validate=True)}
    except binascii.Error as error:
        raise ValueError(f"{key.name} is binary: give it as base64.") from error


def _filter_value(kind: str, text: str) -> dict[str, Any]:
    if kind == "NULL":
        return {"NULL": True}
    if kind == "BOOL":
        if text.lower() not in ("true", "false"):
            raise ValueError("Compare with true or false.")
        return {"BOOL": text.lower() == "true"}
    return {kind: _number(text) if kind == "N" else text}


def _number(text: str) -> str:
    try:
        float(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no number.") from error
    return text
