"""The counter all flows use: one call, who calls, the way to the engine, and sending of codes."""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Engine, Mail, Outbox, Scope
from groundcloud.signin import errors, limits
from groundcloud.signin.challenges import Sessions
from groundcloud.signin.codes import CodeKey, CodeStore
from groundcloud.signin.credentials import NOBODYS, Credentials
from groundcloud.signin.directory import Client, Directory, Pool, User
from groundcloud.signin.lockout import Lockout
from groundcloud.signin.messages import EMAIL, PHONE, Delivery, Message, code_message, customized, is_by_link
from groundcloud.signin.tokens import Tokens
from groundcloud.signin.triggers import NO_CLIENT, Triggers, user_attributes

Hearer = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
"""Called with the event of a function that the engine would run; returns what that function is to have answered."""


class SigninEngine(Engine, Protocol):
    """The engine, with what public operations need more: they carry no credentials of an account."""

    async def request_as_admin(
        self, request: Request, service: str, scope: Scope, hear: Hearer | None = None, function: str = ""
    ) -> Response: ...


@dataclass(frozen=True)
class Call:
    """One request to Cognito. `scope` is whose credentials signed it, the default scope if none did; `hosted` that it
    comes from our own sign-in pages. Of what is not
    open to everybody, the edge has decided that the caller may do it."""

    operation: str
    request: Request
    data: dict[str, Any]
    scope: Scope
    hosted: bool = False

    def text(self, name: str) -> str:
        """A string member, empty when absent or no string."""
        value = self.data.get(name)
        return value if isinstance(value, str) else ""

    def table(self, name: str) -> dict[str, Any]:
        """A member that is a map, empty when absent or something else."""
        value = self.data.get(name)
        return value if isinstance(value, dict) else {}

    @property
    def is_admin_operation(self) -> bool:
        return self.operation.startswith("Admin")


Operation = Callable[[Call], Awaitable[Response | None]]
"""One operation of Cognito: the answer, or None to leave it to the engine as it is."""


@dataclass(frozen=True)
class Party:
    """Where a user signs in: a pool, through one of its app clients; `hosted`, by the hosted pages."""

    pool: Pool
    client: Client
    hosted: bool = False


@dataclass(frozen=True)
class Stores:
    """What the part keeps: codes, passwords and factors, open challenges, failures."""

    codes: CodeStore
    credentials: Credentials
    sessions: Sessions
    lockout: Lockout


class Desk:
    """What the flows share. Holds no state of its own."""

    def __init__(
        self,
        engine: SigninEngine,
        directory: Directory,
        stores: Stores,
        tokens: Tokens,
        triggers: Triggers,
        outbox: Outbox,
        clock: Clock,
        link_base: Callable[[Pool], str],
    ) -> None:
        self.engine = engine
        self.directory = directory
        self.codes = stores.codes
        self.credentials = stores.credentials
        self.sessions = stores.sessions
        self.lockout = stores.lockout
        self.tokens = tokens
        self.triggers = triggers
        self._outbox = outbox
        self._clock = clock
        self._link_base = link_base

    def now(self) -> float:
        return self._clock.now()

    async def party(self, call: Call) -> Party:
        """Pool and client of a call. Raises `ResourceNotFoundException`, `InvalidParameterException`."""
        client_id = call.text("ClientId")
        if not client_id:
            raise errors.missing("clientId")
        if call.is_admin_operation:
            pool = await self.directory.pool((call.scope, call.text("UserPoolId")))
        else:
            place = await self.directory.place_of_client(client_id)
            if place is None:
                raise AwsError("ResourceNotFoundException", f"User pool client {client_id} does not exist.")
            pool = await self.directory.pool(place)
        return Party(pool, await self.directory.client(pool, client_id), call.hosted)

    async def admin_user(self, call: Call) -> tuple[Pool, User]:
        """Pool and user of an admin call. Raises `ResourceNotFoundException`, `UserNotFoundException`."""
        pool = await self.directory.pool((call.scope, call.text("UserPoolId")))
        user = await self.directory.user(pool, call.text("Username"))
        if user is None:
            raise errors.user_not_found()
        return pool, user

    async def known_user(self, pool: Pool, username: str) -> User:
        """A user who was there a moment ago. Raises `UserNotFoundException` when not any more."""
        user = await self.directory.user(pool, username)
        if user is None:
            raise errors.user_not_found()
        return user

    async def signing_in_user(self, party: Party, name: str) -> User | None:
        """Who signs in by this name: user names and aliases do, a `sub` that is no user name does not."""
        user = await self.directory.user(party.pool, name)
        if user is None or (user.username != name and user.sub == name):
            return None
        return user

    async def is_password(self, pool: Pool, user: User | None, password: str) -> bool:
        """As slow for nobody as for a user: how long it takes must not tell who exists."""
        kept = self.credentials.password(pool.id, user.sub) if user else None
        return (kept or NOBODYS).is_(password)

    def is_temporary_password_over(self, pool: Pool, user: User) -> bool:
        """Whether an invited user waited too long (PasswordPolicy's TemporaryPasswordValidityDays)."""
        policy = (pool.settings.get("Policies") or {}).get("PasswordPolicy") or {}
        days = int(policy.get("TemporaryPasswordValidityDays") or limits.TEMPORARY_PASSWORD_DAYS)
        kept = self.credentials.password(pool.id, user.sub)
        return kept is not None and kept.since + days * 86400.0 <= self._clock.now()

    async def send_on(
        self, call: Call, scope: Scope, data: dict[str, Any], hear: Hearer | None = None, function: str = ""
    ) -> Response:
        """The engine's answer to a public operation, asked in the pool's own account. `hear` answers for the `function`
        (an ARN) that the engine would call."""
        headers = Headers([item for item in call.request.headers.items if item[0].lower() != "authorization"])
        request = Request("POST", call.request.raw_path, "", headers, json.dumps(data).encode())
        return await self.engine.request_as_admin(request, "cognito-idp", scope, hear, function)

    async def send_code(
        self,
        pool: Pool,
        user: User,
        purpose: str,
        delivery: Delivery,
        lifetime: float,
        source: str,
        *,
        client_id: str = NO_CLIENT,
        client_metadata: object = None,
        pending: str | None = None,
    ) -> dict[str, object]:
        """Make a code, replacing the one before, send it, and return AWS's `CodeDeliveryDetails`. `source` is the
        custom message event's; the pool's function may replace the message, and its refusal is raised."""
        custom = await self.custom_message(pool, user, source, client_id, client_metadata)
        key = CodeKey(pool.id, user.sub, purpose)
        code = self.codes.issue(key, delivery.attribute, lifetime, pending)
        shown, link = shown_name(pool, user), ""
        base = self._link_base(pool) if is_by_link(pool.settings, delivery, source) else ""
        if base:
            given = {"client_id": client_id, "user_name": user.username, "confirmation_code": code}
            link = f"{base}/confirmUser?{urlencode(given)}"
        message = customized(pool.settings, delivery, custom, shown, code, link) or code_message(
            pool.settings, delivery, shown, code, reset=source == "CustomMessage_ForgotPassword", link=link
        )
        await self.send(message, delivery, code)
        return delivery.details()

    async def custom_message(
        self, pool: Pool, user: User, source: str, client_id: str, client_metadata: object, *, invites: bool = False
    ) -> dict[str, Any]:
        """What the pool's custom message function wants sent; empty without one.

        https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-message.html
        """
        request = {
            "userAttributes": user_attributes(user),
            "codeParameter": "{####}",
            "linkParameter": "{##Click Here##}",
            "usernameParameter": "{username}" if invites else None,
            "clientMetadata": client_metadata or {},
        }
        blank = {"smsMessage": None, "emailMessage": None, "emailSubject": None}
        return await self.triggers.call(pool, "CustomMessage", source, user.username, client_id, request, blank)

    async def send(self, message: Message, delivery: Delivery, code: str | None) -> None:
        """Drop one message into the outbox."""
        mail = Mail(
            id=uuid.uuid4().hex,
            kind=message.kind,
            sender=message.sender,
            recipient=delivery.address,
            subject=message.subject,
            text=message.text,
            html=message.html,
            created=self._clock.now(),
            source="cognito",
            code=code,
        )
        await self._outbox.deliver(mail)


def shown_name(pool: Pool, user: User) -> str:
    """The name a message calls the user by: what they sign in with, not the id Cognito made up."""
    for attribute in (EMAIL, PHONE):
        if attribute in pool.names("UsernameAttributes") and user.attributes.get(attribute):
            return user.attributes[attribute]
    return user.username


def simulated_delivery(username: str) -> Response:
    """The answer for a user that does not exist, of a client that must not tell: like that of one who does.

    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html
    """
    if username.startswith("+"):
        return errors.answer({"CodeDeliveryDetails": Delivery(PHONE, username).details()})
    address = username if "@" in username else f"{username}@{chr(97 + sum(username.encode()) % 26)}"
    return errors.answer({"CodeDeliveryDetails": Delivery(EMAIL, address).details()})
