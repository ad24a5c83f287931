"""InitiateAuth and AdminInitiateAuth: the way into a sign-in.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from groundcloud.http import Response
from groundcloud.signin import client_secret, errors
from groundcloud.signin.admission import may_begin, unknown_user
from groundcloud.signin.custom_auth import CustomAuth
from groundcloud.signin.desk import Call, Desk, Party
from groundcloud.signin.migration import Migration
from groundcloud.signin.password_proof import PasswordProof
from groundcloud.signin.second_step import SecondStep

_REFRESH = ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN")
_DEFAULT_FLOWS = ("ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH")
"""What a client without ExplicitAuthFlows may do (API_CreateUserPoolClient.html)."""
_OLD_NAMES = {
    "ADMIN_NO_SRP_AUTH": "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "CUSTOM_AUTH_FLOW_ONLY": "ALLOW_CUSTOM_AUTH",
    "USER_PASSWORD_AUTH": "ALLOW_USER_PASSWORD_AUTH",
}
_NOT_HERE = "USER_AUTH (choice-based sign-in with EMAIL_OTP, SMS_OTP or WEB_AUTHN passkeys) is not supported"


class Authentication:
    def __init__(
        self, desk: Desk, second: SecondStep, proof: PasswordProof, custom: CustomAuth, migration: Migration
    ) -> None:
        self._desk = desk
        self._second = second
        self._proof = proof
        self._migration = migration
        by_password = self._by_password
        self._flows: dict[str, Callable[[Call, Party, dict[str, Any]], Awaitable[dict[str, Any]]]] = {
            "USER_PASSWORD_AUTH": by_password,
            "ADMIN_USER_PASSWORD_AUTH": by_password,
            "ADMIN_NO_SRP_AUTH": by_password,
            "USER_SRP_AUTH": self._by_srp,
            "CUSTOM_AUTH": custom.start,
            "REFRESH_TOKEN_AUTH": self._refresh,
            "REFRESH_TOKEN": self._refresh,
        }

    async def initiate(self, call: Call) -> Response | None:
        party = await self._desk.party(call)
        flow, parameters = call.text("AuthFlow"), call.table("AuthParameters")
        if flow == "USER_AUTH":
            raise errors.invalid_parameter(_NOT_HERE)
        run = self._flows.get(flow)
        if run is None or (flow.startswith("ADMIN_") and not call.is_admin_operation):
            raise errors.invalid_parameter(
                f"Unsupported AuthFlow: {flow}" if run is None else "Initiate Auth method not supported."
            )
        if flow not in _REFRESH:
            client_secret.check_hash(party.client, str(parameters.get("USERNAME") or ""), parameters.get("SECRET_HASH"))
        if not call.hosted:
            _require_flow(party, flow)
        return errors.answer(await run(call, party, parameters))

    async def tokens_from_refresh_token(self, call: Call) -> Response | None:
        """GetTokensFromRefreshToken (API_GetTokensFromRefreshToken.html): with rotation or without."""
        for name in ("RefreshToken", "ClientId"):
            if not call.text(name):
                raise errors.invalid_parameter(f"Missing required parameter {name}")
        party = await self._desk.party(call)
        if not self._desk.tokens.knows_refresh(call.text("RefreshToken")):
            raise errors.not_authorized("Invalid Refresh Token")
        client_secret.check_secret(party.client, call.data.get("ClientSecret"))
        result = await self._desk.tokens.refresh(
            party.pool, party.client, call.text("RefreshToken"), call.data.get("ClientMetadata")
        )
        return errors.answer({"AuthenticationResult": result})

    async def _refresh(self, call: Call, party: Party, parameters: dict[str, Any]) -> dict[str, Any]:
        token = str(parameters.get("REFRESH_TOKEN") or "")
        if not token:
            raise errors.invalid_parameter("Missing required parameter REFRESH_TOKEN")
        if party.client.rotates:
            raise errors.invalid_parameter(
                "Refresh token rotation is enabled for this client: use GetTokensFromRefreshToken"
            )
        kept = self._desk.tokens.knows_refresh(token)
        if kept is not None and party.client.secret:
            # The hash is over the user's own name, not over an alias that was signed in with.
            given = parameters.get("SECRET_HASH")
            client_secret.check_hash(party.client, kept.username, given, extra_is_fine=True)
        result = await self._desk.tokens.refresh(party.pool, party.client, token)
        return {"AuthenticationResult": result, "ChallengeParameters": {}}

    async def _by_password(self, call: Call, party: Party, parameters: dict[str, Any]) -> dict[str, Any]:
        name, password = str(parameters.get("USERNAME") or ""), str(parameters.get("PASSWORD") or "")
        for parameter, value in (("USERNAME", name), ("PASSWORD", password)):
            if not value:
                raise errors.invalid_parameter(f"Missing required parameter {parameter}")
        user = await self._desk.signing_in_user(party, name)
        if user is None:
            user = await self._migration.at_sign_in(call, party, name, password)
        await may_begin(self._desk, call, party, user, name)
        if user is None and not party.client.hides_users:
            raise unknown_user(party)
        # A name that nobody has is locked out like one that somebody has: nothing may tell the two apart.
        who = user.sub if user else f"name:{self._desk.directory.spelled(party.pool, name)}"
        self._desk.lockout.check(party.pool.id, who)
        right = await self._desk.is_password(party.pool, user, password)
        if user is None or not right:
            self._desk.lockout.failed(party.pool.id, who)
            raise errors.wrong_password()
        self._desk.lockout.succeeded(party.pool.id, user.sub)
        return await self._second.after_password(party, user)

    async def _by_srp(self, call: Call, party: Party, parameters: dict[str, Any]) -> dict[str, Any]:
        """The challenge PASSWORD_VERIFIER. Its SECRET_BLOCK is the session: AWS names no other here."""
        name, public = str(parameters.get("USERNAME") or ""), str(parameters.get("SRP_A") or "")
        for parameter, value in (("USERNAME", name), ("SRP_A", public)):
            if not value:
                raise errors.invalid_parameter(f"Missing required parameter {parameter}")
        user = await self._desk.signing_in_user(party, name)
        await may_begin(self._desk, call, party, user, name)
        if user is None and not party.client.hides_users:
            raise unknown_user(party)
        return self._proof.challenge(party, user, name, public)


def _require_flow(party: Party, flow: str) -> None:
    configured = party.client.settings.get("ExplicitAuthFlows") or _DEFAULT_FLOWS
    allowed = {_OLD_NAMES.get(name, name) for name in configured}
    if not any(name.startswith("ALLOW_") for name in configured):
        # The old names speak of the further flows only.
        allowed |= {"ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}
    wanted = {"REFRESH_TOKEN": "ALLOW_REFRESH_TOKEN_AUTH", **_OLD_NAMES}.get(flow, f"ALLOW_{flow}")
    if wanted not in allowed:
        named = flow in ("USER_PASSWORD_AUTH", "USER_SRP_AUTH", "CUSTOM_AUTH")
        raise errors.invalid_parameter(
            f"{flow} flow not enabled for this client" if named else "Auth flow not enabled for this client"
        )
