"""Second factors on the hosted pages: text messages, authenticator apps, the choice between them, wrong codes."""

from __future__ import annotations

import secrets
import time

import pytest

from tests.support.cloud import Cloud
from tests.support.hosted import CALLBACK, PASSWORD, App, make_app, new_account
from tests.support.mailbox import Mailbox
from tests.support.totp import totp

SMS = {"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "shop"}}


@pytest.fixture(scope="module")
def app(cloud: Cloud) -> App:
    """Whoever has a factor is asked for it."""
    app = make_app(cloud, cloud.aws(new_account()), ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    app.cognito.set_user_pool_mfa_config(
        UserPoolId=app.pool,
        MfaConfiguration="OPTIONAL",
        SmsMfaConfiguration=SMS,
        SoftwareTokenMfaConfiguration={"Enabled": True},
    )
    return app


def with_phone(app: App) -> tuple[str, str]:
    """A user who gets text messages: e-mail address and phone number."""
    phone = f"+1555{secrets.randbelow(10**7):07}"
    email = app.user(phone_number=phone, phone_number_verified="true")
    app.cognito.admin_set_user_mfa_preference(
        UserPoolId=app.pool, Username=email, SMSMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    return email, phone


def with_authenticator(app: App, email: str, *, preferred: bool) -> str:
    """Set up an authenticator app for a user without a factor; its secret."""
    given = {"USERNAME": email, "PASSWORD": PASSWORD}
    began = app.cognito.initiate_auth(ClientId=app.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)
    token = began["AuthenticationResult"]["AccessToken"]
    secret = str(app.cognito.associate_software_token(AccessToken=token)["SecretCode"])
    app.cognito.verify_software_token(AccessToken=token, UserCode=totp(secret, time.time()))
    app.cognito.set_user_mfa_preference(
        AccessToken=token, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": preferred}
    )
    return secret


def other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_a_text_message_is_asked_for(app: App, mailbox: Mailbox) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-sms-email-message.html"""
    email, phone = with_phone(app)
    person = app.person()
    page = app.sign_in(email, person)
    assert (page.screen, phone in page.answer.text, phone[-4:] in page.answer.text) == ("mfa", False, True)
    code = mailbox.code(phone)
    wrong = person.fill(page, code=other(code))
    assert (wrong.status, wrong.screen) == (400, "mfa")
    assert wrong.error.startswith("Invalid")
    back = person.fill(wrong, code=code)
    assert back.location.startswith(f"{CALLBACK}?code=")
    assert person.get(app.url("/mfa")).screen == "signed-in", "the code was for one sign-in only"


def test_the_password_alone_signs_nobody_in(app: App) -> None:
    """The page of the factor belongs to the browser that gave the password, and nothing but its code goes on."""
    email, _ = with_phone(app)
    person = app.person()
    assert app.sign_in(email, person).screen == "mfa"
    assert person.cookie("cognito") is None
    assert person.get(app.url()).screen == "login"
    assert app.person().get(app.url("/mfa")).screen == "login"


def test_who_guesses_codes_starts_anew(app: App, mailbox: Mailbox) -> None:
    """After five wrong codes the sign-in begins with the password again."""
    email, phone = with_phone(app)
    person = app.person()
    page = app.sign_in(email, person)
    code = mailbox.code(phone)
    for _ in range(5):
        page = person.fill(page, code=other(code))
    assert page.screen == "login"
    assert page.text("notice")
    assert person.get(app.url("/mfa")).screen == "login"


def test_an_authenticator_app_is_asked_for(app: App) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-totp.html"""
    email = app.user()
    secret = with_authenticator(app, email, preferred=True)
    person = app.person()
    page = app.sign_in(email, person)
    assert page.screen == "mfa"
    assert "authenticator app" in page.answer.text
    # The code that set it up is used; the next one is taken early, as a clock that is ahead would show it.
    back = person.fill(page, code=totp(secret, time.time() + 30))
    assert back.location.startswith(f"{CALLBACK}?code=")
    assert secret not in page.answer.text


def test_who_has_two_factors_chooses(app: App, mailbox: Mailbox) -> None:
    """SELECT_MFA_TYPE in
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html"""
    phone = f"+1556{secrets.randbelow(10**7):07}"
    email = app.user(phone_number=phone, phone_number_verified="true")
    with_authenticator(app, email, preferred=False)
    app.cognito.admin_set_user_mfa_preference(
        UserPoolId=app.pool, Username=email, SMSMfaSettings={"Enabled": True, "PreferredMfa": False}
    )
    person = app.person()
    page = app.sign_in(email, person)
    assert page.screen == "mfa-select"
    page = person.fill(page, answer="SMS_MFA")
    assert page.screen == "mfa"
    back = person.fill(page, code=mailbox.code(phone))
    assert back.location.startswith(f"{CALLBACK}?code=")


def test_a_user_who_is_gone_is_told_so_on_a_page(app: App, mailbox: Mailbox) -> None:
    """RespondToAuthChallenge: a session belongs to a user; without one there is nothing to go on with."""
    email, phone = with_phone(app)
    person = app.person()
    page = app.sign_in(email, person)
    app.cognito.admin_delete_user(UserPoolId=app.pool, Username=email)
    page = person.fill(page, code=mailbox.code(phone))
    assert page.screen == "login"
    assert page.text("notice") == "Invalid session for the user."
