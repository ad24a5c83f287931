"""A pool for each of the hosted pages, and the way to each page in a browser."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

from playwright.sync_api import Page

from tests.support.cloud import Cloud
from tests.support.hosted import PASSWORD, App, make_app, new_account
from tests.support.mailbox import Mailbox
from tests.support.totp import totp

_SMS = {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "shop"}
_BOTH = {
    "SmsMfaConfiguration": {"SmsConfiguration": _SMS},
    "SoftwareTokenMfaConfiguration": {"Enabled": True},
}

_PATHS = {
    "login": "/login",
    "signup": "/signup",
    "resendcode": "/resendcode",
    "forgot-password": "/forgotPassword",
    "error": "/no/such/page",
}


class HostedStage:
    """`open` goes to a page by the name of its screen."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._shop = make_app(cloud, cloud.aws(new_account()), pool={"Schema": _required("given_name")})
        self._user = self._shop.user("ada@example.com", given_name="Ada")
        self._temporary = _invited(self._shop)
        self._strict = make_app(cloud, cloud.aws(new_account()))
        self._strict.cognito.set_user_pool_mfa_config(
            UserPoolId=self._strict.pool,
            MfaConfiguration="ON",
            SoftwareTokenMfaConfiguration=_BOTH["SoftwareTokenMfaConfiguration"],
        )
        self._stranger = self._strict.user("ada@example.com")
        self._careful = make_app(
            cloud,
            cloud.aws(new_account()),
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )
        self._careful.cognito.set_user_pool_mfa_config(
            UserPoolId=self._careful.pool, MfaConfiguration="OPTIONAL", **_BOTH
        )
        self._caller = self._with_phone("caller@example.com")
        self._chooser = self._with_both("chooser@example.com")

    def open(self, page: Page, screen: str) -> None:
        people = {
            "refused": (self._shop, self._user, "Wrong-horse-7"),
            "new-password": (self._shop, self._temporary, PASSWORD),
            "mfa-setup": (self._strict, self._stranger, PASSWORD),
            "mfa": (self._careful, self._caller, PASSWORD),
            "mfa-select": (self._careful, self._chooser, PASSWORD),
        }
        ways: dict[str, Callable[[Page], object]] = {
            "confirm": self._sign_up,
            "message": self._confirmed,
            "signed-in": self._signed_in,
            "confirm-forgot-password": self._forgotten,
        }
        if screen in people:
            self._sign_in(page, *people[screen])
        elif screen in ways:
            ways[screen](page)
        else:
            page.goto(self._shop.url(_PATHS[screen], prompt="login"))
        page.get_by_test_id(f"screen-{'login' if screen == 'refused' else screen}").wait_for()

    def _signed_in(self, page: Page) -> None:
        self._sign_in(page, self._shop, self._user)
        page.goto(self._shop.url("/login"))

    def _forgotten(self, page: Page) -> None:
        page.goto(self._shop.url("/forgotPassword"))
        page.get_by_label("Email").fill(f"{uuid.uuid4().hex[:8]}@example.com")
        page.get_by_test_id("submit").click()

    def _sign_in(self, page: Page, app: App, email: str, password: str = PASSWORD) -> None:
        page.goto(app.url(prompt="login"))
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password").fill(password)
        with page.expect_event("framenavigated"):
            page.keyboard.press("Enter")

    def _sign_up(self, page: Page) -> str:
        email = f"{uuid.uuid4().hex[:8]}@example.com"
        page.goto(self._shop.url("/signup"))
        page.get_by_label("Email").fill(email)
        page.get_by_label("Given name").fill("Ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_test_id("submit").click()
        page.get_by_test_id("screen-confirm").wait_for()
        return email

    def _confirmed(self, page: Page) -> None:
        email = self._sign_up(page)
        given = f"client_id={self._shop.client}&user_name={email}&confirmation_code="
        page.goto(f"{self._shop.base}/confirmUser?{given}{Mailbox(self._cloud).code(email)}")

    def _with_phone(self, email: str) -> str:
        app = self._careful
        user = app.user(email, phone_number="+15550100", phone_number_verified="true")
        app.cognito.admin_set_user_mfa_preference(
            UserPoolId=app.pool, Username=user, SMSMfaSettings={"Enabled": True, "PreferredMfa": True}
        )
        return user

    def _with_both(self, email: str) -> str:
        app = self._careful
        user = app.user(email, phone_number="+15550101", phone_number_verified="true")
        given = {"USERNAME": user, "PASSWORD": PASSWORD}
        began = app.cognito.initiate_auth(ClientId=app.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)
        token = began["AuthenticationResult"]["AccessToken"]
        secret = app.cognito.associate_software_token(AccessToken=token)["SecretCode"]
        app.cognito.verify_software_token(AccessToken=token, UserCode=totp(secret, time.time()))
        either = {"Enabled": True, "PreferredMfa": False}
        app.cognito.set_user_mfa_preference(AccessToken=token, SMSMfaSettings=either, SoftwareTokenMfaSettings=either)
        return user


def _required(name: str) -> list[dict[str, object]]:
    return [{"Name": name, "AttributeDataType": "String", "Required": True, "Mutable": True}]


def _invited(app: App) -> str:
    """A user whose password is a temporary one."""
    app.cognito.admin_create_user(
        UserPoolId=app.pool,
        Username="new@example.com",
        TemporaryPassword=PASSWORD,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": "new@example.com"}],
    )
    return "new@example.com"
