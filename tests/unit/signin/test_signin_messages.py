from __future__ import annotations

import pytest

from groundcloud.signin.messages import (
    Delivery,
    code_message,
    invitation_deliveries,
    invitation_message,
    masked,
    recovery_delivery,
    sign_up_delivery,
)

MAIL = Delivery("email", "ann@example.com")
PHONE = Delivery("phone_number", "+15550001234")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("alice@example.com", "a***@e***"),
        ("@", "***@***"),
        ("+15550001234", "+*******1234"),
    ],
)
def test_destinations_are_masked(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_words_of_the_default_messages() -> None:
    assert code_message({}, MAIL, "ann", "123456", reset=False).text == "Your confirmation code is 123456"
    assert code_message({}, MAIL, "ann", "123456", reset=True).text == "Your password reset code is 123456"
    assert invitation_message({}, MAIL, "ann", "pass").text == "Your username is ann and temporary password is pass."


def test_a_pools_template_and_sender() -> None:
    pool = {
        "VerificationMessageTemplate": {
            "EmailSubject": "Hi {username}",
            "EmailMessage": "Code {####}, once more {####}",
        },
        "EmailConfiguration": {"From": "shop@example.com"},
    }
    message = code_message(pool, MAIL, "ann", "123456", reset=True)
    assert (message.subject, message.text) == ("Hi ann", "Code 123456, once more 123456")
    assert (message.sender, message.html) == ("shop@example.com", "")


def test_older_pools_keep_their_message_elsewhere() -> None:
    pool = {"EmailVerificationSubject": "S", "EmailVerificationMessage": "M {####}"}
    message = code_message(pool, MAIL, "ann", "1", reset=False)
    assert (message.subject, message.text) == ("S", "M 1")


def test_what_users_chose_does_not_become_markup() -> None:
    pool = {"AdminCreateUserConfig": {"InviteMessageTemplate": {"EmailMessage": "<b>{username}</b><br>{####}"}}}
    message = invitation_message(pool, MAIL, "<script>x</script>", "a<b>&c")
    assert message.html == "<b>&lt;script&gt;x&lt;/script&gt;</b><br>a&lt;b&gt;&amp;c"
    assert "<script>x</script>" in message.text
    assert "a<b>&c" in message.text


def test_text_messages() -> None:
    assert code_message({"SmsVerificationMessage": "S {####}"}, PHONE, "ann", "1", reset=False).text == "S 1"
    assert code_message({}, PHONE, "ann", "1", reset=False).kind == "sms"


def test_where_a_sign_up_code_goes() -> None:
    both = {"email": "ann@example.com", "phone_number": "+15550001234"}
    assert sign_up_delivery({"AutoVerifiedAttributes": ["email", "phone_number"]}, both) == PHONE
    assert sign_up_delivery({"AutoVerifiedAttributes": ["email"]}, both) == MAIL
    assert sign_up_delivery({}, both) is None


def test_where_a_reset_code_goes() -> None:
    verified = {"email": "ann@example.com", "email_verified": "true", "phone_number": "+15550001234"}
    assert recovery_delivery({}, verified) == MAIL
    assert recovery_delivery({}, {**verified, "phone_number_verified": "true"}) == PHONE
    assert recovery_delivery({}, {"email": "ann@example.com"}) is None
    setting = {
        "RecoveryMechanisms": [
            {"Name": "verified_phone_number", "Priority": 2},
            {"Name": "verified_email", "Priority": 1},
        ]
    }
    pool = {"AccountRecoverySetting": setting}
    assert recovery_delivery(pool, {**verified, "phone_number_verified": "true"}) == MAIL
    admin = {"AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]}}
    assert recovery_delivery(admin, verified) is None


def test_where_an_invitation_goes() -> None:
    both = {"email": "ann@example.com", "phone_number": "+15550001234"}
    assert invitation_deliveries(["EMAIL"], both) == [MAIL]
    assert invitation_deliveries(["EMAIL", "SMS"], both) == [MAIL, PHONE]
    assert invitation_deliveries([], both) == [PHONE]
    assert invitation_deliveries([], {"email": "ann@example.com"}) == [MAIL]
    assert invitation_deliveries(["SMS"], {"email": "ann@example.com"}) == []
