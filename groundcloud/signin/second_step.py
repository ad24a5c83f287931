"""What follows a right password: a new one, a second factor, tokens. RespondToAuthChallenge's challenges but CUSTOM.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html
"""

from __future__ import annotations

import json
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.signin import errors, limits
from groundcloud.signin.attribute_rules import check_written, required_missing
from groundcloud.signin.challenges import Session
from groundcloud.signin.codes import CodeKey
from groundcloud.signin.desk import Call, Desk, Party
from groundcloud.signin.directory import User
from groundcloud.signin.messages import PHONE, Delivery
from groundcloud.signin.second_factor import SMS, SOFTWARE, SecondFactor, Settings
from groundcloud.signin.tokens import NEW_PASSWORD, SIGN_IN
from groundcloud.signin.triggers import metadata, user_attributes

NEW_PASSWORD_REQUIRED = "NEW_PASSWORD_REQUIRED"
MFA_SETUP = "MFA_SETUP"
SELECT_MFA_TYPE = "SELECT_MFA_TYPE"
SMS_CODE = "sign-in"
_ATTRIBUTES = "userAttributes."

Answer = dict[str, Any]


class SecondStep:
    def __init__(self, desk: Desk, factor: SecondFactor) -> None:
        self._desk = desk
        self._factor = factor

    async def after_password(self, party: Party, user: User, client_metadata: object = None) -> Answer:
        """The next challenge, or tokens. Raises `PasswordResetRequiredException`."""
        if user.status == "RESET_REQUIRED":
            raise AwsError("PasswordResetRequiredException", "Password reset required for the user")
        if user.status != "FORCE_CHANGE_PASSWORD":
            return await self.second_factor(party, user, SIGN_IN, client_metadata)
        if self._desk.is_temporary_password_over(party.pool, user):
            raise errors.not_authorized("Temporary password has expired and must be reset by an administrator.")
        missing = [f"{_ATTRIBUTES}{name}" for name in required_missing(party.pool, user.attributes)]
        shown = {name: value for name, value in user.attributes.items() if name != "sub"}
        return self._challenge(
            party,
            user,
            NEW_PASSWORD_REQUIRED,
            {
                "USER_ID_FOR_SRP": user.username,
                "requiredAttributes": json.dumps(missing),
                "userAttributes": json.dumps(shown),
            },
        )

    async def new_password(self, call: Call, party: Party, responses: dict[str, Any]) -> Answer:
        session, user = await self._answered(call, party, responses, NEW_PASSWORD_REQUIRED)
        password = str(responses.get("NEW_PASSWORD") or "")
        if not password:
            raise errors.invalid_parameter("Missing required parameter NEW_PASSWORD")
        given = {
            name.removeprefix(_ATTRIBUTES): str(value)
            for name, value in responses.items()
            if name.startswith(_ATTRIBUTES)
        }
        check_written(party.pool, party.client, given)
        missing = required_missing(party.pool, {**user.attributes, **given})
        if missing:
            raise errors.invalid_parameter(f"Invalid attributes given, {missing[0]} is missing")
        await self._desk.directory.set_password(party.pool, user, password, permanent=True)
        self._desk.sessions.close(session)
        if given:
            await self._desk.directory.set_attributes(party.pool, user, given)
        user = await self._desk.known_user(party.pool, user.username)
        return await self.second_factor(party, user, NEW_PASSWORD, call.data.get("ClientMetadata"))

    async def second_factor(self, party: Party, user: User, source: str, client_metadata: object = None) -> Answer:
        """The second factor that pool and user ask for, or tokens. `source` is the token event's."""
        settings = self._factor.settings(party.pool)
        choices = self._factor.of_user(settings, user)
        if not choices:
            if settings.is_required:
                return self._set_up(party, user, settings, source)
            return await self.tokens(party, user, source, client_metadata)
        if len(choices) > 1 and user.preferred_mfa not in choices:
            choosable = json.dumps(list(choices))
            shown = {"MFAS_CAN_CHOOSE": choosable, "USER_ID_FOR_SRP": user.username}
            return self._challenge(party, user, SELECT_MFA_TYPE, shown, source=source)
        chosen = user.preferred_mfa if user.preferred_mfa in choices else choices[0]
        return await self._factor_challenge(party, user, chosen, source)

    async def select(self, call: Call, party: Party, responses: dict[str, Any]) -> Answer:
        session, user = await self._answered(call, party, responses, SELECT_MFA_TYPE)
        chosen = str(responses.get("ANSWER") or "")
        if chosen not in self._factor.of_user(self._factor.settings(party.pool), user):
            raise errors.invalid_parameter(f"Invalid MFA type selected: {chosen}")
        source = session.facts["source"]
        self._desk.sessions.close(session)
        return await self._factor_challenge(party, user, chosen, source)

    async def software_token(self, call: Call, party: Party, responses: dict[str, Any]) -> Answer:
        session, user = await self._answered(call, party, responses, SOFTWARE)
        self._factor.check_code(party.pool, user, str(responses.get("SOFTWARE_TOKEN_MFA_CODE") or ""))
        return await self._passed(call, party, user, session)

    async def sms(self, call: Call, party: Party, responses: dict[str, Any]) -> Answer:
        session, user = await self._answered(call, party, responses, SMS)
        key = CodeKey(party.pool.id, user.sub, SMS_CODE)
        self._desk.codes.check(key, str(responses.get("SMS_MFA_CODE") or ""))
        self._desk.codes.consume(key)
        return await self._passed(call, party, user, session)

    async def set_up_done(self, call: Call, party: Party, responses: dict[str, Any]) -> Answer:
        """MFA_SETUP: the session is the one that VerifySoftwareToken gave, for an authenticator that was proven."""
        session, user = await self._answered(call, party, responses, MFA_SETUP)
        if not session.facts.get("verified"):
            raise errors.not_authorized("Invalid session for the user.")
        return await self._passed(call, party, user, session)

    async def tokens(self, party: Party, user: User, source: str, client_metadata: object = None) -> Answer:
        """The end of a sign-in: the post authentication function is told, then there are tokens.

        https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-authentication.html
        """
        request = {"userAttributes": user_attributes(user), "newDeviceUsed": False, **metadata(client_metadata)}
        event = "PostAuthentication_Authentication"
        await self._desk.triggers.call(party.pool, "PostAuthentication", event, user.username, party.client.id, request)
        if party.hosted:
            return {"AuthenticationResult": {}, "ChallengeParameters": {"USERNAME": user.username}}
        result = await self._desk.tokens.issue(party.pool, party.client, user, source, client_metadata)
        return {"AuthenticationResult": result, "ChallengeParameters": {}}

    async def _passed(self, call: Call, party: Party, user: User, session: Session) -> Answer:
        source = session.facts.get("source", SIGN_IN)
        self._desk.sessions.close(session)
        return await self.tokens(party, user, source, call.data.get("ClientMetadata"))

    async def _factor_challenge(self, party: Party, user: User, factor: str, source: str) -> Answer:
        if factor == SOFTWARE:
            device = self._desk.credentials.authenticator(party.pool.id, user.sub).device
            shown = {"USER_ID_FOR_SRP": user.username, "FRIENDLY_DEVICE_NAME": device}
            return self._challenge(party, user, SOFTWARE, shown, source=source)
        delivery = Delivery(PHONE, user.attributes[PHONE])
        seconds = max(limits.MFA_CODE_SECONDS, party.client.session_seconds)
        details = await self._desk.send_code(
            party.pool, user, SMS_CODE, delivery, seconds, "CustomMessage_Authentication", client_id=party.client.id
        )
        shown = {
            "USER_ID_FOR_SRP": user.username,
            "CODE_DELIVERY_DELIVERY_MEDIUM": str(details["DeliveryMedium"]),
            "CODE_DELIVERY_DESTINATION": str(details["Destination"]),
        }
        return self._challenge(party, user, SMS, shown, source=source)

    def _set_up(self, party: Party, user: User, settings: Settings, source: str) -> Answer:
        if SOFTWARE not in settings.enabled:
            raise errors.invalid_parameter("User does not have a phone number to send an MFA code to")
        shown = {"USER_ID_FOR_SRP": user.username, "MFAS_CAN_SETUP": json.dumps([SOFTWARE])}
        return self._challenge(party, user, MFA_SETUP, shown, source=source)

    def _challenge(self, party: Party, user: User, challenge: str, parameters: dict[str, str], **facts: Any) -> Answer:
        handle = self._desk.sessions.open(
            party.pool.id, party.client.id, user.username, challenge, party.client.session_seconds, **facts
        )
        return {"ChallengeName": challenge, "Session": handle, "ChallengeParameters": parameters}

    async def _answered(
        self, call: Call, party: Party, responses: dict[str, Any], challenge: str
    ) -> tuple[Session, User]:
        """The session that an answer belongs to, and its user, whom the answer has to name."""
        session = self._desk.sessions.find(call.text("Session"), party.client.id, challenge)
        named = await self._desk.directory.user(party.pool, str(responses.get("USERNAME") or ""))
        if named is None or named.username != session.username:
            raise errors.not_authorized("Invalid session for the user.")
        if not named.enabled:
            raise errors.not_authorized("User is disabled.")
        return session, named
