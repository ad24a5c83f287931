"""Requests and answers as they go on to another HTTP connection: pure functions from headers to headers."""

from __future__ import annotations

import re
from collections.abc import Iterable

_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding"}
    | {"upgrade", "expect"}
)
"""Concern one connection only (RFC 9110, section 7.6.1). `Expect` was met by our own server already."""

_DEFAULT_ACCOUNT = "000000000000"
_KEY = re.compile(r"(Credential=|AWS )([^/:,\s]+)([/:])")


def forwarded(items: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers that concern the next connection too."""
    items = list(items)
    named = {name.strip().lower() for key, value in items if key.lower() == "connection" for name in value.split(",")}
    return [(key, value) for key, value in items if key.lower() not in _HOP_BY_HOP and key.lower() not in named]


def in_account(items: list[tuple[str, str]], roots: frozenset[str], account: str) -> list[tuple[str, str]]:
    """The headers with the default account's number in place of its keys' names (`roots`).

    LocalStack takes any key that is no account number for account 000000000000's.
    """
    if account == _DEFAULT_ACCOUNT:
        return items

    def numbered(found: re.Match[str]) -> str:
        return f"{found[1]}{account if found[2] in roots else found[2]}{found[3]}"

    return [(key, _KEY.sub(numbered, value) if key.lower() == "authorization" else value) for key, value in items]
