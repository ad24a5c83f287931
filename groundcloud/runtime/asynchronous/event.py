"""One event of the asynchronous queue, and how its delivery is configured: plain data.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from groundcloud.ports import Scope
from groundcloud.runtime import limits
from groundcloud.runtime.function import Reference


@dataclass(frozen=True)
class Policy:
    """The function's EventInvokeConfig and DeadLetterConfig; `max_age` in seconds, targets are ARNs or ""."""

    max_retries: int = limits.ASYNC_RETRIES
    max_age: float = limits.ASYNC_AGE_SECONDS
    on_success: str = ""
    on_failure: str = ""
    dead_letter: str = ""


@dataclass(frozen=True)
class Ran:
    """How an attempt ended; `payload` is what the function answered, None when it was not run at all."""

    status: int = 200
    version: str = "$LATEST"
    failed: bool = True
    payload: bytes | None = None


@dataclass
class Event:
    """One event on its way. Times are seconds since the epoch.

    `attempts` counts the times it was run, `refusals` the times it was not even run (throttled); `due` is when it may
    be tried next; `last` is how the latest attempt ended, which a stop of the cloud forgets.
    """

    request_id: str
    reference: Reference
    payload: bytes
    trace: str
    accepted: float
    due: float
    client_context: str | None = None
    attempts: int = 0
    refusals: int = 0
    last: Ran = field(default_factory=Ran)

    def to_json(self) -> dict[str, Any]:
        reference = self.reference
        return {
            "requestId": self.request_id,
            "account": reference.scope.account,
            "region": reference.scope.region,
            "function": reference.name,
            "qualifier": reference.qualifier,
            "payload": base64.b64encode(self.payload).decode(),
            "trace": self.trace,
            "accepted": self.accepted,
            "due": self.due,
            "clientContext": self.client_context,
            "attempts": self.attempts,
            "refusals": self.refusals,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Event:
        """Raises `KeyError`, `TypeError` or `ValueError` for what `to_json` did not write."""
        scope = Scope(value["account"], value["region"])
        return cls(
            value["requestId"],
            Reference(scope, value["function"], value["qualifier"]),
            base64.b64decode(value["payload"]),
            value["trace"],
            float(value["accepted"]),
            float(value["due"]),
            value["clientContext"],
            int(value["attempts"]),
            int(value["refusals"]),
        )


def read_policy(config: dict[str, Any], dead_letter: str) -> Policy:
    """From GetFunctionEventInvokeConfig's answer ({} when there is none)."""
    destinations = config.get("DestinationConfig") or {}
    retries, age = config.get("MaximumRetryAttempts"), config.get("MaximumEventAgeInSeconds")
    return Policy(
        limits.ASYNC_RETRIES if retries is None else int(retries),
        limits.ASYNC_AGE_SECONDS if age is None else float(age),
        (destinations.get("OnSuccess") or {}).get("Destination") or "",
        (destinations.get("OnFailure") or {}).get("Destination") or "",
        dead_letter,
    )
