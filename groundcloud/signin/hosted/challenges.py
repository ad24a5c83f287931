"""/mfa and /changePassword: what Cognito asks for after the password.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html
https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-totp.html
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

from groundcloud.errors import AwsError
from groundcloud.http import Response
from groundcloud.signin.hosted import limits, words
from groundcloud.signin.hosted.api import PublicApi
from groundcloud.signin.hosted.flows import Flow, Flows
from groundcloud.signin.hosted.sign_in import SignInPages
from groundcloud.signin.hosted.visit import FLOW_COOKIE, Views, Visit, redirect

NEW_PASSWORD, SET_UP, SELECT = "NEW_PASSWORD_REQUIRED", "MFA_SETUP", "SELECT_MFA_TYPE"
_ATTRIBUTE = "userAttributes."
_CODE_OF = {"SOFTWARE_TOKEN_MFA": "SOFTWARE_TOKEN_MFA_CODE", "SMS_MFA": "SMS_MFA_CODE", "EMAIL_OTP": "EMAIL_OTP_CODE"}
_FACTORS = {"SOFTWARE_TOKEN_MFA": "Authenticator app", "SMS_MFA": "Text message", "EMAIL_OTP": "Email message"}
_DEVICE = "Hosted pages"


class ChallengePages:
    def __init__(self, api: PublicApi, flows: Flows, sign_in: SignInPages, views: Views) -> None:
        self._api = api
        self._flows = flows
        self._sign_in = sign_in
        self._views = views

    async def show_mfa(self, visit: Visit) -> Response:
        flow = self._flow(visit, SET_UP, SELECT, *_CODE_OF)
        if flow is None:
            return redirect(visit, visit.link("/login"))
        if flow.challenge == SET_UP and not flow.secret:
            try:
                given = await self._api.call(visit.client, "AssociateSoftwareToken", Session=flow.session)
            except AwsError as error:
                return self._failed(visit, flow, error)
            flow.secret, flow.session = str(given["SecretCode"]), str(given.get("Session") or flow.session)
        return self._mfa_page(visit, flow)

    async def submit_mfa(self, visit: Visit) -> Response:
        flow = self._flow(visit, SET_UP, SELECT, *_CODE_OF)
        if flow is None:
            return redirect(visit, visit.link("/login"))
        try:
            answer = await self._answered(visit, flow)
        except AwsError as error:
            return self._failed(visit, flow, error)
        return await self._sign_in.went_on(visit, flow.username, answer)

    async def _answered(self, visit: Visit, flow: Flow) -> dict[str, Any]:
        if flow.challenge == SELECT:
            return await self._respond(visit, flow, {"ANSWER": visit.field("answer")})
        code = visit.field("code")
        if flow.challenge != SET_UP:
            return await self._respond(visit, flow, {_CODE_OF[flow.challenge]: code})
        given = {"Session": flow.session, "UserCode": code, "FriendlyDeviceName": _DEVICE}
        verified = await self._api.call(visit.client, "VerifySoftwareToken", **given)
        flow.session = str(verified.get("Session") or flow.session)
        return await self._respond(visit, flow, {})

    async def show_new_password(self, visit: Visit) -> Response:
        flow = self._flow(visit, NEW_PASSWORD)
        return self._password_page(visit, flow) if flow else redirect(visit, visit.link("/login"))

    async def submit_new_password(self, visit: Visit) -> Response:
        flow = self._flow(visit, NEW_PASSWORD)
        if flow is None:
            return redirect(visit, visit.link("/login"))
        password = visit.secret("password")
        if password != visit.secret("confirm_password"):
            return self._password_page(visit, flow, "The passwords do not match.", 400)
        attributes = {f"{_ATTRIBUTE}{one.attribute}": visit.field(one.name) for one in _missing(flow)}
        try:
            answer = await self._respond(visit, flow, {"NEW_PASSWORD": password, **attributes})
        except AwsError as error:
            if error.code == "NotAuthorizedException":
                return self._failed(visit, flow, error)
            return self._password_page(visit, flow, error.message, error.status)
        return await self._sign_in.went_on(visit, flow.username, answer)

    async def _respond(self, visit: Visit, flow: Flow, given: dict[str, str]) -> dict[str, Any]:
        return await self._api.call(
            visit.client,
            "RespondToAuthChallenge",
            ChallengeName=flow.challenge,
            Session=flow.session,
            ChallengeResponses={"USERNAME": flow.username, **given},
        )

    def _failed(self, visit: Visit, flow: Flow, error: AwsError) -> Response:
        """The page again, as long as there is a chance left; else back to the password."""
        flow.attempts += 1
        if error.code == "NotAuthorizedException" or flow.attempts >= limits.MAX_FLOW_ATTEMPTS:
            self._flows.end(visit.cookies.get(FLOW_COOKIE, ""))
            told = Flow(flow.pool, flow.client, flow.username, notice=error.message)
            return self._sign_in.begin(visit, told, "/login")
        return self._mfa_page(visit, flow, error.message, error.status)

    def _flow(self, visit: Visit, *challenges: str) -> Flow | None:
        flow = self._flows.find(visit.cookies.get(FLOW_COOKIE, ""), visit.pool.id, visit.client.id)
        return flow if flow is not None and flow.challenge in challenges else None

    def _mfa_page(self, visit: Visit, flow: Flow, error: str = "", status: int = 200) -> Response:
        if flow.challenge == SELECT:
            names = json.loads(flow.parameters.get("MFAS_CAN_CHOOSE") or "[]")
            choices = [(name, _FACTORS.get(name, name)) for name in names]
            return self._views.page(visit, "mfa_select.html", status, choices=choices, error=error)
        if flow.challenge == SET_UP:
            shown = {"secret": flow.secret, "uri": _authenticator_uri(visit, flow)}
            return self._views.page(visit, "mfa_setup.html", status, error=error, **shown)
        return self._views.page(
            visit,
            "mfa.html",
            status,
            is_app=flow.challenge == "SOFTWARE_TOKEN_MFA",
            destination=flow.parameters.get("CODE_DELIVERY_DESTINATION", ""),
            error=error,
        )

    def _password_page(self, visit: Visit, flow: Flow, error: str = "", status: int = 200) -> Response:
        return self._views.page(
            visit,
            "new_password.html",
            status,
            username=flow.username,
            inputs=[(one, visit.field(one.name)) for one in _missing(flow)],
            rules=words.password_rules(visit.pool),
            error=error,
        )


def _missing(flow: Flow) -> list[words.Input]:
    """The required attributes that the user has to give with the new password."""
    names = json.loads(flow.parameters.get("requiredAttributes") or "[]")
    return [words.input_of(str(name).removeprefix(_ATTRIBUTE)) for name in names]


def _authenticator_uri(visit: Visit, flow: Flow) -> str:
    """What an authenticator app opens (the key URI format that they agree on)."""
    issuer = visit.client.name or visit.pool.settings.get("Name") or "Cognito"
    return f"otpauth://totp/{quote(f'{issuer}:{flow.username}')}?{urlencode({'secret': flow.secret, 'issuer': issuer})}"
