"""One configuration: what was asked for, what is there, and the file that keeps what was asked for."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from groundcloud import jsonfile
from groundcloud.ports import Scope
from groundcloud.runtime.function import Function, Reference
from groundcloud.runtime.room import Pool

_log = logging.getLogger(__name__)

IN_PROGRESS, READY, FAILED = "IN_PROGRESS", "READY", "FAILED"


@dataclass(eq=False)
class Config:
    """`reference` names an alias or a version; `modified` is in epoch seconds.

    `base` is what the control plane says of the version that runs, `function` the same as it is provided, and `pool`
    its environments: None until they are known. `failed` is why the last start failed ("" for none), `failed_at` when,
    in monotonic seconds.
    """

    reference: Reference
    requested: int
    modified: float
    base: Function | None = None
    function: Function | None = None
    pool: Pool | None = None
    failed: str = ""
    failed_at: float = field(default=0.0, repr=False)

    @property
    def available(self) -> int:
        """Environments that are ready, at work or not."""
        return min(self.pool.size - self.pool.preparing, self.requested) if self.pool is not None else 0

    @property
    def status(self) -> str:
        if self.failed:
            return FAILED
        return READY if self.available >= self.requested else IN_PROGRESS

    def shape(self) -> dict[str, Any]:
        """https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html"""
        available = self.available
        shown = {
            "RequestedProvisionedConcurrentExecutions": self.requested,
            "AvailableProvisionedConcurrentExecutions": available,
            "AllocatedProvisionedConcurrentExecutions": available,
            "Status": self.status,
            "LastModified": datetime.fromtimestamp(self.modified, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
        }
        return {**shown, "StatusReason": self.failed} if self.failed else shown


def save(file: Path, configs: Iterable[Config]) -> None:
    kept = [
        [each.reference.scope.account, each.reference.scope.region, each.reference.name, each.reference.qualifier]
        + [each.requested, each.modified]
        for each in configs
    ]
    jsonfile.save(file, kept)


def load(file: Path) -> list[Config]:
    try:
        entries = json.loads(file.read_text())
        return [
            Config(Reference(Scope(account, region), name, qualifier), int(requested), float(modified))
            for account, region, name, qualifier, requested, modified in entries
        ]
    except FileNotFoundError:
        return []
    except (OSError, TypeError, ValueError) as error:
        _log.warning("%s is not readable, its provisioned concurrency is lost: %s", file, error)
        return []
