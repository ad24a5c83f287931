"""Second factors: authenticator apps and text messages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from groundcloud.signin import totp
from tests.fakes.fake_cognito_engine import PASSWORD, POOL, Refused, SigninWorld, claims
from tests.support.srp_client import SrpClient

TOTP_ON = {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
SMS_ON = {"SmsMfaConfiguration": {"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::1:role/sms"}}}
PHONE = {"phone_number": "+15550001234", "phone_number_verified": "true"}


@pytest.mark.parametrize(
    ("at", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_the_vectors_of_rfc_6238(at: int, code: str) -> None:
    """https://www.rfc-editor.org/rfc/rfc6238#appendix-B (the last six digits)."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert totp.code_at(secret, at // 30) == code
    assert totp.matching_step(secret, code, at + 30) == at // 30
    assert totp.matching_step(secret, code, at + 90) is None
    assert totp.matching_step(secret, "٢٨٧٠٨٢", at) is None


def code_of(world: SigninWorld, secret: str) -> str:
    return totp.code_at(secret, int(world.clock.now() // 30))


def enrolled(world: SigninWorld) -> str:
    """The secret of an authenticator that `ann` prefers."""
    token = world.tokens()["AccessToken"]
    secret = str(world.ask("AssociateSoftwareToken", AccessToken=token)["SecretCode"])
    world.ask("VerifySoftwareToken", AccessToken=token, UserCode=code_of(world, secret), FriendlyDeviceName="phone")
    preference = {"Enabled": True, "PreferredMfa": True}
    world.ask("SetUserMFAPreference", AccessToken=token, SoftwareTokenMfaSettings=preference)
    world.clock.pass_seconds(60)
    return secret


def test_an_authenticator_is_asked_for_after_the_password(world: SigninWorld) -> None:
    world.engine.mfa = {"MfaConfiguration": "OPTIONAL", **TOTP_ON}
    world.user()
    secret = enrolled(world)
    asked = world.sign_in()
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert asked["ChallengeParameters"] == {"USER_ID_FOR_SRP": "ann", "FRIENDLY_DEVICE_NAME": "phone"}
    with pytest.raises(Refused, match="Invalid code received for user") as caught:
        world.respond(asked, SOFTWARE_TOKEN_MFA_CODE="000000" if code_of(world, secret) != "000000" else "000001")
    assert caught.value.code == "CodeMismatchException"
    code = code_of(world, secret)
    assert world.respond(asked, SOFTWARE_TOKEN_MFA_CODE=code)["AuthenticationResult"]
    with pytest.raises(Refused, match="session can only be used once"):
        world.respond(asked, SOFTWARE_TOKEN_MFA_CODE=code)
    with pytest.raises(Refused, match="Your software token has already been used once"):
        world.respond(world.sign_in(), SOFTWARE_TOKEN_MFA_CODE=code)


def test_srp_is_followed_by_the_authenticator(world: SigninWorld) -> None:
    world.engine.mfa = {"MfaConfiguration": "OPTIONAL", **TOTP_ON}
    world.user()
    secret = enrolled(world)
    client = SrpClient(POOL, PASSWORD)
    parameters = {"USERNAME": "ann", "SRP_A": client.srp_a}
    asked = world.ask("InitiateAuth", AuthFlow="USER_SRP_AUTH", AuthParameters=parameters)
    asked = world.respond(asked, **client.answers(asked["ChallengeParameters"]))
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    tokens = world.respond(asked, SOFTWARE_TOKEN_MFA_CODE=code_of(world, secret))["AuthenticationResult"]
    assert claims(tokens["IdToken"])["cognito:username"] == "ann"


def test_where_everybody_needs_one_it_is_set_up_at_the_first_sign_in(world: SigninWorld) -> None:
    world.engine.mfa = {"MfaConfiguration": "ON", **TOTP_ON}
    world.user()
    asked = world.sign_in()
    assert asked["ChallengeName"] == "MFA_SETUP"
    assert json.loads(asked["ChallengeParameters"]["MFAS_CAN_SETUP"]) == ["SOFTWARE_TOKEN_MFA"]
    with pytest.raises(Refused, match="Invalid session"):
        world.respond(asked)
    given = world.ask("AssociateSoftwareToken", Session=asked["Session"])
    with pytest.raises(Refused, match="Code mismatch") as caught:
        world.ask("VerifySoftwareToken", Session=given["Session"], UserCode="abcdef")
    assert caught.value.code == "EnableSoftwareTokenMFAException"
    code = code_of(world, given["SecretCode"])
    verified = world.ask("VerifySoftwareToken", Session=given["Session"], UserCode=code)
    assert verified["Status"] == "SUCCESS"
    assert world.respond({**asked, "Session": verified["Session"]})["AuthenticationResult"]
    assert world.sign_in()["ChallengeName"] == "SOFTWARE_TOKEN_MFA"


def test_a_code_by_text_message(world: SigninWorld) -> None:
    world.engine.mfa = {"MfaConfiguration": "ON", **SMS_ON}
    world.user("ann", **PHONE)
    asked = world.sign_in()
    assert asked["ChallengeName"] == "SMS_MFA"
    assert asked["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == "+*******1234"
    assert world.outbox.mails[-1].kind == "sms"
    with pytest.raises(Refused) as caught:
        world.respond(asked, SMS_MFA_CODE="wrong")
    assert caught.value.code == "CodeMismatchException"
    assert world.respond(asked, SMS_MFA_CODE=world.code())["AuthenticationResult"]


def test_who_has_two_chooses(world: SigninWorld) -> None:
    world.engine.mfa = {"MfaConfiguration": "OPTIONAL", **TOTP_ON, **SMS_ON}
    world.user("ann", **PHONE)
    secret = enrolled(world)
    both = {"SMSMfaSettings": {"Enabled": True}, "SoftwareTokenMfaSettings": {"Enabled": True, "PreferredMfa": False}}
    world.ask("AdminSetUserMFAPreference", Username="ann", **both)
    asked = world.sign_in()
    assert asked["ChallengeName"] == "SELECT_MFA_TYPE"
    assert json.loads(asked["ChallengeParameters"]["MFAS_CAN_CHOOSE"]) == ["SMS_MFA", "SOFTWARE_TOKEN_MFA"]
    asked = world.respond(asked, ANSWER="SOFTWARE_TOKEN_MFA")
    assert world.respond(asked, SOFTWARE_TOKEN_MFA_CODE=code_of(world, secret))["AuthenticationResult"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"SoftwareTokenMfaSettings": {"Enabled": True}}, "User has not verified software token mfa"),
        ({"SMSMfaSettings": {"Enabled": True}}, "User does not have a phone number"),
        ({"EmailMfaSettings": {"Enabled": True}}, "EMAIL_OTP"),
    ],
)
def test_preferences_that_cannot_be(world: SigninWorld, settings: dict[str, Any], said: str) -> None:
    world.user()
    with pytest.raises(Refused, match=said):
        world.ask("SetUserMFAPreference", AccessToken=world.tokens()["AccessToken"], **settings)
    with pytest.raises(Refused, match="has not associated"):
        world.ask("VerifySoftwareToken", AccessToken=world.tokens()["AccessToken"], UserCode="123456")
