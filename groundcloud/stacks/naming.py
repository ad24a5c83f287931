"""Logical ids of the resources that an API's definition is expanded into.

``<Api>GroundcloudBody<what it is><hash>``: alphanumeric as CloudFormation demands, the same for the same definition,
and recognisable, so that answers about the stack can leave them out.
"""

from __future__ import annotations

import hashlib
import re

MARK = "GroundcloudBody"
_READABLE_CHARACTERS = 60
_EXPANDED = re.compile(rf"([A-Za-z0-9]+?){MARK}[A-Za-z0-9]+")


def expanded_id(api: str, kind: str, *key: str) -> str:
    """The id of the `kind` (``Method``…) that `key` (path, method, name…) identifies within the API `api`."""
    words = [word for part in key for word in re.split(r"[^A-Za-z0-9]+", part) if word]
    readable = "".join(word[0].upper() + word[1:] for word in words)[:_READABLE_CHARACTERS]
    digest = hashlib.sha256("\0".join((kind, *key)).encode()).hexdigest()[:8]
    return f"{api}{MARK}{kind}{readable}{digest}"


def api_of(logical_id: str) -> str | None:
    """The logical id of the API that an expanded resource belongs to; None for every other resource."""
    match = _EXPANDED.fullmatch(logical_id)
    return match.group(1) if match else None


def without_expanded(text: str) -> str:
    """`text` (a status reason) with ids of expanded resources put as their API's."""
    return _EXPANDED.sub(r"\1", text)
