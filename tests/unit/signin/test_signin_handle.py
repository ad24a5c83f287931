"""The entry: what is ours, what is the engine's, and codes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from groundcloud.signin.invitations import temporary_password
from groundcloud.signin.unsupported import of_resource
from groundcloud.signin.unverified import pool_id_of_token
from tests.fakes.fake_cognito_engine import CLIENT, PASSWORD, POOL, Refused, SigninWorld


def sign_up(world: SigninWorld, **more: Any) -> dict[str, Any]:
    attributes = [{"Name": "email", "Value": "ann@example.com"}]
    return world.ask("SignUp", Username="ann", Password=PASSWORD, **{"UserAttributes": attributes, **more})


def refused(world: SigninWorld, operation: str, **members: Any) -> str:
    with pytest.raises(Refused) as caught:
        world.ask(operation, **members)
    return caught.value.code


def confirm(world: SigninWorld, code: str) -> dict[str, Any]:
    return world.ask("ConfirmSignUp", Username="ann", ConfirmationCode=code)


def test_a_mailed_code_confirms_once(world: SigninWorld) -> None:
    sign_up(world)
    assert world.engine.users["ann"]["status"] == "UNCONFIRMED"
    confirm(world, world.code())
    assert world.engine.users["ann"]["status"] == "CONFIRMED"
    assert world.engine.users["ann"]["attributes"]["email_verified"] == "true"
    assert refused(world, "ConfirmSignUp", Username="ann", ConfirmationCode=world.code()) == "NotAuthorizedException"


@pytest.mark.parametrize("code", ["123456", "654321", "", "------"])
def test_the_engines_own_codes_confirm_nobody(world: SigninWorld, code: str) -> None:
    sign_up(world)
    if code == world.code():
        pytest.skip("one in a million")
    assert refused(world, "ConfirmSignUp", Username="ann", ConfirmationCode=code) == "CodeMismatchException"
    assert world.engine.users["ann"]["status"] == "UNCONFIRMED"


def test_an_expired_code(world: SigninWorld) -> None:
    sign_up(world)
    world.clock.pass_seconds(24 * 3600)
    assert refused(world, "ConfirmSignUp", Username="ann", ConfirmationCode=world.code()) == "ExpiredCodeException"


def test_a_code_is_good_after_a_restart(world: SigninWorld) -> None:
    sign_up(world)
    world.restart()
    confirm(world, world.code())


@pytest.mark.parametrize(
    "operation", ["CreateUserPool", "CreateGroup", "NoSuchOperation", "DescribeUserPool", "UpdateUserPool"]
)
def test_other_operations_pass(world: SigninWorld, operation: str) -> None:
    assert world.raw(operation, {"ClientId": CLIENT}) is None
    assert world.engine.forwarded == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"[" * 100_000, b"\xff\xfe"])
def test_bodies_that_are_no_object_pass(world: SigninWorld, body: bytes) -> None:
    assert world.raw("SignUp", body) is None


@pytest.mark.parametrize("value", [None, 5, ["client"], {"a": 1}, ""])
def test_members_of_the_wrong_type(world: SigninWorld, value: Any) -> None:
    for operation in ("SignUp", "ConfirmSignUp", "InitiateAuth", "RevokeToken"):
        assert refused(world, operation, ClientId=value) == "InvalidParameterException"
    members = {"ClientId": CLIENT, "AuthFlow": value, "AuthParameters": value, "ChallengeName": value}
    for operation in ("InitiateAuth", "RespondToAuthChallenge"):
        assert refused(world, operation, **members) == "InvalidParameterException"
    for operation in ("GetUser", "ChangePassword", "DeleteUser", "UpdateUserAttributes"):
        assert refused(world, operation, AccessToken=value) == "NotAuthorizedException"


def test_an_unknown_client(world: SigninWorld) -> None:
    for operation in ("SignUp", "ConfirmSignUp", "InitiateAuth", "ForgotPassword"):
        assert refused(world, operation, ClientId="who") == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("operation", "said"),
    [("ConfirmDevice", "device"), ("AdminListDevices", "device"), ("StartWebAuthnRegistration", "passkeys")],
)
def test_what_is_not_supported_says_so(world: SigninWorld, operation: str, said: str) -> None:
    with pytest.raises(Refused, match=said) as caught:
        world.ask(operation)
    assert caught.value.code == "UnsupportedOperationException"


@pytest.mark.parametrize("challenge", ["EMAIL_OTP", "WEB_AUTHN", "DEVICE_SRP_AUTH"])
def test_challenges_that_are_not_supported(world: SigninWorld, challenge: str) -> None:
    with pytest.raises(Refused, match=f"{challenge}: .* is not supported"):
        world.ask("RespondToAuthChallenge", ChallengeName=challenge)
    with pytest.raises(Refused, match="EMAIL_OTP"):
        world.ask("InitiateAuth", AuthFlow="USER_AUTH")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True}}, "device tracking"),
        ({"LambdaConfig": {"CustomEmailSender": {"LambdaArn": "arn", "LambdaVersion": "V1_0"}}}, "CustomEmailSender"),
        ({"EmailMfaConfiguration": {"Message": "x"}}, "one-time passwords by e-mail"),
        ({"WebAuthnRelyingPartyID": "example.com"}, "passkeys"),
    ],
)
def test_settings_of_pools_that_are_not_supported(world: SigninWorld, settings: dict[str, Any], said: str) -> None:
    for operation in ("CreateUserPool", "UpdateUserPool", "SetUserPoolMfaConfig"):
        with pytest.raises(Refused, match=said):
            world.ask(operation, **settings)
    assert said in str(of_resource("AWS::Cognito::UserPool", settings))
    assert of_resource("AWS::Cognito::UserPool", {"LambdaConfig": {"PreSignUp": "arn"}}) is None


def test_rotation_is_not_seen_in_templates() -> None:
    kind = "AWS::Cognito::UserPoolClient"
    assert "UpdateUserPoolClient" in str(of_resource(kind, {"RefreshTokenRotation": {"Feature": "ENABLED"}}))
    assert of_resource(kind, {"RefreshTokenRotation": {"Feature": "DISABLED"}}) is None


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
