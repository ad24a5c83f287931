"""What a browser has begun and not finished: a challenge after the password, a sign-up that waits for its code.

Kept in memory only, because a password may be among it (a new user is signed in as soon as the code is right): a stop
of the cloud means to begin anew.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from groundcloud.clock import Clock
from groundcloud.signin.hosted import limits


@dataclass
class Flow:
    """`username` as the user typed it; `challenge` is Cognito's ChallengeName, `session` its Session. `password` waits
    for the confirmation of the sign-up; `delivery` says where a code was sent; `notice` is shown once."""

    pool: str
    client: str
    username: str
    challenge: str = ""
    session: str = field(default="", repr=False)
    parameters: dict[str, str] = field(default_factory=dict, repr=False)
    password: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    delivery: str = ""
    notice: str = ""
    attempts: int = 0
    expires: float = 0.0


class Flows:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._flows: dict[str, Flow] = {}

    def clear(self) -> None:
        """No browser has begun anything."""
        self._flows.clear()

    def begin(self, flow: Flow) -> str:
        """Keep a flow; what the browser's cookie holds for it."""
        now = self._clock.now()
        for cookie in [cookie for cookie, kept in self._flows.items() if kept.expires <= now]:
            del self._flows[cookie]
        while len(self._flows) >= limits.MAX_FLOWS:
            del self._flows[next(iter(self._flows))]
        flow.expires = now + limits.FLOW_SECONDS
        cookie = secrets.token_urlsafe(32)
        self._flows[cookie] = flow
        return cookie

    def find(self, cookie: str, pool: str, client: str) -> Flow | None:
        """The browser's flow, if it is one of this client."""
        flow = self._flows.get(cookie)
        if flow is None or flow.expires <= self._clock.now() or (flow.pool, flow.client) != (pool, client):
            return None
        return flow

    def end(self, cookie: str) -> None:
        self._flows.pop(cookie, None)
