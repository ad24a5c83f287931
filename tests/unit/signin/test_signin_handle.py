from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from groundcloud.http import Response
from groundcloud.signin.directory import pool_id_of_token
from groundcloud.signin.invitations import temporary_password
from groundcloud.signin.signin import SignIn
from tests.fakes.fake_clock import FakeClock
from tests.fakes.fake_cognito_engine import (
    CLIENT,
    ELSEWHERE,
    HOME,
    POOL,
    FakeCognitoEngine,
    FakeOutbox,
    FakeScopes,
    cognito_request,
    refusal,
)

SIGNED_UP = Response.json(200, json.dumps({"UserConfirmed": False, "UserSub": "ann"}))


class World:
    def __init__(self, folder: Path) -> None:
        self.engine = FakeCognitoEngine()
        self.engine.users["ann"] = {"sub": "ann", "email": "ann@example.com"}
        self.engine.answers["SignUp"] = SIGNED_UP
        self.outbox = FakeOutbox()
        self.clock = FakeClock()
        self.signin = SignIn(self.engine, self.outbox, folder / "codes.sqlite", self.clock, FakeScopes())

    def ask(self, operation: str, members: dict[str, Any] | bytes, **headers: str) -> Response | None:
        request = cognito_request(operation, members, **headers)
        return asyncio.run(self.signin.handle(operation, request, HOME))

    def signed_up(self) -> str:
        """The mailed code."""
        self.ask("SignUp", {"ClientId": CLIENT, "Username": "ann"})
        return str(self.outbox.mails[-1].code)

    def confirm(self, code: str) -> Response:
        members = {"ClientId": CLIENT, "Username": "ann", "ConfirmationCode": code}
        answer = self.ask("ConfirmSignUp", members)
        assert answer is not None
        return answer


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.signin.close()


def error_of(response: Response | None) -> str:
    assert response is not None
    body = json.loads(response.body)
    assert response.headers.get("x-amzn-errortype") == body["__type"]
    return str(body["__type"])


def test_the_engine_gets_its_own_code_in_the_pools_account(world: World) -> None:
    code = world.signed_up()
    assert world.confirm(code).status == 200
    operation, members, scope = world.engine.forwarded[-1]
    assert (operation, members["ConfirmationCode"], scope) == ("ConfirmSignUp", "123456", ELSEWHERE)
    assert world.engine.updates[-1]["UserAttributes"] == [{"Name": "email_verified", "Value": "true"}]


def test_a_wrong_code_never_reaches_the_engine(world: World) -> None:
    code = world.signed_up()
    world.engine.answers["ConfirmSignUp"] = refusal("CodeMismatchException")
    assert error_of(world.confirm("123456" if code != "123456" else "123457")) == "CodeMismatchException"
    assert world.engine.forwarded[-1][1]["ConfirmationCode"] == "------"


def test_an_error_that_comes_first_is_the_engines(world: World) -> None:
    world.signed_up()
    world.engine.answers["ConfirmSignUp"] = refusal("NotAuthorizedException", "Unable to verify secret hash")
    assert b"secret hash" in world.confirm("000000").body


def test_a_code_that_the_engine_did_not_take_is_not_spent(world: World) -> None:
    code = world.signed_up()
    world.engine.answers["ConfirmSignUp"] = refusal("NotAuthorizedException")
    assert world.confirm(code).status == 400
    del world.engine.answers["ConfirmSignUp"]
    assert world.confirm(code).status == 200
    world.engine.answers["ConfirmSignUp"] = refusal("ExpiredCodeException")
    assert error_of(world.confirm(code)) == "ExpiredCodeException"


def test_an_expired_code(world: World) -> None:
    code = world.signed_up()
    world.clock.pass_seconds(24 * 3600)
    world.engine.answers["ConfirmSignUp"] = refusal("CodeMismatchException")
    assert error_of(world.confirm(code)) == "ExpiredCodeException"


def test_a_code_for_an_unknown_client_is_kept_from_the_engine(world: World) -> None:
    world.ask("ConfirmSignUp", {"ClientId": "who", "Username": "ann", "ConfirmationCode": "123456"})
    assert world.engine.forwarded == [
        ("ConfirmSignUp", {"ClientId": "who", "Username": "ann", "ConfirmationCode": "------"}, None)
    ]


@pytest.mark.parametrize("operation", ["ListUsers", "CreateUserPool", "AdminInitiateAuth", "NoSuchOperation"])
def test_other_operations_pass(world: World, operation: str) -> None:
    assert world.ask(operation, {"ClientId": CLIENT}) is None
    assert world.engine.forwarded == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"[" * 100_000, b"\xff\xfe"])
def test_bodies_that_are_no_object_pass(world: World, body: bytes) -> None:
    assert world.ask("SignUp", body) is None


@pytest.mark.parametrize("value", [None, 5, ["client"], {"a": 1}, ""])
def test_members_of_the_wrong_type(world: World, value: Any) -> None:
    assert world.ask("SignUp", {"ClientId": value}) is None
    answer = world.ask("ConfirmSignUp", {"ClientId": CLIENT, "Username": value, "ConfirmationCode": value})
    assert answer is not None
    assert world.engine.forwarded[-1][1]["ConfirmationCode"] == "------"


def test_unsigned_requests_find_their_account(world: World) -> None:
    assert world.ask("InitiateAuth", {"ClientId": CLIENT}) is not None
    assert world.engine.forwarded[-1][2] == ELSEWHERE
    assert world.ask("GetUser", {"AccessToken": token_of(POOL)}) is not None
    assert world.ask("InitiateAuth", {"ClientId": CLIENT}, Authorization="AWS4-HMAC-SHA256 …") is None
    assert world.ask("GetUser", {"AccessToken": token_of("us-east-1_other")}) is None


def token_of(pool: str) -> str:
    claims = json.dumps({"iss": f"https://cognito-idp.eu-west-1.amazonaws.com/{pool}"}).encode()
    return f"e30.{base64.urlsafe_b64encode(claims).rstrip(b'=').decode()}.c2ln"


@pytest.mark.parametrize(
    "token", ["", "a.b", "a.b.c", "e30.e30.", "e30.W10.x", "e30.bnVsbA.x", "e30.eyJpc3MiOjV9.x", "é.é.é"]
)
def test_tokens_that_say_nothing(token: str) -> None:
    assert pool_id_of_token(token) == ""
    assert pool_id_of_token(token_of(POOL)) == POOL


def test_temporary_passwords_meet_any_policy() -> None:
    policy = {"Policies": {"PasswordPolicy": {"MinimumLength": 40}}}
    made = temporary_password(policy)
    assert len(made) == 40
    for kind in (str.islower, str.isupper, str.isdigit, lambda one: not one.isalnum()):
        assert any(kind(one) for one in temporary_password({}))
