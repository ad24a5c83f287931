"""Too many wrong passwords lock a user out for a while, longer each time.

https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html ("Lockout behavior for failed sign-in
attempts"): after five failures the user is locked out for one second, and twice as long after each further one, up to
about 15 minutes. Tries while locked out count for nothing. 15 quiet minutes, or a sign-in, forget the failures.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from groundcloud.clock import Clock
from groundcloud.signin import errors, limits


@dataclass
class _Failures:
    count: int
    last: float
    until: float


class Lockout:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: OrderedDict[tuple[str, str], _Failures] = OrderedDict()

    def clear(self) -> None:
        """Nobody has failed."""
        self._failures.clear()

    def check(self, pool: str, subject: str) -> None:
        """Raises `NotAuthorizedException` while the user is locked out."""
        found = self._failures.get((pool, subject))
        if found is not None and found.until > self._clock.now():
            raise errors.not_authorized("Password attempts exceeded")

    def failed(self, pool: str, subject: str) -> None:
        now, key = self._clock.now(), (pool, subject)
        found = self._failures.pop(key, None)
        if found is None or found.last + limits.LOCKOUT_MAX_SECONDS <= now:
            found = _Failures(0, now, 0.0)
        found.count, found.last = found.count + 1, now
        if found.count >= limits.LOCKOUT_AFTER_FAILURES:
            seconds = 2.0 ** min(found.count - limits.LOCKOUT_AFTER_FAILURES, 20)
            found.until = now + min(seconds, limits.LOCKOUT_MAX_SECONDS)
        self._failures[key] = found
        while len(self._failures) > limits.LOCKOUTS_KEPT:
            self._failures.popitem(last=False)

    def succeeded(self, pool: str, subject: str) -> None:
        self._failures.pop((pool, subject), None)
