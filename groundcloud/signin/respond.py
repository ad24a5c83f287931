"""RespondToAuthChallenge and AdminRespondToAuthChallenge: who answers which challenge.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from groundcloud.http import Response
from groundcloud.signin import client_secret, errors
from groundcloud.signin.custom_auth import CUSTOM_CHALLENGE, CustomAuth
from groundcloud.signin.desk import Call, Desk, Party
from groundcloud.signin.password_proof import PASSWORD_VERIFIER, PasswordProof
from groundcloud.signin.second_factor import SMS, SOFTWARE
from groundcloud.signin.second_step import MFA_SETUP, NEW_PASSWORD_REQUIRED, SELECT_MFA_TYPE, SecondStep

_NOT_HERE = {
    "DEVICE_SRP_AUTH": "device tracking",
    "DEVICE_PASSWORD_VERIFIER": "device tracking",
    "EMAIL_OTP": "one-time passwords by e-mail (EMAIL_OTP)",
    "SMS_OTP": "one-time passwords by text message (SMS_OTP)",
    "WEB_AUTHN": "passkeys (WEB_AUTHN)",
    "SELECT_CHALLENGE": "choice-based sign-in (USER_AUTH)",
    "PASSWORD": "choice-based sign-in (USER_AUTH)",
    "PASSWORD_SRP": "choice-based sign-in (USER_AUTH)",
}


class Responses:
    def __init__(self, desk: Desk, proof: PasswordProof, second: SecondStep, custom: CustomAuth) -> None:
        self._desk = desk
        self._proof = proof
        self._second = second
        self._custom = custom
        self._challenges: dict[str, Callable[[Call, Party, dict[str, Any]], Awaitable[dict[str, Any]]]] = {
            PASSWORD_VERIFIER: self._password_verifier,
            NEW_PASSWORD_REQUIRED: second.new_password,
            SOFTWARE: second.software_token,
            SMS: second.sms,
            SELECT_MFA_TYPE: second.select,
            MFA_SETUP: second.set_up_done,
            CUSTOM_CHALLENGE: custom.answer,
        }

    async def respond(self, call: Call) -> Response | None:
        party = await self._desk.party(call)
        challenge, responses = call.text("ChallengeName"), call.table("ChallengeResponses")
        if challenge in _NOT_HERE:
            raise errors.invalid_parameter(f"{challenge}: {_NOT_HERE[challenge]} is not supported")
        run = self._challenges.get(challenge)
        if run is None:
            raise errors.invalid_parameter(f"Unsupported challenge: {challenge}")
        if not responses.get("USERNAME"):
            raise errors.invalid_parameter("Missing required parameter USERNAME")
        client_secret.check_hash(
            party.client, str(responses["USERNAME"]), responses.get("SECRET_HASH"), extra_is_fine=True
        )
        return errors.answer(await run(call, party, responses))

    async def _password_verifier(self, call: Call, party: Party, responses: dict[str, Any]) -> dict[str, Any]:
        session, user = await self._proof.checked(party, responses)
        client_metadata = call.data.get("ClientMetadata")
        if "rounds" in session.facts:
            return await self._custom.after_proof(party, user, session, client_metadata)
        return await self._second.after_password(party, user, client_metadata)
