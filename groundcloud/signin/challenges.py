"""Sign-ins that are under way: what was asked of a user, and what is known so far.

Kept in memory: a session lives for 3 to 15 minutes, and a sign-in that a restart interrupts starts anew.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from groundcloud.clock import Clock
from groundcloud.signin import errors, limits


@dataclass
class Session:
    """`facts` belongs to the challenge: an SRP exchange, the rounds of a custom flow. `username` is Cognito's own."""

    pool: str
    client: str
    username: str
    challenge: str
    ends: float
    facts: dict[str, Any] = field(default_factory=dict)
    is_used: bool = False


class Sessions:
    """States of a session: open → used, by `close`; or ended by time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def clear(self) -> None:
        """Nobody is signing in."""
        self._sessions.clear()

    def open(
        self, pool: str, client: str, username: str, challenge: str, seconds: float, *, handle: str = "", **facts: Any
    ) -> str:
        """The handle of a new session: `handle`, or one made up."""
        handle = handle or secrets.token_urlsafe(64)
        session = Session(pool, client, username, challenge, self._clock.now() + seconds, facts)
        self._sessions[handle] = session
        while len(self._sessions) > limits.SESSIONS_KEPT:
            self._sessions.popitem(last=False)
        return handle

    def find(self, handle: str, client: str, *challenges: str) -> Session:
        """Raises `NotAuthorizedException` for a session that is unknown, over, used, or for something else."""
        session = self._sessions.get(handle)
        if session is None or session.client != client or session.challenge not in challenges:
            raise errors.not_authorized("Invalid session for the user.")
        if session.is_used:
            raise errors.not_authorized("Invalid session for the user, session can only be used once.")
        if session.ends <= self._clock.now():
            raise errors.not_authorized("Invalid session for the user, session is expired.")
        return session

    def client_of(self, handle: str) -> str:
        """The client of a session, for operations that do not name it; empty for an unknown one."""
        session = self._sessions.get(handle)
        return session.client if session else ""

    def close(self, session: Session) -> None:
        """The challenge was met: its handle does not work again."""
        session.is_used = True
        session.facts = {}
