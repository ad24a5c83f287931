"""The counter all flows use: one call, the way to the engine, and sending of codes."""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Engine, Mail, Outbox, Scope
from groundcloud.signin import errors
from groundcloud.signin.codes import RESET, CodeKey, CodeStore, Issued
from groundcloud.signin.directory import Directory, Pool, User
from groundcloud.signin.messages import EMAIL, PHONE, Delivery, Message, code_message

ENGINES_SIGN_UP_CODE = "123456"
ENGINES_RESET_CODE = "654321"
"""What the engine takes for a right code. Nobody else can use them: every confirmation passes our own check first."""

NEVER_RIGHT = "------"
"""A code the engine refuses for sure, so that it can answer the errors that come before a wrong code."""


class SigninEngine(Engine, Protocol):
    """The engine, with the one thing more that public operations need: they carry no credentials of an account."""

    async def request_as_admin(self, request: Request, service: str, scope: Scope) -> Response: ...


@dataclass(frozen=True)
class Call:
    """One request to Cognito. `scope` is whose credentials signed it, the default scope if none did."""

    operation: str
    request: Request
    data: dict[str, Any]
    scope: Scope

    def text(self, name: str) -> str:
        """A string member, empty when absent or no string."""
        value = self.data.get(name)
        return value if isinstance(value, str) else ""

    @property
    def signed(self) -> bool:
        return "authorization" in self.request.headers


Operation = Callable[[Call], Awaitable[Response | None]]
"""One operation of Cognito: the answer, or None to leave it to the engine as it is."""


class Desk:
    """What the flows share. Holds no state of its own."""

    def __init__(
        self, engine: SigninEngine, directory: Directory, codes: CodeStore, outbox: Outbox, clock: Clock
    ) -> None:
        self.engine = engine
        self.directory = directory
        self.codes = codes
        self._outbox = outbox
        self._clock = clock

    async def pool_of_client(self, call: Call) -> Pool | None:
        place = await self.directory.place_of_client(call.text("ClientId"))
        return await self.directory.pool(place) if place else None

    async def forward(self, call: Call, pool: Pool, **changed: Any) -> Response:
        """The engine's answer to a public operation, asked in the pool's own account, with members replaced."""
        return await self.send_on(call, pool.scope, {**call.data, **changed})

    async def without_the_code(self, call: Call) -> Response:
        """The engine's answer about a client that we do not know. It shall not get to hear a code that it might take
        for right, in case it knows that client after all."""
        headers = call.request.headers.copy()
        headers.remove("authorization")
        body = json.dumps({**call.data, "ConfirmationCode": NEVER_RIGHT}).encode()
        headers.set("Content-Length", str(len(body)))
        return await self.engine.request(Request("POST", call.request.raw_path, "", headers, body))

    async def send_on(self, call: Call, scope: Scope, data: dict[str, Any]) -> Response:
        headers = Headers([item for item in call.request.headers.items if item[0].lower() != "authorization"])
        request = Request("POST", call.request.raw_path, "", headers, json.dumps(data).encode())
        return await self.engine.request_as_admin(request, "cognito-idp", scope)

    async def send_code(
        self, pool: Pool, user: User, purpose: str, delivery: Delivery, lifetime: float, pending: str | None = None
    ) -> dict[str, object]:
        """Make a code, replacing the one before, send it, and return AWS's `CodeDeliveryDetails`."""
        key = CodeKey(pool.id, user.sub, purpose)
        code = self.codes.issue(key, delivery.attribute, lifetime, pending)
        message = code_message(pool.settings, delivery, shown_name(pool, user), code, reset=purpose == RESET)
        await self.send(message, delivery, code)
        return delivery.details()

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

    async def confirm(self, call: Call, pool: Pool, key: CodeKey, engines_code: str) -> tuple[Response, Issued | None]:
        """Put the caller's code to the test, then let the engine do the work.

        The answer is the engine's, with what the code stood for once it was spent. Raises the refusal of a wrong
        code, unless the engine has an error to tell that comes first on AWS (a secret hash, a state of the user).
        """
        try:
            issued = self.codes.check(key, call.text("ConfirmationCode"))
        except AwsError as refusal:
            response = await self.forward(call, pool, ConfirmationCode=NEVER_RIGHT)
            if response.status == 200 or _is_about_the_code(response):
                raise refusal
            return response, None
        response = await self.forward(call, pool, ConfirmationCode=engines_code)
        if response.status != 200:
            return response, None
        self.codes.consume(key)
        return response, issued


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


def _is_about_the_code(response: Response) -> bool:
    code = str(json.loads(response.body).get("__type", ""))
    return code in ("CodeMismatchException", "ExpiredCodeException")
