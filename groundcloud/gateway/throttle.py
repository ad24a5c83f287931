"""Token buckets and quotas, on an injected clock.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from groundcloud.clock import Clock
from groundcloud.gateway.limits import BUCKETS_KEPT


@dataclass(frozen=True, slots=True)
class Limits:
    """`rate` requests a second, and `burst` of them at once."""

    rate: float
    burst: float


@dataclass(frozen=True, slots=True)
class Quota:
    """`limit` requests in each calendar `period` (UTC): ``DAY``, ``WEEK`` or ``MONTH``."""

    limit: int
    period: str


def read_limits(answer: Mapping[str, Any], rate: str = "rateLimit", burst: str = "burstLimit") -> Limits | None:
    """The limits in a plan's or stage's settings; None when there are none. A missing half is taken from the other."""
    values = [answer.get(rate), answer.get(burst)]
    given = [float(value) for value in values if value is not None and float(value) >= 0]
    if not given:
        return None
    return Limits(given[0], given[-1])


def read_quota(answer: Mapping[str, Any]) -> Quota | None:
    """A usage plan's quota, or None."""
    limit = answer.get("limit")
    return Quota(int(limit), str(answer.get("period") or "DAY").upper()) if limit is not None else None


class Throttle:
    """Buckets and counters by slot. The ones used least recently are forgotten beyond a number."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()
        self._used: OrderedDict[Hashable, tuple[str, int]] = OrderedDict()

    def clear(self) -> None:
        """Every bucket is full, and nothing was used."""
        self._buckets.clear()
        self._used.clear()

    def take(self, slot: Hashable, limits: Limits) -> bool:
        """Whether `slot` has a token left, which is then gone."""
        now = self._clock.monotonic()
        tokens, before = self._buckets.get(slot, (limits.burst, now))
        tokens = min(limits.burst, tokens + (now - before) * limits.rate)
        granted = tokens >= 1
        _keep(self._buckets, slot, (tokens - 1 if granted else tokens, now))
        return granted

    def count(self, slot: Hashable, quota: Quota) -> bool:
        """Whether `slot` is within its quota; if so, one more request is counted."""
        period = _period(self._clock.now(), quota.period)
        counted, used = self._used.get(slot, (period, 0))
        if counted != period:
            used = 0
        granted = used < quota.limit
        _keep(self._used, slot, (period, used + 1 if granted else used))
        return granted


def _keep(entries: OrderedDict[Hashable, Any], slot: Hashable, value: Any) -> None:
    entries[slot] = value
    entries.move_to_end(slot)
    while len(entries) > BUCKETS_KEPT:
        entries.popitem(last=False)


def _period(epoch: float, kind: str) -> str:
    return time.strftime({"WEEK": "%G-W%V", "MONTH": "%Y-%m"}.get(kind, "%Y-%m-%d"), time.gmtime(epoch))
