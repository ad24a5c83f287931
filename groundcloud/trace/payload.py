"""What a trace shows of a body: text with its secrets masked, or nothing of what is no text. Pure."""

from __future__ import annotations

import codecs
import zlib
from dataclasses import dataclass
from typing import Any

from groundcloud.spans import KEPT_HEAD, KEPT_WHOLE
from groundcloud.trace import mask
from groundcloud.trace.hints import may_hide
from groundcloud.trace.jsontext import dumps, loads
from groundcloud.trace.limits import SHOWN_HEAD
from groundcloud.trace.names import MASK

_BEGINS = (b"{", b"[", b'"')
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Payload:
    """`body` is None for what is no text; `truncated` when there was more; `masked` when a secret was taken out."""

    body: str | None = None
    truncated: bool = False
    masked: bool = False


EMPTY = Payload("")


def head(chunks: list[bytes] | None, size: int) -> bytes:
    """The bytes that were kept: all, or the beginning of what was too long."""
    if not chunks:
        return b""
    joined = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    return joined if size <= KEPT_WHOLE else joined[:KEPT_HEAD]


def parsed(raw: bytes) -> Any:
    """JSON, or None; a bare number or word is text."""
    if raw[:1] not in _BEGINS:
        raw = raw.removeprefix(codecs.BOM_UTF8).lstrip()
        if not raw or raw[:1] not in _BEGINS:
            return None
    try:
        return loads(raw)
    except (ValueError, RecursionError):
        return None


NOT_PARSED = object()
"""Nobody has looked what it is."""


def shown(raw: bytes, size: int, content_type: str, encoding: str = "", value: Any = NOT_PARSED) -> Payload:
    """`size` is that of the whole; `encoding` the Content-Encoding; `value` what `parsed` made of `raw`, if it did."""
    if not raw:
        return EMPTY if not size else Payload(None, True)
    truncated = size > len(raw)
    if encoding:
        if "gzip" not in encoding.lower():
            return Payload(None, True)
        raw, truncated = _inflated(raw, truncated)
        value = NOT_PARSED
    if content_type.startswith("multipart/"):
        return Payload(None, truncated)
    try:
        plain = raw.decode("utf-8", "ignore" if truncated else "strict")
    except UnicodeDecodeError:
        return Payload(None, truncated)
    if "\0" in plain:
        return Payload(None, truncated)
    if truncated:
        value = None
    elif value is NOT_PARSED:
        value = parsed(raw)
    masked = _masked(plain, raw, content_type, value)
    return Payload(masked, truncated, masked is not plain and MASK in masked and MASK not in plain)


def _masked(plain: str, raw: bytes, content_type: str, value: Any) -> str:
    if value is not None:
        masked = mask.tree(value)
        return plain if masked == value else dumps(masked).decode()
    if content_type.startswith(_FORM):
        return mask.query(plain)
    if not may_hide(raw):
        return plain
    begins = plain.lstrip()[:1]
    if begins == "<":
        plain = mask.xml(plain)
    elif begins == "{" and "\n" in plain:
        # A JSON text a line, as bulk interfaces have it.
        return "\n".join(map(mask.line, plain.split("\n")))
    return mask.text(plain)


def _inflated(raw: bytes, truncated: bool) -> tuple[bytes, bool]:
    inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        plain = inflater.decompress(raw, SHOWN_HEAD)
    except zlib.error:
        return b"", True
    return plain, truncated or bool(inflater.unconsumed_tail)
