"""DynamoDB's items as text that people read and edit, without loss, in two forms.

``json`` is plain JSON, where attributes have no types; items with sets or binary values have no such form. ``dynamodb``
names each type, as DynamoDB's API and its exports to S3 do:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html#S3DataExport.Output_Data
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

Item = dict[str, Any]
"""As boto3's client has it: ``{"userId": {"S": "ann"}, "photo": {"B": b"..."}}``."""

FORMS = ("json", "dynamodb")
DIGITS = 38
"""Of a number of DynamoDB."""


def form_of(item: Item) -> str:
    """``json`` if that says all of the item, else ``dynamodb``."""
    return "json" if _is_plain(_values(item)) else "dynamodb"


def written(item: Item, form: str, indent: int | None = 2) -> str:
    """The item as text of a form."""
    value = _plain(_values(item)) if form == "json" else _encoded(item)
    return json.dumps(value, indent=indent, ensure_ascii=False)


def read(text: str, form: str) -> Item:
    """The item that a text of a form says. Raises `ValueError` in words for whoever wrote it."""
    found = loads(text)
    if not isinstance(found, dict):
        raise ValueError("An item is a JSON object.")
    return typed(found) if form == "json" else decoded(found)


def loads(text: str) -> Any:
    """JSON, its numbers exact."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise ValueError(f"This is not JSON: {error.msg}, line {error.lineno}, column {error.colno}.") from error
    except RecursionError:
        raise ValueError("This is nested too deeply.") from None


def typed(found: dict[str, Any]) -> Item:
    """Plain JSON as an item. Raises `ValueError`."""
    serializer = TypeSerializer()
    try:
        return {name: serializer.serialize(value) for name, value in found.items()}
    except (TypeError, ArithmeticError) as error:
        raise ValueError(f"DynamoDB has no such value: {error or 'a number of more than 38 digits'}.") from error


def decoded(found: dict[str, Any]) -> Item:
    """DynamoDB JSON as an item. Raises `ValueError`."""
    return {name: _decoded(name, value) for name, value in found.items()}


def shown(value: dict[str, Any]) -> str:
    """One attribute on one line."""
    ((kind, content),) = value.items()
    if kind in ("S", "N"):
        return str(content)
    if kind == "B":
        return f"{len(content)} bytes, binary"
    plain = _values({"value": value})
    if _is_plain(plain):
        return json.dumps(_plain(plain)["value"], ensure_ascii=False)
    return json.dumps(_encoded(value), ensure_ascii=False)


def _values(item: Item) -> dict[str, Any]:
    deserializer = TypeDeserializer()
    return {name: deserializer.deserialize(value) for name, value in item.items()}


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    if isinstance(value, list):
        return all(map(_is_plain, value))
    if isinstance(value, Decimal):
        return Decimal(json.dumps(_number(value))) == value
    return value is None or isinstance(value, str | bool)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return _number(value) if isinstance(value, Decimal) else value


def _number(value: Decimal) -> int | float:
    whole = value == value.to_integral_value() and value.adjusted() < DIGITS
    return int(value) if whole else float(value)


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number in JSON.")


def _encoded(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: _encoded(each) for name, each in value.items()}
    return [_encoded(each) for each in value] if isinstance(value, list) else value


def _decoded(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError(f'{name} has to name its type, as in {{"S": "text"}} or {{"N": "1"}}.')
    ((kind, content),) = value.items()
    reader = _READERS.get(kind)
    if reader is None:
        raise ValueError(f"{name} has the type {kind}; DynamoDB has {', '.join(_READERS)}.")
    return {kind: reader(name, content)}


def _is(kind: type, words: str) -> Callable[[str, Any], Any]:
    def check(name: str, content: Any) -> Any:
        if not isinstance(content, kind):
            raise ValueError(f"{name} has to be {words}.")
        return content

    return check


def _binary(name: str, content: Any) -> bytes:
    try:
        return base64.b64decode(_text(name, content), validate=True)
    except binascii.Error as error:
        raise ValueError(f"{name} has to be base64.") from error


def _set_of(element: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    return lambda name, content: [element(name, each) for each in _list(name, content)]


_text = _is(str, "text in quotes, numbers too")
_list = _is(list, "a list")
_object = _is(dict, "an object")

_READERS: dict[str, Callable[[str, Any], Any]] = {
    "S": _text,
    "N": _text,
    "B": _binary,
    "BOOL": _is(bool, "true or false"),
    "NULL": _is(bool, "true"),
    "SS": _set_of(_text),
    "NS": _set_of(_text),
    "BS": _set_of(_binary),
    "L": lambda name, content: [_decoded(name, each) for each in _list(name, content)],
    "M": lambda name, content: decoded(_object(name, content)),
}
