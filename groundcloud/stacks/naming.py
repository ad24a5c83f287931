"""Logical ids of the resources that an API's definition is expanded into, and of those that wait.

``<Api>GroundcloudBody<what it is><hash>``: alphanumeric as CloudFormation demands, the same for the same definition,
and recognisable, so that answers about the stack can leave them out. ``<Alias>GroundcloudReady<Alias or
Version><number>x<hash><Handle or Wait>`` waits for provisioned concurrency (`ready.py`).
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

MARK = "GroundcloudBody"
_READABLE_CHARACTERS = 60
_EXPANDED = re.compile(rf"([A-Za-z0-9]+?){MARK}[A-Za-z0-9]+")
_READY = re.compile(r"([A-Za-z0-9]+?)GroundcloudReady(Alias|Version)(\d+)x[0-9a-f]{8}(Handle|Wait)")


class Ready(NamedTuple):
    """What waits for so many environments of resource `owner`, of type `kind`."""

    owner: str
    kind: str
    number: int


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
    return _READY.sub(r"\1", _EXPANDED.sub(r"\1", text))


def ready_id(owner: str, kind: str, number: int, digest: str, *, waits: bool) -> str:
    """The id of the wait condition (or of its handle) for `number` environments of `owner`, an ``AWS::Lambda::…``."""
    return f"{owner}GroundcloudReady{kind.rpartition('::')[2]}{number}x{digest[:8]}{'Wait' if waits else 'Handle'}"


def ready_of(logical_id: str) -> Ready | None:
    """What a wait condition, or its handle, is for; None for every other resource."""
    match = _READY.fullmatch(logical_id)
    return Ready(match[1], f"AWS::Lambda::{match[2]}", int(match[3])) if match else None


def handle_of(logical_id: str) -> Ready | None:
    """The same of handles only."""
    return ready_of(logical_id) if logical_id.endswith("Handle") else None
