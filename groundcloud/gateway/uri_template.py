"""``{name}`` and ``{name+}`` in the URIs of integrations: pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

_PLACEHOLDER = re.compile(r"\{([^{}/]+)\}")
_SAFE_IN_PATHS = "/%:@!$&'()*+,;=~-._"


def unfilled(text: str, values: Mapping[str, str]) -> list[str]:
    """The names in `text` that have no value."""
    return [name for name in _PLACEHOLDER.findall(text) if name.removesuffix("+") not in values]


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with each name replaced by its value, percent-encoded where that is not. Each must have one."""
    return _PLACEHOLDER.sub(lambda match: as_path(values[match[1].removesuffix("+")]), text)


def has_names(text: str) -> bool:
    return _PLACEHOLDER.search(text) is not None


def as_path(text: str) -> str:
    """`text` as a part of a path: slashes and what is percent-encoded stay."""
    return quote(text, safe=_SAFE_IN_PATHS)
