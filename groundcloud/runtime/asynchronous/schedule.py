"""What becomes of an event after an attempt: pure.

An error of the function is tried again after one minute, then after two. A throttle or a failure of the service does
not count as an attempt: it is tried again after 1 s, 2 s, 4 s, … up to 5 minutes, as long as the event is not too old.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

from groundcloud.runtime import limits
from groundcloud.runtime.asynchronous.event import Event, Policy

RETRIES_EXHAUSTED = "RetriesExhausted"
AGE_EXCEEDED = "EventAgeExceeded"


def too_old(event: Event, policy: Policy, now: float) -> bool:
    """Whether the event is dropped instead of being tried (again)."""
    return now - event.accepted >= policy.max_age and bool(event.attempts or event.refusals)


def after_failure(event: Event, policy: Policy, now: float) -> float | None:
    """When to run it again after the attempt that `event.attempts` counts already; None when it was the last."""
    if event.attempts > policy.max_retries:
        return None
    delay = limits.ASYNC_RETRY_SECONDS[min(event.attempts, len(limits.ASYNC_RETRY_SECONDS)) - 1]
    return _not_beyond(event, policy, now + delay)


def after_refusal(event: Event, policy: Policy, now: float) -> float:
    """When to try again what could not be run; `event.refusals` counts it already."""
    delay = min(2.0 ** min(event.refusals - 1, 30), limits.ASYNC_BACKOFF_SECONDS)
    return _not_beyond(event, policy, now + delay)


def _not_beyond(event: Event, policy: Policy, due: float) -> float:
    """At the latest when the event is too old, so that it is given up then and not later."""
    return min(due, event.accepted + policy.max_age)
