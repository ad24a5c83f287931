"""Greeting in a real browser: register, confirm, be greeted, keep files, be refused elsewhere."""

from __future__ import annotations

import re
import uuid

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import WAIT
from tests.support.mailbox import Mailbox
from tests.support.systems import PASSWORD, Greeting

expect.set_options(timeout=WAIT)
FILE = {"name": "a note & more.txt", "mimeType": "text/plain", "buffer": b"kept for me"}


def register(page: Page, greeting: Greeting, mailbox: Mailbox, phone: str = "") -> str:
    """Through the page, up to a confirmed registration; the username."""
    username = f"ada-{uuid.uuid4().hex[:8]}"
    page.goto(greeting.site)
    page.get_by_test_id("go-register").click()
    page.get_by_test_id("username").fill(username)
    page.get_by_test_id("email").fill(f"{username}@example.com")
    page.get_by_test_id("phone").fill(phone)
    page.get_by_test_id("password").fill(PASSWORD)
    page.get_by_test_id("register").click()
    expect(page.get_by_test_id("message")).to_contain_text("We sent a code to")
    code = mailbox.code(phone or f"{username}@example.com")
    page.get_by_test_id("code").fill("000000" if code != "000000" else "000001")
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("message")).to_contain_text("nvalid verification code")
    page.get_by_test_id("code").fill(code)
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("message")).to_have_text("You are registered. You can sign in now.")
    return username


def sign_in(page: Page, username: str) -> None:
    page.get_by_test_id("username").fill(username)
    page.get_by_test_id("password").fill(PASSWORD)
    page.get_by_test_id("sign-in").click()
    expect(page.get_by_test_id("signed-in-as")).to_have_text(username)


def test_somebody_new_is_greeted_and_keeps_files(page: Page, greeting: Greeting, mailbox: Mailbox) -> None:
    """The whole story; the name comes by trigger, table, stream and Parameter Store."""
    username = register(page, greeting, mailbox)
    sign_in(page, username)
    expect(page.get_by_test_id("greeting")).to_have_text(f"hello {username}", timeout=2 * WAIT)
    expect(page.get_by_test_id("folder")).to_have_text(re.compile(r"^private/us-east-1:[0-9a-f-]{36}/$"))
    expect(page.get_by_test_id("no-files")).to_be_visible()

    page.get_by_test_id("file").set_input_files(FILE)
    expect(page.get_by_test_id("file-item")).to_have_count(1)
    expect(page.get_by_test_id("message")).to_have_text(f"{FILE['name']} is uploaded.")
    link = page.get_by_test_id("file-item").get_by_role("link", name=str(FILE["name"]))
    kept = page.request.get(link.get_attribute("href") or "")
    assert (kept.status, kept.body()) == (200, FILE["buffer"])

    page.reload()
    expect(page.get_by_test_id("file-item")).to_have_count(1)
    page.get_by_test_id("sign-out").click()
    expect(page.get_by_test_id("message")).to_have_text("You are signed out.")
    expect(page.get_by_test_id("signed-in-as")).to_be_hidden()


@pytest.mark.parametrize("folder", ["profiles/", "private/", ""])
def test_other_folders_are_refused_in_s3s_words(page: Page, greeting: Greeting, mailbox: Mailbox, folder: str) -> None:
    """The credentials are good for the own folder alone; the page shows what S3 says."""
    username = f"bob-{uuid.uuid4().hex[:8]}"
    greeting.register(mailbox, username)
    page.goto(greeting.site)
    sign_in(page, username)
    page.get_by_test_id("elsewhere-folder").fill(folder)
    page.get_by_test_id("look-elsewhere").click()
    answer = page.get_by_test_id("elsewhere-answer")
    expect(answer).to_contain_text("AccessDenied: User: arn:aws:sts::")
    expect(answer).to_contain_text("is not authorized to perform: s3:ListBucket")


def test_a_phone_number_brings_the_code_by_text_message(page: Page, greeting: Greeting, mailbox: Mailbox) -> None:
    phone = f"+1555{uuid.uuid4().int % 10**7:07d}"
    username = register(page, greeting, mailbox, phone)
    assert mailbox.messages(phone)[0]["kind"] == "sms"
    assert mailbox.messages(f"{username}@example.com") == []
    sign_in(page, username)


def test_a_session_ends_with_its_tab_and_with_a_sign_out_elsewhere(
    page: Page, greeting: Greeting, mailbox: Mailbox
) -> None:
    """A wrong password is refused; another tab knows nobody; who was signed out everywhere has to sign in again."""
    username = f"eve-{uuid.uuid4().hex[:8]}"
    greeting.register(mailbox, username)
    page.goto(greeting.site)
    page.get_by_test_id("username").fill(username)
    page.get_by_test_id("password").fill(f"Wrong{PASSWORD}")
    page.get_by_test_id("sign-in").click()
    expect(page.get_by_test_id("message")).to_have_text("Incorrect username or password.")
    sign_in(page, username)
    expect(page.get_by_test_id("greeting")).to_have_text(f"hello {username}", timeout=2 * WAIT)

    other = page.context.new_page()
    other.goto(greeting.site)
    expect(other.get_by_test_id("sign-in")).to_be_visible()

    pool = greeting.outputs["UserPoolId"]
    greeting.cloud.client("cognito-idp").admin_user_global_sign_out(UserPoolId=pool, Username=username)
    page.evaluate(
        "sessionStorage.setItem('greeting.tokens', JSON.stringify("
        "{...JSON.parse(sessionStorage.getItem('greeting.tokens')), until: 0}))"
    )
    page.reload()
    expect(page.get_by_test_id("message")).to_have_text("Your session has ended. Sign in again.")
    expect(page.get_by_test_id("sign-in")).to_be_visible()
