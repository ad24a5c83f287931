"""Secrets in text that is no JSON: log lines, mails, XML, the heads of what was too long. Pure.

By form: tokens, signatures, private keys, codes in mails. By name: ``name=value``, ``"name": "value"``, lists and
objects under such a name, elements of XML.
"""

from __future__ import annotations

import re

from groundcloud.trace.hints import WORDS
from groundcloud.trace.names import MASK, is_code, is_secret

_NAME = rf"(?:{'|'.join(WORDS)})[\w.\-]{{0,40}}"
"""Where a name's telling part begins; what stands before it is looked for backwards."""

_QUOTED = re.compile(
    rf"""(?P<name>{_NAME})(?P<gap>\\*["']?\s*[:=]\s*(?:[A-Za-z]*(?P<quote>\\*["'])))(?P<value>.*?)(?:(?<!\\)(?P=quote)|$)""",
    re.IGNORECASE | re.DOTALL,
)
_GROUPED = re.compile(
    rf"""(?P<name>{_NAME})(?P<gap>\\*["']?\s*[:=]\s*)"""
    r"""(?P<value>\[(?:[^\[\]]|\[[^\[\]]*\])*+(?:\]|\Z)|\{(?:[^{}]|\{[^{}]*\})*+(?:\}|\Z))""",
    re.IGNORECASE,
)
"""A list or an object under a name, as Python and Node.js print them."""

_BARE = re.compile(
    rf"""(?P<name>{_NAME})(?P<gap>\\*["']?\s*[:=]\s*)"""
    r"""(?P<value>(?![A-Za-z]{0,2}\\*["'])(?:(?:Bearer|Basic|Digest|AWS4-HMAC-SHA256)\s+)?[^\s"'&,;<>(){}\[\]\\]+)""",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"[\w.\-]*\Z")
_ELEMENT = re.compile(
    r"<(?P<name>[\w:.\-]{3,60})(?P<more>\s[^<>]*)?>(?P<value><!\[CDATA\[.{0,4096}?\]\]>|[^<]+)</(?P=name)\s*>",
    re.DOTALL,
)
_PAIR = re.compile(
    r"(?P<begin><(?P<what>Name|Key|ParameterKey|OutputKey)>(?P<name>[^<]+)</(?P=what)>\s*<(?P<value>\w*Value)>)"
    r"[^<]+(?=</(?P=value)>)"
)
_FORMS = (
    (("eyj",), re.compile(r"\beyJ[\w-]{5,}\.[\w-]*(?:\.[\w-]*){0,3}")),
    (
        ("private key",),
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL),
    ),
    (("signature=",), re.compile(r"(?<=Signature=)[0-9a-f]{16,}", re.IGNORECASE)),
    (("response=",), re.compile(r"(?<=response=\")[0-9a-f]{32,}", re.IGNORECASE)),
    (("bearer ",), re.compile(r"(?<=\bBearer )[^\s\"'\\,]{8,}", re.IGNORECASE)),
    (("basic ",), re.compile(r"(?<=\bBasic )[A-Za-z0-9+/=]{8,}", re.IGNORECASE)),
    (("://",), re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)")),
    (("-u ",), re.compile(r"(?<=\s-u )[^\s:]+:\S+")),
    (("k_live_", "k_test_"), re.compile(r"\b[spr]k_(?:live|test)_\w{10,}")),
    (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), re.compile(r"\bgh[pousr]_\w{20,}")),
    (("github_pat_",), re.compile(r"\bgithub_pat_\w{20,}")),
    (("glpat-",), re.compile(r"\bglpat-[\w-]{10,}")),
    (("npm_",), re.compile(r"\bnpm_\w{30,}")),
    (("aiza",), re.compile(r"\bAIza[\w-]{30,}")),
    (("xox",), re.compile(r"\bxox[abprs]-[\w-]{10,}")),
    (("/services/t",), re.compile(r"(?<=/services/)T\w+/B\w+/\w+")),
)
"""What must stand in a text in lower case for a form to be looked for, one of these, and the form."""

_MAILED_WORDS = ("code", "one-time password", "passcode", "otp", "pin")
_MAILED = re.compile(
    rf"(\b(?:{'|'.join(_MAILED_WORDS)})\b[^\d\n]{{0,60}}?)\b\d{{4,10}}\b"
    rf"|\b\d{{4,10}}\b(?=[^\d\n]{{0,40}}\b(?:{'|'.join(_MAILED_WORDS)})\b)",
    re.IGNORECASE,
)


def text(value: str) -> str:
    """Any text: a log line, the head of something that is no whole JSON."""
    lower = value.lower()
    if any(word in lower for word in WORDS):
        value = _BARE.sub(_named, _GROUPED.sub(_named, _QUOTED.sub(_named, value)))
    if any(word in lower for word in _MAILED_WORDS):
        value = _MAILED.sub(lambda found: (found[1] or "") + MASK, value)
    return formed(value, lower)


def formed(value: str, lower: str = "") -> str:
    """By their form only: what is no sentence."""
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
    """Elements, with or without attributes, and pairs of a name and its value."""
    value = _PAIR.sub(lambda found: found["begin"] + MASK if is_secret(found["name"]) else found[0], value)
    return formed(_ELEMENT.sub(_element, value))


def _element(found: re.Match[str]) -> str:
    name = found["name"]
    is_typed = is_code(name, found["value"]) and not _is_of_an_error(found)
    if not is_secret(name.rpartition(":")[2]) and not is_typed:
        return found[0]
    return f"<{name}{found['more'] or ''}>{MASK}</{name}>"


def _is_of_an_error(found: re.Match[str]) -> bool:
    """``<Error><Type>Sender</Type><Code>AlreadyExistsException</Code>`` names an error, and nothing to be typed."""
    return found.string.rfind("<Error>", 0, found.start()) > found.string.rfind("</Error>", 0, found.start())
