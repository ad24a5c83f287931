"""The story that the project is about, in a real browser: two people, CloudTask, and the console's inbox."""

from __future__ import annotations

import uuid

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.browser import WAIT, PageWatch
from tests.support.console import Console
from tests.support.systems import PASSWORD, CloudTask

expect.set_options(timeout=WAIT)


class Person:
    """Somebody at a browser of their own, with CloudTask in one tab and the console in another."""

    def __init__(self, name: str, browser: Browser, site: str, console: str) -> None:
        self.email = f"{name}-{uuid.uuid4().hex[:8]}@example.com"
        self.watch = PageWatch()
        self.context: BrowserContext = browser.new_context()
        self.context.set_default_timeout(WAIT)
        self.context.on("page", self.watch.watch)
        self._console = console
        self.page: Page = self.context.new_page()
        self.page.goto(site)

    def code_from_the_inbox(self) -> str:
        """Read the newest code mailed to this person, as they would: in the console, in a second tab."""
        inbox = self.context.new_page()
        inbox.goto(f"{self._console}/mail?recipient={self.email}")
        code = inbox.get_by_test_id("mail-code").first
        expect(code).to_be_visible()
        text = code.inner_text()
        inbox.close()
        return text

    def sign_up(self) -> None:
        page = self.page
        page.get_by_test_id("go-sign-up").click()
        page.get_by_test_id("email").fill(self.email)
        page.get_by_test_id("password").fill(PASSWORD)
        page.get_by_test_id("sign-up").click()
        page.get_by_test_id("code").fill(self.code_from_the_inbox())
        page.get_by_test_id("confirm").click()

    def sign_in(self) -> None:
        page = self.page
        page.get_by_test_id("email").fill(self.email)
        page.get_by_test_id("password").fill(PASSWORD)
        page.get_by_test_id("sign-in").click()
        expect(page.get_by_test_id("signed-in-as")).to_have_text(self.email)

    def leave(self) -> None:
        self.context.close()
        assert not self.watch.faults, "\n".join(self.watch.faults)


@pytest.fixture
def people(browser: Browser, cloudtask: CloudTask, console: Console) -> tuple[Person, Person]:
    ann, bob = (Person(name, browser, cloudtask.site, console.url) for name in ("ann", "bob"))
    return ann, bob


def test_two_people_keep_their_own_tasks(people: tuple[Person, Person]) -> None:
    """Sign up with the code from the inbox, add, edit, tick off; the other sees none of it; delete, sign out."""
    ann, bob = people
    ann.sign_up()
    ann.sign_in()
    page = ann.page
    tasks = page.get_by_test_id("task-item")
    expect(page.get_by_test_id("empty")).to_be_visible()

    page.get_by_test_id("task-title").fill("Buy milk")
    page.get_by_test_id("task-description").fill("two litres")
    page.get_by_test_id("add-task").click()
    expect(tasks).to_have_count(1)
    expect(tasks.first).to_contain_text("Buy milk")

    tasks.first.get_by_test_id("task-edit").click()
    tasks.first.get_by_test_id("edit-title").fill("Buy oat milk <b>today</b>")
    tasks.first.get_by_test_id("task-save").click()
    expect(tasks.first.get_by_test_id("task-item-title")).to_have_text("Buy oat milk <b>today</b>")

    tasks.first.get_by_test_id("task-done").check()
    expect(tasks.first).to_have_attribute("data-done", "true")

    page.reload()
    expect(tasks.first.get_by_test_id("task-item-title")).to_have_text("Buy oat milk <b>today</b>")
    expect(tasks.first.get_by_test_id("task-item-description")).to_have_text("two litres")
    expect(tasks.first.get_by_test_id("task-done")).to_be_checked()

    bob.sign_up()
    bob.sign_in()
    expect(bob.page.get_by_test_id("empty")).to_be_visible()
    expect(bob.page.get_by_test_id("task-item")).to_have_count(0)

    tasks.first.get_by_test_id("task-delete").click()
    expect(tasks).to_have_count(0)
    page.get_by_test_id("sign-out").click()
    expect(page.get_by_test_id("sign-in")).to_be_visible()
    expect(page.get_by_test_id("signed-in-as")).to_be_hidden()
    ann.leave()
    bob.leave()


def test_a_wrong_code_and_a_wrong_password_are_refused_in_words(people: tuple[Person, Person]) -> None:
    """Cognito's refusals reach the person: CodeMismatchException, then NotAuthorizedException."""
    ann, bob = people
    bob.leave()
    page = ann.page
    page.get_by_test_id("go-sign-up").click()
    page.get_by_test_id("email").fill(ann.email)
    page.get_by_test_id("password").fill(PASSWORD)
    page.get_by_test_id("sign-up").click()
    right = ann.code_from_the_inbox()
    page.get_by_test_id("code").fill("000000" if right != "000000" else "000001")
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("message")).to_contain_text("nvalid verification code")
    page.get_by_test_id("code").fill(right)
    page.get_by_test_id("confirm").click()
    page.get_by_test_id("password").fill("Wrong" + PASSWORD)
    page.get_by_test_id("sign-in").click()
    expect(page.get_by_test_id("message")).to_contain_text("ncorrect")
    ann.leave()
