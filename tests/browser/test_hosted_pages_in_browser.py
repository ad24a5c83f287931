"""Cognito's hosted pages in a real browser: every page, by keyboard, without a script."""

from __future__ import annotations

import re
import time
import uuid
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import WAIT
from tests.support.cloud import Cloud
from tests.support.hosted import PASSWORD, App, make_app, new_account
from tests.support.mailbox import Mailbox
from tests.support.totp import totp

expect.set_options(timeout=WAIT)
NEW_PASSWORD = "Even-better-horse-8"


def app_in_browser(cloud: Cloud) -> App:
    """An application whose address a browser can open: a route of the cloud stands for it."""
    there = f"{cloud.endpoint}/_groundcloud/v1/health"
    app = make_app(cloud, cloud.aws(new_account()), CallbackURLs=[there], LogoutURLs=[f"{there}?bye=1"])
    return replace(app, callback=there)


@pytest.fixture(scope="module")
def app(cloud: Cloud) -> App:
    return app_in_browser(cloud)


def screen(page: Page, name: str) -> None:
    expect(page.get_by_test_id(f"screen-{name}")).to_be_visible()


def is_back(page: Page) -> None:
    expect(page).to_have_url(re.compile(r"/_groundcloud/v1/health\?code="))


def test_a_newcomer_signs_up_and_out_by_keyboard(app: App, page: Page, mailbox: Mailbox) -> None:
    """Sign up, a wrong code, a new code, the right one; out again, and in."""
    email = f"{uuid.uuid4().hex}@example.com"
    page.goto(app.url())
    page.get_by_test_id("go-sign-up").click()
    screen(page, "signup")
    expect(page.get_by_label("Email")).to_be_focused()
    page.keyboard.type(email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    screen(page, "confirm")
    expect(page.get_by_label("Verification code")).to_be_focused()
    page.keyboard.type("12345")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Invalid verification code provided, please try again.")
    first = mailbox.wait_for(email)
    page.get_by_test_id("resend").click()
    expect(page.get_by_test_id("notice")).to_contain_text("We have sent a new code by email")
    page.get_by_label("Verification code").fill(mailbox.code(email, after=float(first["created"])))
    page.keyboard.press("Enter")
    is_back(page)

    page.goto(app.url("/login"))
    expect(page.get_by_test_id("signed-in-as")).to_have_text(email)
    page.get_by_test_id("continue").click()
    is_back(page)
    page.goto(f"{app.base}/logout?client_id={app.client}&logout_uri={app.callback}?bye=1")
    expect(page).to_have_url(f"{app.callback}?bye=1")
    page.goto(app.url())
    screen(page, "login")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill("Wrong-horse-7")
    page.get_by_test_id("submit").click()
    expect(page.get_by_role("alert")).to_have_text("Incorrect username or password.")
    expect(page.get_by_label("Email")).to_have_value(email)
    expect(page.get_by_label("Password")).to_have_value("")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    is_back(page)


def test_a_forgotten_password(app: App, page: Page, mailbox: Mailbox) -> None:
    email = app.user()
    page.goto(app.url())
    page.get_by_test_id("forgot").click()
    screen(page, "forgot-password")
    page.get_by_label("Email").fill(email)
    page.get_by_test_id("submit").click()
    screen(page, "confirm-forgot-password")
    page.get_by_label("Verification code").fill(mailbox.code(email))
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("Enter new password again").fill(NEW_PASSWORD)
    page.get_by_test_id("submit").click()
    expect(page.get_by_test_id("notice")).to_have_text("Your password has been reset successfully.")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(NEW_PASSWORD)
    page.keyboard.press("Enter")
    is_back(page)


def test_a_temporary_password(app: App, page: Page) -> None:
    email = f"{uuid.uuid4().hex}@example.com"
    app.cognito.admin_create_user(
        UserPoolId=app.pool, Username=email, TemporaryPassword=PASSWORD, MessageAction="SUPPRESS"
    )
    page.goto(app.url(login_hint=email))
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    screen(page, "new-password")
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("Enter new password again").fill(NEW_PASSWORD)
    page.get_by_test_id("submit").click()
    is_back(page)


def test_an_authenticator_app_is_set_up_and_asked_for(cloud: Cloud, page: Page) -> None:
    """user-pool-settings-mfa-totp.html: where MFA is required, the first sign-in sets it up."""
    app = app_in_browser(cloud)
    app.cognito.set_user_pool_mfa_config(
        UserPoolId=app.pool, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True}
    )
    email = app.user()

    def sign_in() -> None:
        page.goto(app.url(prompt="login"))
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")

    sign_in()
    screen(page, "mfa-setup")
    secret = page.get_by_test_id("secret").inner_text()
    page.get_by_label("Verification code").fill("000000" if totp(secret, time.time()) != "000000" else "000001")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Code mismatch")
    expect(page.get_by_test_id("secret")).to_have_text(secret)
    page.get_by_label("Verification code").fill(totp(secret, time.time()))
    page.keyboard.press("Enter")
    is_back(page)
    sign_in()
    screen(page, "mfa")
    # A code is good once, so this is the one of the next 30 seconds, which clocks that drift may show already.
    page.get_by_label("Verification code").fill(totp(secret, time.time() + 30))
    page.keyboard.press("Enter")
    is_back(page)


def test_what_cannot_be_helped_is_said(app: App, page: Page) -> None:
    page.goto(app.url(redirect_uri="https://evil.example.com/"))
    screen(page, "error")
    expect(page.get_by_test_id("code")).to_have_text("redirect_mismatch")
    page.goto(app.url("/resendcode"))
    screen(page, "resendcode")
