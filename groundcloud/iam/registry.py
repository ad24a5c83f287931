"""The access keys that the cloud has given out: secrets, whose they are, and what was passed with a session.

The engine tells nobody a secret twice, so each is written down when it is issued. Kept in SQLite below the state
folder, because sessions and keys live longer than the process.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from groundcloud.clock import Clock
from groundcloud.iam.limits import SESSION_GRACE_SECONDS
from groundcloud.iam.model import CallerKind


@dataclass(frozen=True)
class KnownKey:
    """An access key and whose it is.

    `arn` is the caller's, `principal_id` its ``aws:userid``, `owner` the name of the user or the ARN of the role whose
    policies apply ("" for a root user's session). `token` and `expires` (epoch seconds) are those of a session;
    `session_policies` are documents, `session_policy_arns` managed policies, None when neither was passed;
    `context` holds condition keys that the session carries (``cognito-identity.amazonaws.com:sub``); `is_ours`
    says that the engine does not know the key (see `minting`).
    """

    access_key: str
    secret: str
    account: str
    kind: CallerKind
    arn: str
    principal_id: str
    owner: str
    token: str = ""
    expires: float = 0.0
    issued: float = 0.0
    session_policies: tuple[str, ...] | None = None
    session_policy_arns: tuple[str, ...] | None = None
    session_tags: Mapping[str, str] = field(default_factory=dict)
    transitive: tuple[str, ...] = ()
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_ours: bool = False

    @property
    def is_temporary(self) -> bool:
        return bool(self.token)

    @property
    def has_session_policies(self) -> bool:
        return self.session_policies is not None or self.session_policy_arns is not None


class KeyRegistry:
    """Looks keys up in memory; writes through to `file` (or keeps nothing, when there is none)."""

    def __init__(self, file: Path | None, clock: Clock) -> None:
        self._clock = clock
        self._keys: dict[str, KnownKey] = {}
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(file or ":memory:", isolation_level=None)
        # Written in the background by the system: what a power failure takes is at most the newest sessions.
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.execute("CREATE TABLE IF NOT EXISTS keys (access_key TEXT PRIMARY KEY, data TEXT NOT NULL)")
        for (data,) in self._database.execute("SELECT data FROM keys").fetchall():
            key = _read(json.loads(data))
            self._keys[key.access_key] = key
        self._drop_expired()

    def find(self, access_key: str) -> KnownKey | None:
        return self._keys.get(access_key)

    def owner_of(self, access_key: str) -> str:
        """The account of a key, empty for one that is not known."""
        known = self._keys.get(access_key)
        return known.account if known else ""

    def add(self, key: KnownKey) -> None:
        self._drop_expired()
        self._keys[key.access_key] = key
        data = json.dumps(asdict(key))
        self._database.execute("INSERT OR REPLACE INTO keys VALUES (?, ?)", (key.access_key, data))

    def forget(self, access_key: str) -> None:
        if self._keys.pop(access_key, None) is not None:
            self._database.execute("DELETE FROM keys WHERE access_key = ?", (access_key,))

    def clear(self, account: str = "") -> None:
        """Forget every key, or those of one account."""
        for name in [name for name, key in self._keys.items() if account in ("", key.account)]:
            self.forget(name)

    def close(self) -> None:
        self._database.close()

    def _drop_expired(self) -> None:
        limit = self._clock.now() - SESSION_GRACE_SECONDS
        for name in [name for name, key in self._keys.items() if key.is_temporary and key.expires < limit]:
            self.forget(name)


def _read(data: dict[str, Any]) -> KnownKey:
    for name in ("session_policies", "session_policy_arns", "transitive"):
        if data.get(name) is not None:
            data[name] = tuple(data[name])
    data["kind"] = CallerKind(data["kind"])
    data["context"] = {name: tuple(values) for name, values in data["context"].items()}
    return KnownKey(**data)
