"""Confirmation codes of Cognito user pools, through boto3 and the inbox."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.engines import Clouds
from tests.support.mailbox import Mailbox

PASSWORD = "Passw0rd!x"
NEW_PASSWORD = "An0ther!pass"


@dataclass
class PoolUnderTest:
    """One pool and client, and an address nobody else uses."""

    idp: Any
    mailbox: Mailbox
    pool: str
    client: str
    email: str = field(default_factory=lambda: f"{uuid.uuid4().hex}@example.com")
    started: float = field(default_factory=time.time)

    def sign_up(self) -> dict[str, Any]:
        return dict(self.idp.sign_up(ClientId=self.client, Username=self.email, Password=PASSWORD))

    def code(self) -> str:
        """The code of the newest message."""
        newest = self.mailbox.messages(self.email)[0]
        return str(newest["code"])

    def confirm(self, code: str) -> None:
        self.idp.confirm_sign_up(ClientId=self.client, Username=self.email, ConfirmationCode=code)

    def reset(self, code: str, password: str = NEW_PASSWORD) -> None:
        self.idp.confirm_forgot_password(
            ClientId=self.client, Username=self.email, ConfirmationCode=code, Password=password
        )

    def sign_in(self, password: str = PASSWORD) -> str:
        """The access token."""
        parameters = {"USERNAME": self.email, "PASSWORD": password}
        answer = self.idp.initiate_auth(ClientId=self.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
        return str(answer["AuthenticationResult"]["AccessToken"])

    def attributes(self) -> dict[str, str]:
        found = self.idp.admin_get_user(UserPoolId=self.pool, Username=self.email)
        return {one["Name"]: one["Value"] for one in found["UserAttributes"]}

    def confirmed(self) -> PoolUnderTest:
        self.sign_up()
        self.confirm(self.code())
        return self


def make_pool(aws: Aws, mailbox: Mailbox, hide_users: bool = False, **settings: Any) -> PoolUnderTest:
    idp = aws.client("cognito-idp")
    defaults: dict[str, Any] = {"UsernameAttributes": ["email"], "AutoVerifiedAttributes": ["email"]}
    pool = idp.create_user_pool(PoolName=f"pool-{uuid.uuid4().hex[:8]}", **{**defaults, **settings})["UserPool"]["Id"]
    client = idp.create_user_pool_client(
        UserPoolId=pool,
        ClientName="web",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        PreventUserExistenceErrors="ENABLED" if hide_users else "LEGACY",
    )["UserPoolClient"]["ClientId"]
    return PoolUnderTest(idp, mailbox, pool, client)


@pytest.fixture
def pool(aws: Aws, mailbox: Mailbox) -> Iterator[PoolUnderTest]:
    yield make_pool(aws, mailbox)


def refusal(call: Any, *arguments: Any, **named: Any) -> tuple[str, str]:
    """AWS's code and message of the error that `call` must raise."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **named)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def another(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


MISMATCH = ("CodeMismatchException", "Invalid verification code provided, please try again.")
EXPIRED = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
TOO_MANY = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")


def test_sign_up_mails_a_code_and_says_where(pool: PoolUnderTest) -> None:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SignUp.html"""
    answer = pool.sign_up()

    assert answer["UserConfirmed"] is False
    assert answer["CodeDeliveryDetails"] == {
        "AttributeName": "email",
        "DeliveryMedium": "EMAIL",
        "Destination": f"{pool.email[0]}***@e***",
    }
    message = pool.mailbox.wait_for(pool.email, pool.started)
    assert message["sender"] == "no-reply@verificationemail.com"
    assert message["text"] == f"Your confirmation code is {message['code']}"
    assert len(message["code"]) == 6
    assert message["code"].isdigit()


def test_the_mailed_code_confirms_and_verifies_the_address(pool: PoolUnderTest) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html"""
    pool.sign_up()
    pool.confirm(pool.code())

    assert pool.attributes()["email_verified"] == "true"
    assert pool.sign_in()


def test_wrong_codes_and_the_engines_own_are_refused(pool: PoolUnderTest) -> None:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ConfirmSignUp.html"""
    pool.sign_up()
    code = pool.code()
    for wrong in {"123456", "654321", another(code)} - {code}:
        assert refusal(pool.confirm, wrong) == MISMATCH
    pool.confirm(code)


def test_guessing_ends_after_some_wrong_codes_even_with_the_right_one(pool: PoolUnderTest) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html: 5 to 20 attempts"""
    pool.sign_up()
    code = pool.code()
    for _ in range(5):
        assert refusal(pool.confirm, another(code)) == MISMATCH
    assert refusal(pool.confirm, code) == TOO_MANY


def test_a_resent_code_replaces_the_first(pool: PoolUnderTest) -> None:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ResendConfirmationCode.html"""
    pool.sign_up()
    first = pool.code()
    answer = pool.idp.resend_confirmation_code(ClientId=pool.client, Username=pool.email)

    assert answer["CodeDeliveryDetails"]["Destination"] == f"{pool.email[0]}***@e***"
    second = pool.code()
    if first != second:
        assert refusal(pool.confirm, first) == MISMATCH
    pool.confirm(second)


def test_a_code_is_good_once(pool: PoolUnderTest) -> None:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ConfirmSignUp.html"""
    pool.sign_up()
    code = pool.code()
    pool.confirm(code)

    assert refusal(pool.confirm, code) == (
        "NotAuthorizedException",
        "User cannot be confirmed. Current status is CONFIRMED",
    )


def test_a_confirmed_user_gets_no_further_code(pool: PoolUnderTest) -> None:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ResendConfirmationCode.html"""
    pool.confirmed()
    assert refusal(pool.idp.resend_confirmation_code, ClientId=pool.client, Username=pool.email) == (
        "InvalidParameterException",
        "User is already confirmed.",
    )


def test_unknown_client_and_user_are_told_apart(pool: PoolUnderTest) -> None:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ConfirmSignUp.html#API_ConfirmSignUp_Errors"""
    arguments = {"Username": "nobody@example.com", "ConfirmationCode": "123456"}
    assert refusal(pool.idp.confirm_sign_up, ClientId="x" * 26, **arguments)[0] == "ResourceNotFoundException"
    assert refusal(pool.idp.confirm_sign_up, ClientId=pool.client, **arguments)[0] == "UserNotFoundException"


def test_users_may_not_call_their_address_verified(pool: PoolUnderTest) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html"""
    told = refusal(
        pool.idp.sign_up,
        ClientId=pool.client,
        Username=pool.email,
        Password=PASSWORD,
        UserAttributes=[{"Name": "email_verified", "Value": "true"}],
    )
    assert told == ("NotAuthorizedException", "A client attempted to write unauthorized attribute")


def test_a_pool_that_verifies_nothing_mails_nothing(aws: Aws, mailbox: Mailbox) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-email-phone-verification.html"""
    pool = make_pool(aws, mailbox, AutoVerifiedAttributes=[])
    assert "CodeDeliveryDetails" not in pool.sign_up()
    assert mailbox.messages(pool.email) == []


def test_the_pools_own_words_carry_the_code(aws: Aws, mailbox: Mailbox) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-message-customizations.html"""
    template = {"EmailSubject": "Welcome", "EmailMessage": "<p>Type <b>{####}</b></p>"}
    pool = make_pool(aws, mailbox, VerificationMessageTemplate=template)
    pool.sign_up()
    message = mailbox.wait_for(pool.email, pool.started)

    assert message["subject"] == "Welcome"
    assert message["html"] == f"<p>Type <b>{message['code']}</b></p>"
    assert message["text"].split() == ["Type", message["code"]]


def test_a_phone_gets_a_text_message(aws: Aws, mailbox: Mailbox) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-email-phone-verification.html"""
    pool = make_pool(aws, mailbox, UsernameAttributes=["phone_number"], AutoVerifiedAttributes=["phone_number"])
    pool.email = f"+1555{uuid.uuid4().int % 10**7:07}"
    details = pool.sign_up()["CodeDeliveryDetails"]

    assert details == {
        "AttributeName": "phone_number",
        "DeliveryMedium": "SMS",
        "Destination": f"+*******{pool.email[-4:]}",
    }
    assert mailbox.wait_for(pool.email, pool.started)["kind"] == "sms"
    pool.confirm(pool.code())
    assert pool.attributes()["phone_number_verified"] == "true"


def test_forgotten_password(pool: PoolUnderTest) -> None:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ConfirmForgotPassword.html"""
    pool.confirmed()
    assert refusal(pool.reset, "654321") == EXPIRED, "no code was asked for yet"
    answer = pool.idp.forgot_password(ClientId=pool.client, Username=pool.email)
    code = pool.code()

    assert answer["CodeDeliveryDetails"]["Destination"] == f"{pool.email[0]}***@e***"
    assert refusal(pool.reset, another(code)) == MISMATCH
    assert refusal(pool.reset, code, "weak")[0] == "InvalidPasswordException"
    pool.reset(code)
    assert refusal(pool.reset, code) == EXPIRED
    assert refusal(pool.sign_in, PASSWORD) == ("NotAuthorizedException", "Incorrect username or password.")
    assert pool.sign_in(NEW_PASSWORD)


def test_no_reset_without_a_verified_address(pool: PoolUnderTest) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html"""
    pool.sign_up()
    assert refusal(pool.idp.forgot_password, ClientId=pool.client, Username=pool.email) == (
        "InvalidParameterException",
        "Cannot reset password for the user as there is no registered/verified email or phone_number",
    )


def test_a_client_that_hides_users_answers_alike_for_all(aws: Aws, mailbox: Mailbox) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html"""
    pool = make_pool(aws, mailbox, hide_users=True).confirmed()
    before = len(mailbox.messages())

    def asked(username: str) -> dict[str, Any]:
        return dict(pool.idp.forgot_password(ClientId=pool.client, Username=username)["CodeDeliveryDetails"])

    assert asked(pool.email) == asked(pool.email[0] + "nobody@example.com")
    assert len([one for one in mailbox.messages() if one["recipient"].endswith("nobody@example.com")]) == 0
    assert len(mailbox.messages()) > before


def test_an_administrator_resets_a_password(pool: PoolUnderTest) -> None:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminResetUserPassword.html"""
    pool.confirmed()
    pool.idp.admin_reset_user_password(UserPoolId=pool.pool, Username=pool.email)

    assert refusal(pool.sign_in)[0] == "PasswordResetRequiredException"
    pool.reset(pool.code())
    assert pool.sign_in(NEW_PASSWORD)


def test_an_invited_user_finds_the_temporary_password_in_the_mail(pool: PoolUnderTest) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/how-to-create-user-accounts.html"""
    pool.idp.admin_create_user(UserPoolId=pool.pool, Username=pool.email, DesiredDeliveryMediums=["EMAIL"])
    message = pool.mailbox.wait_for(pool.email, pool.started)
    start = f"Your username is {pool.email} and temporary password is "

    assert message["subject"] == "Your temporary password"
    assert message["text"].startswith(start)
    assert message["code"] is None
    parameters = {"USERNAME": pool.email, "PASSWORD": message["text"].removeprefix(start).removesuffix(".")}
    answer = pool.idp.initiate_auth(ClientId=pool.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
    assert answer["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_an_invitation_can_be_suppressed(pool: PoolUnderTest) -> None:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html"""
    pool.idp.admin_create_user(UserPoolId=pool.pool, Username=pool.email, MessageAction="SUPPRESS")
    assert pool.mailbox.messages(pool.email) == []


def test_a_signed_in_user_verifies_an_address(pool: PoolUnderTest) -> None:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_VerifyUserAttribute.html"""
    token = pool.confirmed().sign_in()
    ask = {"AccessToken": token, "AttributeName": "email"}
    pool.idp.get_user_attribute_verification_code(**ask)
    code = pool.code()

    assert refusal(pool.idp.verify_user_attribute, Code=another(code), **ask) == MISMATCH
    pool.idp.verify_user_attribute(Code=code, **ask)
    assert refusal(pool.idp.verify_user_attribute, Code=code, **ask) == EXPIRED
    forged = {"AccessToken": token[:-4] + "AAAA", "AttributeName": "email"}
    assert refusal(pool.idp.get_user_attribute_verification_code, **forged)[0] == "NotAuthorizedException"


def test_a_changed_address_has_to_be_verified(pool: PoolUnderTest) -> None:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserAttributes.html"""
    token = pool.confirmed().sign_in()
    sub = pool.attributes()["sub"]
    changed = f"new-{pool.email}"
    answer = pool.idp.update_user_attributes(
        AccessToken=token, UserAttributes=[{"Name": "email", "Value": changed}, {"Name": "name", "Value": "Ann"}]
    )
    assert answer["CodeDeliveryDetailsList"] == [
        {"AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "n***@e***"}
    ]
    pool.email = changed
    found = pool.attributes()
    assert (found["sub"], found["name"], found["email_verified"]) == (sub, "Ann", "false")
    pool.idp.verify_user_attribute(AccessToken=token, AttributeName="email", Code=pool.code())
    assert pool.attributes()["email_verified"] == "true"


def test_a_pool_can_keep_the_old_address_until_the_new_one_is_verified(aws: Aws, mailbox: Mailbox) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-email-phone-verification.html"""
    settings = {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    pool = make_pool(aws, mailbox, UserAttributeUpdateSettings=settings)
    token = pool.confirmed().sign_in()
    old, new = pool.email, f"new-{pool.email}"
    pool.idp.update_user_attributes(AccessToken=token, UserAttributes=[{"Name": "email", "Value": new}])
    assert (pool.attributes()["email"], pool.attributes()["email_verified"]) == (old, "true")

    pool.email = new
    code = pool.code()
    pool.idp.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)
    assert (pool.attributes()["email"], pool.attributes()["email_verified"]) == (new, "true")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Amz-Target": "AWSCognitoIdentityProviderService.ConfirmSignUp"},
        {"X-Amz-Target": "AWSCognitoIdentityProviderService.more.ConfirmSignUp"},
        {"X-Amz-Target": "AWSCognitoIdentityProviderServiceX.ConfirmSignUp"},
        {
            "X-Amz-Target": "AWSCognitoIdentityProviderService.ConfirmSignUp",
            "Host": "dynamodb.us-east-1.amazonaws.com",
        },
    ],
)
def test_no_spelling_of_a_request_gets_the_engines_code_through(
    aws: Aws, cloud: Cloud, mailbox: Mailbox, headers: dict[str, str]
) -> None:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ConfirmSignUp.html"""
    pool = make_pool(cloud.aws(), mailbox)
    pool.sign_up()
    if pool.code() == "123456":
        pytest.skip("one in a million: the random code is the engine's")
    body = {"ClientId": pool.client, "Username": pool.email, "ConfirmationCode": "123456"}
    answer = cloud.http.post("/", json=body, headers={"Content-Type": "application/x-amz-json-1.1", **headers})

    assert answer.status_code >= 400
    assert pool.idp.admin_get_user(UserPoolId=pool.pool, Username=pool.email)["UserStatus"] == "UNCONFIRMED"


def test_a_code_outlives_a_stop_of_the_cloud(tmp_path: Path, clouds: Clouds) -> None:
    """A code is good for 24 hours: https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html"""
    with clouds(tmp_path) as cloud:
        pool = make_pool(cloud.aws(), Mailbox(cloud))
        pool.sign_up()
        cloud.stop()
        cloud.start()
        pool.idp = cloud.client("cognito-idp")
        assert pool.mailbox.messages(pool.email)[0]["text"].startswith("Your confirmation code is ")
        pool.confirm(pool.code())
        assert pool.sign_in()
