"""One user pool with one client, as far as the sign-in part asks the engine; and a world of that part around it.

world = SigninWorld(tmp_path)                                   # a SignIn on a fake engine, outbox, clock, functions
world.engine.pool["LambdaConfig"] = {"PreSignUp": FUNCTION}
world.functions.answer(lambda event: event)                     # what the pool's functions do
world.ask("SignUp", ClientId=CLIENT, Username="ann", …)         # the answer's members; refusals raise `Refused`
"""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Engine, FunctionInvoker, Invocation, InvokeResult, Mail, Outbox, Scope, Scopes
from groundcloud.signin.signin import Places, SignIn
from tests.fakes.fake_clock import FakeClock
from tests.fakes.fake_engine import FakeChanges

HOME = Scope("000000000000", "us-east-1")
ELSEWHERE = Scope("111111111111", "eu-west-1")
POOL = "eu-west-1_pool"
CLIENT = "client"
FUNCTION = "arn:aws:lambda:eu-west-1:111111111111:function:trigger"
PASSWORD = "Passw0rd!"
_ALLOWED = {"Effect": "Allow", "Principal": {"Service": "cognito-idp.amazonaws.com"}, "Action": "lambda:InvokeFunction"}


class Refused(Exception):
    """An error on the wire: `code` and `message` are AWS's."""

    def __init__(self, response: Response) -> None:
        body = json.loads(response.body)
        assert response.headers.get("x-amzn-errortype") == body["__type"]
        self.code, self.message = str(body["__type"]), str(body["message"])
        super().__init__(f"{self.code}: {self.message}")


class FakeScopes(Scopes):
    def known(self) -> list[Scope]:
        return [HOME, ELSEWHERE]


class FakeOutbox(Outbox):
    def __init__(self) -> None:
        self.mails: list[Mail] = []

    async def deliver(self, mail: Mail) -> None:
        self.mails.append(mail)


class FakeTriggers(FunctionInvoker):
    """Stands for every function of the pool: `events` is what came."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._answer: Callable[[dict[str, Any]], Any] = lambda event: event

    def answer(self, function: Callable[[dict[str, Any]], Any]) -> None:
        self._answer = function

    async def invoke(self, invocation: Invocation) -> InvokeResult:
        assert invocation.scope == ELSEWHERE
        event = json.loads(invocation.payload)
        self.events.append(json.loads(invocation.payload))
        try:
            payload = self._answer(event)
        except ValueError as error:
            return InvokeResult(json.dumps({"errorMessage": str(error)}).encode(), "id", function_error="Unhandled")
        return InvokeResult(payload if isinstance(payload, bytes) else json.dumps(payload).encode(), "id")

    def sources(self) -> list[str]:
        return [event["triggerSource"] for event in self.events]


@lru_cache(maxsize=2)
def _key(use: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class FakeCognitoEngine(Engine):
    """The pool is in ELSEWHERE, so that what is asked in the wrong account is seen."""

    def __init__(self, folder: Path) -> None:
        self.pool: dict[str, Any] = {"AutoVerifiedAttributes": ["email"]}
        self.client: dict[str, Any] = {
            "ExplicitAuthFlows": [
                "ALLOW_USER_PASSWORD_AUTH",
                "ALLOW_USER_SRP_AUTH",
                "ALLOW_CUSTOM_AUTH",
                "ALLOW_REFRESH_TOKEN_AUTH",
            ]
        }
        self.mfa: dict[str, Any] = {}
        self.users: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, dict[str, Any]] = {}
        self.policy: dict[str, Any] = {"Statement": [_ALLOWED]}
        self.calls: list[str] = []
        self.forwarded: list[str] = []
        for use in ("access", "id"):
            path = folder / "cognito-pool-keys" / f"{POOL}-{use}.pem"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(
                _key(use).private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
            )

    async def request(self, request: Request) -> Response:
        if request.raw_path.endswith("/.well-known/jwks.json"):
            return Response.json(200, json.dumps({"keys": [_jwk(use) for use in ("access", "id")]}))
        self.forwarded.append(_operation(request))
        return Response.json(200, json.dumps({"UserPoolClient": {"ClientId": CLIENT}}))

    async def request_as_admin(
        self, request: Request, service: str, scope: Scope, hear: Any = None, function: str = ""
    ) -> Response:
        assert (service, scope) == ("cognito-idp", ELSEWHERE)
        members, operation = json.loads(request.body), _operation(request)
        if operation != "SignUp":
            self.forwarded.append(operation)
            return Response.json(200, "{}")
        try:
            return Response.json(200, json.dumps(await self._sign_up(members, hear)))
        except AwsError as error:
            return Response.json(400, json.dumps({"__type": error.code, "message": error.message}))

    async def call(self, service: str, operation: str, params: dict[str, Any] | None = None, *, scope: Scope) -> Any:
        asked = params or {}
        self.calls.append(operation)
        if operation == "ListUserPools":
            return {"UserPools": [{"Id": POOL}] if scope == ELSEWHERE else []}
        assert scope == ELSEWHERE, f"{operation} in the wrong account"
        return getattr(self, f"_{operation}")(asked)

    def add(self, username: str, /, **attributes: str) -> None:
        made = {"sub": str(uuid.uuid4()), **attributes}
        self.users[username] = {"attributes": made, "status": "CONFIRMED", "enabled": True, "mfa": {}, "groups": []}

    async def _sign_up(self, members: dict[str, Any], hear: Any) -> dict[str, Any]:
        name, given = members["Username"], {one["Name"]: one["Value"] for one in members.get("UserAttributes") or []}
        if name in self.users:
            raise AwsError("UsernameExistsException", "User already exists.")
        self._check(members["Password"])
        wanted: dict[str, Any] = {}
        if (self.pool.get("LambdaConfig") or {}).get("PreSignUp"):
            wanted = (await hear({"userName": name, "request": {"userAttributes": given}}))["response"]
        verified = {"email_verified": "true"} if wanted.get("autoVerifyEmail") else {}
        self.add(name, **given, **verified)
        confirmed = bool(wanted.get("autoConfirmUser"))
        self.users[name]["status"] = "CONFIRMED" if confirmed else "UNCONFIRMED"
        return {"UserConfirmed": confirmed, "UserSub": self.users[name]["attributes"]["sub"]}

    def _check(self, password: str) -> None:
        if len(password) < 8:
            raise AwsError("InvalidPasswordException", "Password did not conform with policy: Password not long enough")

    def _found(self, asked: dict[str, Any]) -> dict[str, Any]:
        name = asked["Username"]
        if name in self.users:
            return self.users[name]
        aliases = {*self.pool.get("AliasAttributes", []), *self.pool.get("UsernameAttributes", []), "sub"}
        for user in self.users.values():
            if any(user["attributes"].get(alias) == name for alias in aliases):
                return user
        raise AwsError("UserNotFoundException", "User does not exist.")

    # the operations, by name

    def _ListUserPoolClients(self, asked: dict[str, Any]) -> Any:
        return {"UserPoolClients": [{"ClientId": CLIENT}]}

    def _DescribeUserPool(self, asked: dict[str, Any]) -> Any:
        return {"UserPool": {"Id": POOL, **self.pool}}

    def _GetUserPoolMfaConfig(self, asked: dict[str, Any]) -> Any:
        return self.mfa

    def _DescribeUserPoolClient(self, asked: dict[str, Any]) -> Any:
        return {"UserPoolClient": {"ClientId": asked["ClientId"], **self.client}}

    def _GetPolicy(self, asked: dict[str, Any]) -> Any:
        return {"Policy": json.dumps(self.policy)}

    def _AdminGetUser(self, asked: dict[str, Any]) -> Any:
        user = self._found(asked)
        username = next(name for name, one in self.users.items() if one is user)
        return {
            "Username": username,
            "UserAttributes": [{"Name": name, "Value": value} for name, value in user["attributes"].items()],
            "UserStatus": user["status"],
            "Enabled": user["enabled"],
            "UserMFASettingList": [name for name, one in user["mfa"].items() if one.get("Enabled")],
            "PreferredMfaSetting": next((name for name, one in user["mfa"].items() if one.get("PreferredMfa")), None),
        }

    def _AdminListGroupsForUser(self, asked: dict[str, Any]) -> Any:
        return {"Groups": [{"GroupName": name, **self.groups[name]} for name in self._found(asked)["groups"]]}

    def _AdminUpdateUserAttributes(self, asked: dict[str, Any]) -> Any:
        self._found(asked)["attributes"] |= {one["Name"]: one["Value"] for one in asked["UserAttributes"]}

    def _AdminSetUserPassword(self, asked: dict[str, Any]) -> Any:
        self._check(asked["Password"])
        self._found(asked)["status"] = "CONFIRMED" if asked["Permanent"] else "FORCE_CHANGE_PASSWORD"

    def _AdminConfirmSignUp(self, asked: dict[str, Any]) -> Any:
        self._found(asked)["status"] = "CONFIRMED"

    def _AdminResetUserPassword(self, asked: dict[str, Any]) -> Any:
        self._found(asked)["status"] = "RESET_REQUIRED"

    def _AdminDisableUser(self, asked: dict[str, Any]) -> Any:
        self._found(asked)["enabled"] = False

    def _AdminDeleteUser(self, asked: dict[str, Any]) -> Any:
        del self.users[asked["Username"]]

    def _AdminCreateUser(self, asked: dict[str, Any]) -> Any:
        self.add(asked["Username"], **{one["Name"]: one["Value"] for one in asked.get("UserAttributes") or []})
        self.users[asked["Username"]]["status"] = "FORCE_CHANGE_PASSWORD"
        return {"User": {"Username": asked["Username"]}}

    def _AdminSetUserMFAPreference(self, asked: dict[str, Any]) -> Any:
        names = {"SoftwareTokenMfaSettings": "SOFTWARE_TOKEN_MFA", "SMSMfaSettings": "SMS_MFA"}
        self._found(asked)["mfa"] |= {names[name]: value for name, value in asked.items() if name in names}


class SigninWorld:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.engine = FakeCognitoEngine(folder)
        self.outbox = FakeOutbox()
        self.clock = FakeClock()
        self.functions = FakeTriggers()
        self.changes = FakeChanges()
        self.signin = self._make()

    def _make(self) -> SignIn:
        places = Places(self._folder / "signin.sqlite", self._folder, lambda pool: "http://pages.localhost:4566")
        clock, scopes = self.clock, FakeScopes()
        return SignIn(self.engine, self.outbox, places, clock, scopes, self.changes, self.functions)

    def restart(self) -> None:
        self.signin.close()
        self.signin = self._make()

    def close(self) -> None:
        self.signin.close()

    def raw(self, operation: str, members: dict[str, Any] | bytes, *, is_admin: bool = False) -> Response | None:
        scope = ELSEWHERE if is_admin else HOME
        # Settings are kept as long as nothing changes; a test may have changed them.
        self.changes.bump("cognito-idp")
        request = cognito_request(operation, members)
        return asyncio.run(self.signin.handle(operation, request, scope))

    def ask(self, operation: str, **members: Any) -> dict[str, Any]:
        """Admin operations are asked by an administrator, of the pool."""
        if operation.startswith("Admin"):
            members = {"UserPoolId": POOL, **members}
        elif not {"AccessToken", "ClientId"} & set(members):
            members = {"ClientId": CLIENT, **members}
        response = self.raw(operation, members, is_admin=operation.startswith("Admin"))
        assert response is not None
        if response.status != 200:
            raise Refused(response)
        return dict(json.loads(response.body))

    def user(self, name: str = "ann", password: str = PASSWORD, /, **attributes: str) -> None:
        """A confirmed user with a password."""
        attributes = attributes or {"email": f"{name}@example.com", "email_verified": "true"}
        self.engine.add(name, **attributes)
        self.ask("AdminSetUserPassword", Username=name, Password=password, Permanent=True)

    def sign_in(self, name: str = "ann", password: str = PASSWORD, **more: Any) -> dict[str, Any]:
        parameters = {"USERNAME": name, "PASSWORD": password}
        return self.ask("InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters, **more)

    def tokens(self, name: str = "ann", password: str = PASSWORD, **more: Any) -> dict[str, Any]:
        return dict(self.sign_in(name, password, **more)["AuthenticationResult"])

    def respond(self, challenge: dict[str, Any], **responses: str) -> dict[str, Any]:
        """Answer a challenge that was the last answer."""
        given = {"USERNAME": "ann", **responses}
        session = {"Session": challenge["Session"]} if challenge.get("Session") else {}
        return self.ask(
            "RespondToAuthChallenge", ChallengeName=challenge["ChallengeName"], ChallengeResponses=given, **session
        )

    def code(self) -> str:
        """The newest code that was sent."""
        return str(self.outbox.mails[-1].code)

    def triggers(self, *names: str) -> None:
        """The pool calls its function for these."""
        self.engine.pool["LambdaConfig"] = dict.fromkeys(names, FUNCTION)


def claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def cognito_request(operation: str, members: dict[str, Any] | bytes, **headers: str) -> Request:
    """A request of the AWS JSON protocol."""
    target = ("X-Amz-Target", f"AWSCognitoIdentityProviderService.{operation}")
    body = members if isinstance(members, bytes) else json.dumps(members).encode()
    return Request("POST", "/", headers=Headers([target, *headers.items()]), body=body)


def _operation(request: Request) -> str:
    return (request.headers.get("x-amz-target") or "").rpartition(".")[2]


def _jwk(use: str) -> dict[str, str]:
    numbers = _key(use).public_key().public_numbers()
    modulus = base64.urlsafe_b64encode(numbers.n.to_bytes(256, "big")).rstrip(b"=").decode()
    return {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": f"{use}-key", "n": modulus, "e": "AQAB"}
