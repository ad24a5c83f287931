"""Second factors: authenticator apps and text messages; who has which.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html and
https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-totp.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.http import Response
from groundcloud.signin import errors, totp
from groundcloud.signin.desk import Call, Desk
from groundcloud.signin.directory import Pool, User
from groundcloud.signin.messages import PHONE

SOFTWARE = "SOFTWARE_TOKEN_MFA"
SMS = "SMS_MFA"
_SET_UP = "MFA_SETUP"
_NOT_HERE = ("EmailMfaSettings", "WebAuthnMfaSettings")


@dataclass(frozen=True)
class Settings:
    """What the pool allows (`enabled`), and whether every user needs one."""

    is_on: bool
    is_required: bool
    enabled: tuple[str, ...]


class SecondFactor:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def settings(self, pool: Pool) -> Settings:
        mode = pool.mfa.get("MfaConfiguration") or pool.settings.get("MfaConfiguration") or "OFF"
        enabled = []
        if (pool.mfa.get("SmsMfaConfiguration") or {}).get("SmsConfiguration") or pool.settings.get("SmsConfiguration"):
            enabled.append(SMS)
        if (pool.mfa.get("SoftwareTokenMfaConfiguration") or {}).get("Enabled"):
            enabled.append(SOFTWARE)
        return Settings(mode != "OFF", mode == "ON", tuple(enabled))

    def of_user(self, settings: Settings, user: User) -> tuple[str, ...]:
        """The factors this user can be asked for. Where everybody needs one, a phone number alone makes one."""
        if not settings.is_on:
            return ()
        chosen = tuple(name for name in (SMS, SOFTWARE) if name in user.mfa and name in settings.enabled)
        if not chosen and settings.is_required and SMS in settings.enabled and user.attributes.get(PHONE):
            return (SMS,)
        return tuple(name for name in chosen if name == SOFTWARE or user.attributes.get(PHONE))

    def check_code(self, pool: Pool, user: User, code: str) -> None:
        """Raises `CodeMismatchException`, and `ExpiredCodeException` for a code that was used before."""
        kept = self._desk.credentials.authenticator(pool.id, user.sub)
        self._desk.lockout.check(pool.id, f"totp:{user.sub}")
        step = totp.matching_step(kept.secret, code, self._desk.now()) if kept.secret else None
        if step is None:
            self._desk.lockout.failed(pool.id, f"totp:{user.sub}")
            raise AwsError("CodeMismatchException", "Invalid code received for user")
        if step <= kept.used_step:
            raise AwsError("ExpiredCodeException", "Your software token has already been used once.")
        self._desk.lockout.succeeded(pool.id, f"totp:{user.sub}")
        self._desk.credentials.set_authenticator(pool.id, user.sub, replace(kept, used_step=step))

    # the operations

    async def associate(self, call: Call) -> Response | None:
        """AssociateSoftwareToken: a secret that waits for its first code (API_AssociateSoftwareToken.html)."""
        pool, user, handle = await self._whose(call)
        kept = self._desk.credentials.authenticator(pool.id, user.sub)
        secret = totp.new_secret()
        self._desk.credentials.set_authenticator(pool.id, user.sub, replace(kept, pending=secret))
        return errors.answer({"SecretCode": secret, **({"Session": handle} if handle else {})})

    async def verify(self, call: Call) -> Response | None:
        """VerifySoftwareToken: the first code shows that the app has the secret (API_VerifySoftwareToken.html)."""
        pool, user, handle = await self._whose(call)
        kept = self._desk.credentials.authenticator(pool.id, user.sub)
        if not kept.pending:
            raise errors.not_authorized("User has not associated a software token")
        step = totp.matching_step(kept.pending, call.text("UserCode"), self._desk.now())
        if step is None:
            raise AwsError("EnableSoftwareTokenMFAException", "Code mismatch")
        proven = replace(kept, secret=kept.pending, pending="", device=call.text("FriendlyDeviceName"), used_step=step)
        self._desk.credentials.set_authenticator(pool.id, user.sub, proven)
        if not handle:
            return errors.answer({"Status": "SUCCESS"})
        await self._prefer(pool, user, {"SoftwareTokenMfaSettings": {"Enabled": True, "PreferredMfa": True}})
        session = self._desk.sessions.find(handle, self._desk.sessions.client_of(handle), _SET_UP)
        facts = {**session.facts, "verified": True}
        self._desk.sessions.close(session)
        seconds = session.ends - self._desk.now()
        fresh = self._desk.sessions.open(pool.id, session.client, user.username, _SET_UP, seconds, **facts)
        return errors.answer({"Status": "SUCCESS", "Session": fresh})

    async def set_preference(self, call: Call) -> Response | None:
        """SetUserMFAPreference (API_SetUserMFAPreference.html)."""
        signed_in = await self._desk.tokens.signed_in(call.text("AccessToken"))
        await self._prefer(signed_in.pool, signed_in.user, call.data)
        return errors.answer({})

    async def admin_set_preference(self, call: Call) -> Response | None:
        """AdminSetUserMFAPreference (API_AdminSetUserMFAPreference.html)."""
        pool, user = await self._desk.admin_user(call)
        await self._prefer(pool, user, call.data)
        return errors.answer({})

    async def _prefer(self, pool: Pool, user: User, wanted: dict[str, Any]) -> None:
        for name in _NOT_HERE:
            if (wanted.get(name) or {}).get("Enabled"):
                raise errors.invalid_parameter(f"{name} (EMAIL_OTP and WEB_AUTHN second factors) is not supported")
        software, sms = (wanted.get(name) or {} for name in ("SoftwareTokenMfaSettings", "SMSMfaSettings"))
        if software.get("Enabled") and not self._desk.credentials.authenticator(pool.id, user.sub).secret:
            raise errors.invalid_parameter("User has not verified software token mfa")
        if sms.get("Enabled") and not user.attributes.get(PHONE):
            raise errors.invalid_parameter("User does not have a phone number")
        if software.get("PreferredMfa") and sms.get("PreferredMfa"):
            raise errors.invalid_parameter("Only one MFA type can be preferred")
        settings = {
            name: wanted[name]
            for name in ("SoftwareTokenMfaSettings", "SMSMfaSettings")
            if wanted.get(name) is not None
        }
        await self._desk.directory.act("AdminSetUserMFAPreference", pool, user.username, **settings)

    async def _whose(self, call: Call) -> tuple[Pool, User, str]:
        """Pool and user that an access token or the session of MFA_SETUP stands for, and that session's handle."""
        if call.text("AccessToken"):
            signed_in = await self._desk.tokens.signed_in(call.text("AccessToken"))
            return signed_in.pool, signed_in.user, ""
        handle = call.text("Session")
        session = self._desk.sessions.find(handle, self._desk.sessions.client_of(handle), _SET_UP)
        place = await self._desk.directory.place_of_pool(session.pool)
        if place is None:
            raise errors.not_authorized("Invalid session for the user.")
        pool = await self._desk.directory.pool(place)
        return pool, await self._desk.known_user(pool, session.username), handle
