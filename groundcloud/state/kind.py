"""One kind of resource: how it is found and deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Kind:
    """`listing` and `deletion` are operations of `service`; `found` is a JMESPath that makes the parameters of each
    deletion of the listing's answer; `asked` are the listing's own. What AWS wants to be empty first is emptied by
    `clearing`."""

    service: str
    listing: str
    found: str
    deletion: str
    asked: Mapping[str, Any] = field(default_factory=dict)
