"""What people type into forms, read strictly."""

from __future__ import annotations

import re

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def header_lines(text: str) -> list[tuple[str, str]]:
    """Headers, one a line, as name: value; one without a value is left out. Raises `ValueError` in words."""
    found = []
    for line in text.splitlines():
        if not line.strip():
            continue
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise ValueError("A header is written as name: value, one a line.")
        if value:
            found.append((name, value))
    return found
