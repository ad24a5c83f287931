"""No secret in a trace: what is one by its name or by its form is replaced before anything is written. Pure.

By name: fields of JSON (also of JSON within a string, and of DynamoDB's typed values), of forms and query strings,
elements of XML, headers. By form: tokens, signatures, private keys, codes in mails, ``name=value`` in any text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

from groundcloud.trace.hints import ALL, WORDS
from groundcloud.trace.jsontext import dumps, loads
from groundcloud.trace.names import MASK, is_code, is_secret, may_tell

_NAME = rf"(?:{'|'.join(WORDS)})[\w.\-]{{0,40}}"
"""Where a name's telling part begins; what stands before it is looked for backwards."""

_QUOTED = re.compile(
    rf"""(?P<name>{_NAME})(?P<gap>\\*["']?\s*[:=]\s*(?:[A-Za-z]*(?P<quote>\\*["'])))(?P<value>.*?)(?:(?<!\\)(?P=quote)|$)""",
    re.IGNORECASE | re.DOTALL,
)
_BARE = re.compile(
    rf"""(?P<name>{_NAME})(?P<gap>\\*["']?\s*[:=]\s*)"""
    r"""(?P<value>(?![A-Za-z]{0,2}\\*["'])(?:(?:Bearer|Basic|Digest|AWS4-HMAC-SHA256)\s+)?[^\s"'&,;<>(){}\[\]\\]+)""",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"[\w.\-]*\Z")
_ELEMENT = re.compile(r"<(?P<name>[A-Za-z:]{3,60})>(?P<value>[^<]+)</(?P=name)>")
_FORMS = (
    (("eyj",), re.compile(r"\beyJ[\w-]{5,}\.[\w-]*(?:\.[\w-]*){0,3}")),
    (
        ("private key",),
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL),
    ),
    (("signature=",), re.compile(r"(?<=Signature=)[0-9a-f]{16,}", re.IGNORECASE)),
    (("bearer ",), re.compile(r"(?<=\bBearer )[^\s\"'\\,]{8,}", re.IGNORECASE)),
    (("basic ",), re.compile(r"(?<=\bBasic )[A-Za-z0-9+/=]{8,}", re.IGNORECASE)),
    (("://",), re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)")),
    (("k_live_", "k_test_"), re.compile(r"\b[spr]k_(?:live|test)_\w{10,}")),
    (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), re.compile(r"\bgh[pousr]_\w{20,}")),
    (("xox",), re.compile(r"\bxox[abprs]-[\w-]{10,}")),
)
"""What must stand in a text in lower case for a form to be looked for, one of these, and the form."""

_MAILED = re.compile(r"(\bcode\b[^\d\n]{0,60}?)\b\d{4,10}\b|\b\d{4,10}\b(?=[^\d\n]{0,40}\bcode\b)", re.IGNORECASE)
_FORM_LIKE = re.compile(r"[\w.%~+\-\[\]]+=[^=&\s]*(?:&[\w.%~+\-\[\]]+=[^&\s]*)*")
_QUERY_SECRETS = frozenset({"code", "state", "xamzcredential", "awsaccesskeyid", "nonce"})
_DEPTH = 24
_SHORT = 6
_CACHED = 200


def text(value: str) -> str:
    """Any text: a log line, the head of something that is no whole JSON."""
    lower = value.lower()
    if any(word in lower for word in WORDS):
        value = _BARE.sub(_named, _QUOTED.sub(_named, value))
    if "code" in lower:
        value = _MAILED.sub(lambda found: (found[1] or "") + MASK, value)
    return _formed(value, lower)


def _formed(value: str, lower: str = "") -> str:
    lower = lower or value.lower()
    for hints, form in _FORMS:
        for hint in hints:
            if hint in lower:
                value = form.sub(MASK, value)
    return value


def _named(found: re.Match[str]) -> str:
    before = _BEFORE.search(found.string, max(0, found.start() - 60), found.start())
    if not is_secret((before[0] if before else "") + found["name"]):
        return found[0]
    quote = found.groupdict().get("quote") or ""
    return f"{found['name']}{found['gap']}{MASK}{quote}"


def xml(value: str) -> str:
    def element(found: re.Match[str]) -> str:
        name = found["name"]
        secret = is_secret(name) or is_code(name, found["value"]) and not _is_of_an_error(found)
        return f"<{name}>{MASK}</{name}>" if secret else found[0]

    return _formed(_ELEMENT.sub(element, value))


def _is_of_an_error(found: re.Match[str]) -> bool:
    """``<Error><Type>Sender</Type><Code>AlreadyExistsException</Code>`` names an error, and nothing to be typed."""
    return found.string.rfind("<Error>", 0, found.start()) > found.string.rfind("</Error>", 0, found.start())


def query(value: str) -> str:
    """A query string or form, with its encoding kept."""
    return "&".join(_pair(pair) for pair in value.split("&")) if value else value


def _pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if not equals or not value:
        return pair
    plain = unquote_plus(name)
    if is_secret(plain) or plain.lower().replace("-", "") in _QUERY_SECRETS:
        return f"{name}={MASK}"
    decoded = unquote_plus(value)
    return pair if text(decoded) == decoded else f"{name}={MASK}"


def url(value: str) -> str:
    path, mark, rest = value.partition("?")
    return _formed(path) + mark + query(rest)


def header(name: str, value: str) -> str:
    """One header's value."""
    kind = _kind_of(name)
    if kind == "plain":
        return _plain(value)
    if kind == "secret":
        return MASK
    if kind == "address":
        return url(value)
    return f"{value.partition(' ')[0]} {MASK}" if " " in value else MASK


@lru_cache(maxsize=1024)
def _kind_of(name: str) -> str:
    lower = name.lower()
    if lower == "authorization":
        return lower
    if lower in ("location", "referer"):
        return "address"
    return "secret" if is_secret(lower) or lower in ("x-amz-credential", "x-amz-signature") else "plain"


@lru_cache(maxsize=2048)
def _plain(value: str) -> str:
    """Most headers are the same in every request."""
    return _formed(value)


def tree(value: Any, depth: int = 0) -> Any:
    """Parsed JSON, as new values."""
    kind = type(value)
    if kind is str:
        return _leaf(value)
    if kind is dict:
        return _object(value, depth) if depth <= _DEPTH else MASK
    if kind is list:
        return [tree(one, depth + 1) for one in value] if depth <= _DEPTH else MASK
    return value


def _object(value: dict[str, Any], depth: int) -> dict[str, Any]:
    """The loop over most of what a trace holds: members that tell nothing are not asked twice."""
    hidden = _hidden(value)
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
    return made


def _told(name: str, value: Any, hidden: tuple[str, ...], depth: int) -> Any:
    if name in hidden or is_secret(name):
        return _all(value)
    return MASK if is_code(name, value) else tree(value, depth + 1)


_PAIRS = (("Name", "Value"), ("Key", "Value"), ("ParameterKey", "ParameterValue"), ("name", "value"))


def _hidden(value: dict[str, Any]) -> tuple[str, ...]:
    """The members that are secret by what stands beside them: Systems Manager's SecureString, and pairs of a name and
    its value (tags, parameters, user attributes). API Gateway's API keys are called nothing but value."""
    if "Value" not in value and "value" not in value and "ParameterValue" not in value:
        return ()
    if value.get("Type") == "SecureString":
        return ("Value",)
    if "enabled" in value and isinstance(value.get("value"), str):
        return ("value",)
    for names, values in _PAIRS:
        name = value.get(names)
        if isinstance(name, str) and values in value and is_secret(name.rpartition(":")[2]):
            return (values,)
    return ()


def _all(value: Any) -> Any:
    """Everything in it is part of the secret; its shape stays."""
    if isinstance(value, dict):
        return {name: _all(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_all(one) for one in value]
    return value if value is None or value == "" or isinstance(value, bool) else MASK


def _leaf(value: str) -> str:
    size = len(value)
    if size < _SHORT:
        return value
    return _seen_leaf(value) if size <= _CACHED else _masked_leaf(value)


def _masked_leaf(value: str) -> str:
    if value[0] in "{[":
        try:
            # As it was written, when nothing in it is hidden.
            parsed = loads(value)
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
