"""CUSTOM_AUTH: the pool's functions define the challenges, make them, and judge the answers.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-challenge.html and the pages of the three
triggers below it. With SRP_A the password comes first: SRP_A and PASSWORD_VERIFIER are then Cognito's own challenges.
"""

from __future__ import annotations

from typing import Any

from groundcloud.errors import AwsError
from groundcloud.signin import errors
from groundcloud.signin.admission import may_begin, refuse_state, unknown_user
from groundcloud.signin.challenges import Session
from groundcloud.signin.desk import Call, Desk, Party
from groundcloud.signin.directory import User
from groundcloud.signin.password_proof import PASSWORD_VERIFIER, PasswordProof
from groundcloud.signin.second_step import SecondStep
from groundcloud.signin.tokens import SIGN_IN
from groundcloud.signin.triggers import invalid_response, metadata, user_attributes

CUSTOM_CHALLENGE = "CUSTOM_CHALLENGE"
_DEFINED = {"challengeName": None, "issueTokens": None, "failAuthentication": None}
_CREATED = {"publicChallengeParameters": None, "privateChallengeParameters": None, "challengeMetadata": None}

Round = dict[str, Any]
"""One round as functions see it: ``challengeName``, ``challengeResult``, ``challengeMetadata``."""


class CustomAuth:
    def __init__(self, desk: Desk, proof: PasswordProof, second: SecondStep) -> None:
        self._desk = desk
        self._proof = proof
        self._second = second

    async def start(self, call: Call, party: Party, parameters: dict[str, Any]) -> dict[str, Any]:
        name = str(parameters.get("USERNAME") or "")
        if not name:
            raise errors.invalid_parameter("Missing required parameter USERNAME")
        if not self._desk.triggers.has(party.pool, "DefineAuthChallenge"):
            raise AwsError("InvalidUserPoolConfigurationException", "Custom auth lambda trigger is not configured.")
        user = await self._desk.signing_in_user(party, name)
        if user is None and not party.client.hides_users:
            raise unknown_user(party)
        await may_begin(self._desk, call, party, user, name)
        public = str(parameters.get("SRP_A") or "")
        rounds: list[Round] = []
        if public or parameters.get("CHALLENGE_NAME") == "SRP_A":
            rounds = [_round("SRP_A", result=True)]
        return await self._next(party, user, user.username if user else name, rounds, public, None)

    async def answer(self, call: Call, party: Party, responses: dict[str, Any]) -> dict[str, Any]:
        """CUSTOM_CHALLENGE: the answer is judged, then what follows is asked for."""
        session = self._desk.sessions.find(call.text("Session"), party.client.id, CUSTOM_CHALLENGE)
        user = await self._desk.directory.user(party.pool, session.username)
        client_metadata, rounds = call.data.get("ClientMetadata"), list(session.facts["rounds"])
        request = {
            **self._about(party, user),
            "privateChallengeParameters": session.facts["private"],
            "challengeAnswer": str(responses.get("ANSWER") or ""),
            **metadata(client_metadata),
        }
        judged = await self._called(
            party, "VerifyAuthChallengeResponse", session.username, request, {"answerCorrect": None}
        )
        is_right = judged.get("answerCorrect")
        if not isinstance(is_right, bool):
            raise invalid_response()
        self._desk.sessions.close(session)
        rounds[-1] = {**rounds[-1], "challengeResult": is_right}
        return await self._next(party, user, session.username, rounds, "", client_metadata)

    async def after_proof(self, party: Party, user: User, session: Session, client_metadata: object) -> dict[str, Any]:
        """The password was shown inside a custom flow."""
        rounds = [*session.facts["rounds"], _round(PASSWORD_VERIFIER, result=True)]
        self._desk.sessions.close(session)
        return await self._next(party, user, user.username, rounds, "", client_metadata)

    async def _next(
        self,
        party: Party,
        user: User | None,
        username: str,
        rounds: list[Round],
        public: str,
        client_metadata: object,
    ) -> dict[str, Any]:
        request = {**self._about(party, user), "session": rounds, **metadata(client_metadata)}
        defined = await self._called(party, "DefineAuthChallenge", username, request, _DEFINED)
        if defined.get("issueTokens") is True and user is not None:
            refuse_state(user)
            return await self._second.tokens(party, user, SIGN_IN, client_metadata)
        if defined.get("failAuthentication") is True or defined.get("issueTokens") is True:
            raise errors.wrong_password()
        wanted = defined.get("challengeName")
        if wanted == PASSWORD_VERIFIER and public:
            return self._proof.challenge(party, user, username, public, rounds=rounds)
        if wanted != CUSTOM_CHALLENGE:
            raise invalid_response()
        return await self._create(party, user, username, rounds, client_metadata)

    async def _create(
        self, party: Party, user: User | None, username: str, rounds: list[Round], client_metadata: object
    ) -> dict[str, Any]:
        request = {
            **self._about(party, user),
            "challengeName": CUSTOM_CHALLENGE,
            "session": rounds,
            **metadata(client_metadata),
        }
        made = await self._called(party, "CreateAuthChallenge", username, request, _CREATED)
        public, private = (made.get(name) or {} for name in ("publicChallengeParameters", "privateChallengeParameters"))
        if not isinstance(public, dict) or not isinstance(private, dict):
            raise invalid_response()
        asked = _round(CUSTOM_CHALLENGE, said=made.get("challengeMetadata"))
        handle = self._desk.sessions.open(
            party.pool.id,
            party.client.id,
            username,
            CUSTOM_CHALLENGE,
            party.client.session_seconds,
            rounds=[*rounds, asked],
            private=private,
        )
        shown = {"USERNAME": username, **{str(name): str(value) for name, value in public.items()}}
        return {"ChallengeName": CUSTOM_CHALLENGE, "Session": handle, "ChallengeParameters": shown}

    async def _called(
        self, party: Party, trigger: str, username: str, request: dict[str, Any], response: dict[str, Any]
    ) -> dict[str, Any]:
        if not self._desk.triggers.has(party.pool, trigger):
            raise AwsError("InvalidUserPoolConfigurationException", "Custom auth lambda trigger is not configured.")
        source = f"{trigger}_Authentication"
        return await self._desk.triggers.call(
            party.pool, trigger, source, username, party.client.id, request, dict(response)
        )

    def _about(self, party: Party, user: User | None) -> dict[str, Any]:
        hidden = {"userNotFound": user is None} if party.client.hides_users else {}
        return {"userAttributes": user_attributes(user) if user else {}, **hidden}


def _round(name: str, *, result: bool = False, said: object = None) -> Round:
    return {"challengeName": name, "challengeResult": result, "challengeMetadata": said}
