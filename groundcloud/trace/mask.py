"""No secret in a trace: what is one by its name or by its form is replaced before anything is written. Pure.

By name: fields of JSON (also of JSON and forms within a string, or in base64, and of DynamoDB's typed values), of forms
and query strings, headers. What is text only is `masktext`'s, what is secret by its neighbours `beside`'s.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

from groundcloud.trace import beside
from groundcloud.trace.hints import ALL
from groundcloud.trace.jsontext import dumps, loads
from groundcloud.trace.masktext import formed, text, xml
from groundcloud.trace.names import MASK, is_code, is_secret, may_tell

__all__ = ["MASK", "header", "line", "query", "text", "tree", "url", "xml"]

_FORM_LIKE = re.compile(r"[\w.%~+\-\[\]]+=[^=&\s]*(?:&[\w.%~+\-\[\]]+=[^&\s]*)*")
_QUERY_SECRETS = frozenset({"code", "state", "xamzcredential", "awsaccesskeyid", "nonce", "sig", "auth"})
_NAMES_IN_FORMS = re.compile(r"(.*)\b(?:Name|ParameterKey|Key|OutputKey)")
_VALUES_IN_FORMS = re.compile(r"(.*?)(?:Parameter|Output)?Value\b.*")
_ENCODED = ("data", "Data", "UserData")
"""Members that hold base64: records of streams and logs, user data of instances."""

_LOOKED_AT = frozenset({*_ENCODED, "isBase64Encoded", "ExpressionAttributeValues"})

_ENCODED_HEADERS = frozenset({"x-amz-client-context", "x-amz-log-result"})
_GZIP = b"\x1f\x8b"
_INFLATED = 64 * 1024
_BASE64 = re.compile(r"[A-Za-z0-9+/]{8,}={0,2}")
_SOURCES = ("$", "method.request.", "route.request.", "context.", "stageVariables.")
"""What names where an authorizer's token is found, and is none."""

_BEGINS_JSON = frozenset('{[" \n\r\t\ufeff')
_DEPTH = 24
_SHORT = 6
_CACHED = 200


def query(value: str) -> str:
    """A query string or form, with its encoding kept."""
    if not value:
        return value
    pairs = value.split("&")
    named = {
        found[1]
        for name, _, one in (pair.partition("=") for pair in pairs)
        if (found := _NAMES_IN_FORMS.fullmatch(name)) and is_secret(unquote_plus(one))
    }
    return "&".join(_pair(pair, named) for pair in pairs)


def _pair(pair: str, named: set[str]) -> str:
    """`named` are what names begin with of whose values some other member says that they are secret."""
    name, equals, value = pair.partition("=")
    if not equals or not value:
        return pair
    plain = unquote_plus(name)
    if is_secret(plain) or plain.lower().replace("-", "") in _QUERY_SECRETS or is_code(plain, value):
        return f"{name}={MASK}"
    if named and (found := _VALUES_IN_FORMS.fullmatch(name)) and found[1] in named:
        return f"{name}={MASK}"
    decoded = unquote_plus(value)
    masked = _encoded(decoded) if plain.rpartition(".")[2] in _ENCODED else _leaf(decoded)
    return pair if masked == decoded else f"{name}={MASK}"


def url(value: str) -> str:
    path, mark, rest = value.partition("?")
    asked, hash_mark, fragment = rest.partition("#")
    if not mark:
        path, hash_mark, fragment = value.partition("#")
    return formed(path) + mark + query(asked) + hash_mark + query(fragment)


def header(name: str, value: str) -> str:
    """One header's value."""
    kind = _kind_of(name)
    if kind == "plain":
        return _plain(value)
    if kind == "secret":
        return MASK
    if kind == "address":
        return url(value)
    if kind == "encoded":
        return _encoded(value)
    return f"{value.partition(' ')[0]} {MASK}" if " " in value else MASK


@lru_cache(maxsize=1024)
def _kind_of(name: str) -> str:
    lower = name.lower()
    if lower == "authorization":
        return lower
    if lower in ("location", "referer", "content-location", "x-original-url", "x-rewrite-url", "x-amz-copy-source"):
        return "address"
    if lower in _ENCODED_HEADERS:
        return "encoded"
    return "secret" if is_secret(lower) or lower in ("x-amz-credential", "x-amz-signature") else "plain"


@lru_cache(maxsize=2048)
def _plain(value: str) -> str:
    """Most headers are the same in every request."""
    return text(value)


def line(value: str) -> str:
    """A log line: JSON, JSON after whatever a logger puts before it, or any text."""
    at = value.find("{")
    if at <= 0 or not value.endswith("}"):
        return _leaf(value)
    try:
        parsed = loads(value[at:])
        masked = tree(parsed)
    except (ValueError, RecursionError):
        return _leaf(value)
    return text(value[:at]) + (value[at:] if masked == parsed else dumps(masked).decode())


def tree(value: Any, depth: int = 0) -> Any:
    """Parsed JSON, as new values."""
    kind = type(value)
    if kind is str:
        return _leaf(value)
    if kind is dict:
        return _object(value, depth) if depth <= _DEPTH else MASK
    if kind is list:
        return _list(value, depth) if depth <= _DEPTH else MASK
    return value


def _list(value: list[Any], depth: int) -> list[Any]:
    """Also a header or field written as a pair."""
    if len(value) == 2 and type(value[0]) is str and type(value[1]) is str and is_secret(value[0]):
        return [value[0], MASK]
    return [tree(one, depth + 1) for one in value]


def _object(value: dict[str, Any], depth: int) -> dict[str, Any]:
    """The loop over most of what a trace holds: members that tell nothing are not asked twice."""
    hidden = beside.hidden(value)
    made: dict[str, Any] = {}
    for name, one in value.items():
        if name in hidden or may_tell(name):
            made[name] = _told(name, one, hidden, depth)
            continue
        kind = type(one)
        if kind is str:
            made[name] = one if len(one) < _SHORT else _seen_leaf(one) if len(one) <= _CACHED else _masked_leaf(one)
        else:
            made[name] = tree(one, depth + 1) if kind is dict or kind is list else one
    if not value.keys().isdisjoint(_LOOKED_AT):
        _look_closer(value, made)
    return made


def _look_closer(value: dict[str, Any], made: dict[str, Any]) -> None:
    """At members whose own form hides what they hold."""
    encoded = (*_ENCODED, "body") if value.get("isBase64Encoded") is True else _ENCODED
    for name in encoded:
        if type(made.get(name)) is str:
            made[name] = _encoded(made[name])
    values = made.get("ExpressionAttributeValues")
    if type(values) is dict:
        for name in beside.placeholders(value) & values.keys():
            values[name] = _all(values[name])


def _told(name: str, value: Any, hidden: tuple[str, ...], depth: int) -> Any:
    if name in hidden and name == "identitySource":
        return [one if str(one).startswith(_SOURCES) else _all(one) for one in value]
    if name in hidden or is_secret(name):
        return _all(value)
    return MASK if is_code(name, value) else tree(value, depth + 1)


def _all(value: Any) -> Any:
    """Everything in it is part of the secret; its shape stays."""
    if isinstance(value, dict):
        return {name: _all(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_all(one) for one in value]
    return value if value is None or value == "" or isinstance(value, bool) else MASK


def _encoded(value: str) -> str:
    """Base64 of text, as base64 of what may be shown of it; anything else as it is."""
    if not _BASE64.fullmatch(value):
        return _leaf(value)
    try:
        raw = base64.b64decode(value, validate=True)
        if raw[:2] == _GZIP:
            raw = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS).decompress(raw, _INFLATED)
        plain = raw.decode()
    except (binascii.Error, UnicodeDecodeError, zlib.error):
        return value
    masked = _leaf(plain)
    return value if masked == plain else base64.b64encode(masked.encode()).decode()


def _leaf(value: str) -> str:
    size = len(value)
    if size < _SHORT:
        return value
    return _seen_leaf(value) if size <= _CACHED else _masked_leaf(value)


def _masked_leaf(value: str) -> str:
    if value[0] in _BEGINS_JSON and value.lstrip(" \n\r\t\ufeff")[:1] in ("{", "[", '"'):
        try:
            # As it was written, when nothing in it is hidden.
            parsed = loads(value.lstrip("\ufeff"))
            masked = tree(parsed)
            return value if masked == parsed else dumps(masked).decode()
        except (ValueError, RecursionError):
            return text(value)
    lower = value.lower()
    for hint in ALL:
        if hint in lower:
            return _text_of_some_kind(value)
    return value


_seen_leaf = lru_cache(maxsize=2048)(_masked_leaf)
"""Most values of an event are the same in every request."""


def _text_of_some_kind(value: str) -> str:
    if "=" in value and _FORM_LIKE.fullmatch(value):
        return query(value)
    if value[0] == "<" or "</" in value:
        return text(xml(value))
    return text(value)
