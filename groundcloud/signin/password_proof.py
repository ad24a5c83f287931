"""PASSWORD_VERIFIER: the challenge by which a user shows a password without sending it (SRP).

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html
"""

from __future__ import annotations

import base64
import re
import secrets
from typing import Any

from groundcloud.signin import errors, srp
from groundcloud.signin.challenges import Session
from groundcloud.signin.desk import Desk, Party
from groundcloud.signin.directory import User

PASSWORD_VERIFIER = "PASSWORD_VERIFIER"
_HEX = re.compile(r"[0-9a-fA-F]+")
_NEEDED = ("USERNAME", "TIMESTAMP", "PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK")
_SECRET = "srp-salts"


class PasswordProof:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def challenge(self, party: Party, user: User | None, name: str, public: str, **facts: Any) -> dict[str, Any]:
        """The challenge for `user`, or one like any other for a user who does not exist. `public` is SRP_A; `facts` go
        into the session, whose handle is the SECRET_BLOCK that the answer brings back."""
        if not _HEX.fullmatch(public):
            raise errors.invalid_parameter(
                f"1 validation error detected: Value '{public}' at 'sRPA' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: ^[0-9a-fA-F]+$"
            )
        username = user.username if user else name
        block = base64.b64encode(secrets.token_bytes(48)).decode()
        exchange = self._exchange(party, user, name, public)
        self._desk.sessions.open(
            party.pool.id,
            party.client.id,
            username,
            PASSWORD_VERIFIER,
            party.client.session_seconds,
            handle=block,
            exchange=exchange,
            **facts,
        )
        shown = {
            "SALT": exchange.salt,
            "SECRET_BLOCK": block,
            "SRP_B": format(exchange.public, "x"),
            "USERNAME": username,
            "USER_ID_FOR_SRP": username,
        }
        return {"ChallengeName": PASSWORD_VERIFIER, "ChallengeParameters": shown}

    async def checked(self, party: Party, responses: dict[str, Any]) -> tuple[Session, User]:
        """The session and user of a right proof. Raises `NotAuthorizedException`. A challenge takes any number of
        proofs until it ends."""
        self._check_form(responses)
        block = str(responses["PASSWORD_CLAIM_SECRET_BLOCK"])
        session = self._desk.sessions.find(block, party.client.id, PASSWORD_VERIFIER)
        user = await self._desk.directory.user(party.pool, session.username)
        self._desk.lockout.check(party.pool.id, user.sub if user else session.username)
        exchange: srp.Exchange = session.facts["exchange"]
        stamp, signature = str(responses["TIMESTAMP"]), str(responses["PASSWORD_CLAIM_SIGNATURE"])
        is_right = srp.is_proven(exchange, party.pool.id, session.username, block, stamp, signature)
        if user is None or not is_right:
            self._desk.lockout.failed(party.pool.id, user.sub if user else session.username)
            raise errors.wrong_password()
        if not user.enabled:
            raise errors.not_authorized("User is disabled.")
        self._desk.lockout.succeeded(party.pool.id, user.sub)
        return session, user

    def _exchange(self, party: Party, user: User | None, name: str, public: str) -> srp.Exchange:
        kept = self._desk.credentials.password(party.pool.id, user.sub) if user else None
        try:
            if kept is not None:
                return srp.opened(kept.salt, kept.verifier, public)
            salt = srp.simulated_salt(party.pool.id, name, self._desk.credentials.secret(_SECRET))
            return srp.unanswerable(public, salt)
        except ValueError as error:
            raise errors.invalid_parameter("SRP_A is not valid") from error

    def _check_form(self, responses: dict[str, Any]) -> None:
        for name in _NEEDED:
            if not responses.get(name):
                raise errors.invalid_parameter(f"Missing required parameter {name}")
        if srp.canonical_timestamp(str(responses["TIMESTAMP"])) is None:
            raise errors.invalid_parameter("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.")
