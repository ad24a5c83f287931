"""The console's own behaviour in a real browser: the inbox fills by itself, copies, filters and is cleared."""

from __future__ import annotations

import uuid

from playwright.sync_api import Page, expect

from tests.support.browser import WAIT
from tests.support.console import Console
from tests.support.systems import PASSWORD, CloudTask

expect.set_options(timeout=WAIT)


def sign_up(cloudtask: CloudTask) -> str:
    """Have the cloud mail a code to somebody new; their address."""
    email = f"carl-{uuid.uuid4().hex[:8]}@example.com"
    cloudtask.cloud.client("cognito-idp").sign_up(
        ClientId=cloudtask.outputs["UserPoolClientId"], Username=email, Password=PASSWORD
    )
    return email


def test_the_inbox_fills_by_itself(page: Page, console: Console, cloudtask: CloudTask) -> None:
    page.goto(f"{console.url}/mail")
    email = sign_up(cloudtask)
    item = page.get_by_test_id("mail-item").filter(has_text=email)
    expect(item.get_by_test_id("mail-code")).to_be_visible()
    item.get_by_role("link").click()
    expect(page.get_by_test_id("mail-text").locator("mark")).to_have_count(1)


def test_the_code_is_copied_and_the_filter_kept(page: Page, console: Console, cloudtask: CloudTask) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=console.url)
    email = sign_up(cloudtask)
    page.goto(f"{console.url}/mail")
    page.keyboard.press("/")
    page.keyboard.type(email)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("mail-item")).to_have_count(1)
    assert email.replace("@", "%40") in page.url
    code = page.get_by_test_id("mail-code").inner_text()
    page.get_by_role("button", name=f"Copy the code for {email}").click()
    expect(page.get_by_role("button", name=f"Copy the code for {email}")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == code


def test_clearing_asks_first(page: Page, console: Console, cloudtask: CloudTask) -> None:
    """In the console of this worker's cloud; no other test of it counts on old mail."""
    email = sign_up(cloudtask)
    page.goto(f"{console.url}/mail?recipient={email}")
    page.get_by_role("button", name="Clear inbox").click()
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_test_id("mail-item")).to_have_count(1)
    page.get_by_role("button", name="Clear inbox").click()
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="The inbox is empty now.")).to_be_visible()
    expect(page.get_by_test_id("mail-item")).to_have_count(0)


def test_the_overview_shows_the_deployed_site(page: Page, console: Console, cloudtask: CloudTask) -> None:
    page.goto(console.url)
    stack = page.get_by_test_id("stack").filter(has_text="cloudtask").first
    expect(stack.get_by_role("link", name=cloudtask.site).first).to_be_visible()
    stack.get_by_role("link", name=cloudtask.site).first.click()
    expect(page.get_by_test_id("sign-in")).to_be_visible()
