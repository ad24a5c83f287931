"""The login system in a real browser, through the hosted pages, on a real PostgreSQL: also where it gets ugly."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import WAIT
from tests.support.cloud import Cloud
from tests.support.login import Login, sign_in_on_hosted_page
from tests.support.mailbox import Mailbox
from tests.support.systems import PASSWORD

expect.set_options(timeout=WAIT)
pytestmark = pytest.mark.timeout(300)
"""The first test waits for a cloud, a browser, a database and a web server."""


@pytest.fixture(scope="module")
def login(cloud: Cloud) -> Iterator[Login]:
    login = Login(cloud)
    yield login
    assert login.stop() == ["login", "database"]


@contextmanager
def another_browser(page: Page) -> Iterator[Page]:
    """A page of a browser that knows nothing of this one's cookies."""
    assert page.context.browser is not None
    context = page.context.browser.new_context()
    context.set_default_timeout(WAIT)
    yield context.new_page()
    context.close()


def sign_in(page: Page, login: Login, email: str) -> None:
    page.goto(login.url)
    page.get_by_role("link", name="Sign in").click()
    sign_in_on_hosted_page(page, email)
    expect(page.get_by_text(f"Signed in as {email}")).to_be_visible()


def test_a_newcomer_forgets_the_password_and_signs_out_everywhere(page: Page, login: Login, mailbox: Mailbox) -> None:
    """Sign-up and confirmation, then in another browser a forgotten password; what is ended there is ended here."""
    email, password = f"{uuid.uuid4().hex[:12]}@example.com", f"New-{PASSWORD}"
    page.goto(login.url)
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_test_id("submit").click()
    first = mailbox.wait_for(email)
    page.get_by_label("Verification code").fill(first["code"])
    page.get_by_test_id("submit").click()
    expect(page.get_by_text(f"Signed in as {email}")).to_be_visible()

    with another_browser(page) as other:
        other.goto(login.url)
        other.get_by_role("link", name="Forgot your password?").click()
        other.get_by_label("Email").fill(email)
        other.get_by_test_id("submit").click()
        other.get_by_label("Verification code").fill(mailbox.code(email, after=float(first["created"])))
        other.get_by_label("New password", exact=True).fill(password)
        other.get_by_label("Enter new password again").fill(password)
        other.get_by_test_id("submit").click()
        sign_in_on_hosted_page(other, email, password)
        expect(other.get_by_test_id("sign-in")).to_have_count(2)
        other.get_by_role("button", name="Sign out everywhere").click()
        other.wait_for_url(f"{login.url}/")
    page.reload()
    expect(page.get_by_text("You were signed out. Please sign in again.")).to_be_visible()
    page.get_by_role("link", name="Sign in").click()
    expect(page.locator("input[name=password]:visible")).to_be_visible()


def test_profile_notes_history_and_sign_out(page: Page, login: Login) -> None:
    email = login.new_user()
    sign_in(page, login, email)
    page.get_by_label("Name", exact=True).fill("Ada Lovelace")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your profile is saved.")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Ada Lovelace")
    page.get_by_label("New note").fill("Feed the cat")
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_test_id("note")).to_contain_text("Feed the cat")
    page.get_by_role("button", name="Delete the note").click()
    expect(page.get_by_test_id("note")).to_have_count(0)
    expect(page.get_by_test_id("sign-in")).to_contain_text("This browser")
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url(f"{login.url}/")
    page.goto(f"{login.url}/profile")
    expect(page.locator("input[name=password]:visible")).to_be_visible()


def test_no_page_cookie_or_log_holds_a_token(page: Page, login: Login) -> None:
    answers: list[str] = []
    page.on("response", lambda answer: answers.append(answer.url) if answer.url.startswith(login.url) else None)
    email = login.new_user()
    sign_in(page, login, email)
    [tokens] = login.sql("SELECT access_token, refresh_token FROM sign_ins WHERE email = :email", email=email)
    codes = [parse_qs(urlsplit(url).query)["code"][0] for url in answers if "/callback?" in url]
    shown = page.content() + json.dumps(page.context.cookies(login.url))
    logs = [login.cloud.home / "logs" / f"{name}.log" for name in ("login", "database")]
    logged = "".join(log.read_text(errors="replace") for log in logs)
    assert codes and all(len(token) > 20 for token in tokens)
    for secret in (*tokens, *codes, PASSWORD):
        assert secret not in shown
        assert secret not in logged
    [cookie] = [each for each in page.context.cookies(login.url) if each["name"] == "login"]
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax" and len(cookie["value"]) < 400


def test_a_changed_state_signs_nobody_in(page: Page, login: Login) -> None:
    """The answer to a sign-in that this browser did not begin: a good code, and a state that is not its own."""
    begun = page.context.request.get(f"{login.url}/login", max_redirects=0).headers["location"]
    page.goto(re.sub("state=[^&]+", "state=changed", begun))
    sign_in_on_hosted_page(page, login.new_user())
    expect(page.get_by_role("heading", name="That sign-in did not work")).to_be_visible()
    assert "code=" in page.url and "state=changed" in page.url
    page.get_by_role("link", name="Back to the start").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_a_code_is_good_once(page: Page, login: Login) -> None:
    """The address that came back, opened again: the state is spent, and so is the code."""
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url) if "/callback?" in request.url else None)
    sign_in(page, login, login.new_user())
    page.context.clear_cookies(name="login")
    page.goto(addresses[0])
    expect(page.get_by_role("heading", name="That sign-in did not work")).to_be_visible()


def test_a_closed_tab_is_no_loss(page: Page, login: Login) -> None:
    """A sign-in that was begun and left; another one in a second tab goes through, and the session outlives its tab."""
    email = login.new_user()
    page.goto(f"{login.url}/login")
    second = page.context.new_page()
    page.close()
    sign_in(second, login, email)
    third = second.context.new_page()
    second.close()
    third.goto(login.url)
    expect(third.get_by_text(f"Signed in as {email}")).to_be_visible()


def test_tokens_are_renewed_until_the_refresh_token_is_stale(page: Page, login: Login) -> None:
    email = login.new_user()
    sign_in(page, login, email)
    [(before,)] = login.sql("SELECT access_token FROM sign_ins WHERE email = :email", email=email)
    login.sql("UPDATE sign_ins SET expires = now() AT TIME ZONE 'utc' WHERE email = :email", email=email)
    page.reload()
    expect(page.get_by_text(f"Signed in as {email}")).to_be_visible()
    [(after,)] = login.sql("SELECT access_token FROM sign_ins WHERE email = :email", email=email)
    assert after != before
    login.cognito.admin_user_global_sign_out(UserPoolId=login.outputs["UserPoolId"], Username=email)
    login.sql("UPDATE sign_ins SET expires = now() AT TIME ZONE 'utc' WHERE email = :email", email=email)
    page.goto(login.url)
    expect(page.get_by_text("You were signed out. Please sign in again.")).to_be_visible()
    [(ended, token)] = login.sql("SELECT ended, refresh_token FROM sign_ins WHERE email = :email", email=email)
    assert ended is not None and token is None


def test_an_administrator_signs_somebody_out(page: Page, login: Login) -> None:
    other = login.new_user("members")
    sign_in(page, login, other)
    page.goto(f"{login.url}/admin/")
    expect(page.get_by_role("heading", name="This page is not for you")).to_be_visible()
    with another_browser(page) as theirs:
        sign_in(theirs, login, login.new_user("admins"))
        theirs.get_by_role("link", name="Users").click()
        theirs.get_by_role("link", name="members").click()
        theirs.get_by_role("button", name=f"Sign out {other}").click()
        expect(theirs.get_by_text("The user is signed out everywhere.")).to_be_visible()
    page.goto(login.url)
    expect(page.get_by_text("You were signed out. Please sign in again.")).to_be_visible()


def test_an_account_is_deleted(page: Page, login: Login) -> None:
    email = login.new_user()
    sign_in(page, login, email)
    page.get_by_role("link", name="Delete account…").click()
    page.get_by_label("Your e-mail address").fill("somebody@else.example")
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("This is not the address of your account.")).to_be_visible()
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_role("button", name="Delete my account").click()
    page.wait_for_url(f"{login.url}/")
    assert login.sql("SELECT 1 FROM sign_ins WHERE email = :email", email=email) == []
    with pytest.raises(login.cognito.exceptions.UserNotFoundException):
        login.cognito.admin_get_user(UserPoolId=login.outputs["UserPoolId"], Username=email)
