"""A person follows one request through the console: the live list, its steps, its log, and sends it again."""

from __future__ import annotations

import re
import time

import pytest
from botocore.exceptions import ClientError
from playwright.sync_api import Page, expect

from tests.support.axe import violations
from tests.support.browser import WAIT
from tests.support.console import Console
from tests.support.mailbox import Mailbox
from tests.support.systems import CloudTask, User

expect.set_options(timeout=WAIT)


@pytest.fixture
def create(cloudtask: CloudTask) -> str:
    """The name of the function that adds a task."""
    return cloudtask.function("CreateTask")


@pytest.fixture
def worker(cloudtask: CloudTask, mailbox: Mailbox) -> User:
    return cloudtask.new_user(mailbox)


def test_a_request_from_the_live_list_to_its_replay(page: Page, console: Console, worker: User, create: str) -> None:
    page.goto(f"{console.url}/requests?function={create}&since={time.time()}")
    worker.post("/tasks", {"title": "<script>alert(1)</script>"}).raise_for_status()
    row = page.get_by_test_id("trace").filter(has_text="POST /tasks").first
    expect(row).to_be_visible()
    row.get_by_role("link").click()
    steps = page.get_by_test_id("step")
    for text in ("execute-api POST /tasks", "authorizer", "invocation", "dynamodb PutItem"):
        expect(steps.filter(has_text=text).first).to_be_visible()
    expect(page.get_by_test_id("log-line").filter(has_text="START RequestId")).to_have_count(1)

    steps.filter(has_text="PutItem").click()
    expect(page.get_by_test_id("verdict")).to_contain_text("Allowed · dynamodb:PutItem")
    expect(page.get_by_test_id("verdict")).to_contain_text('"Effect": "Allow"')
    page.get_by_text("Copy as curl, AWS CLI, boto3").click()
    expect(page.get_by_test_id("command-boto3")).to_contain_text("client.put_item(")
    assert violations(page) == []

    steps.filter(has_text="invocation").click()
    page.get_by_role("button", name="Replay", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Sent again: 200.")).to_be_visible()
    expect(page.get_by_test_id("step").filter(has_text="dynamodb PutItem")).to_be_visible()
    page.get_by_role("link", name="Compare the two").click()
    expect(page.get_by_test_id("compared").filter(has_text="dynamodb PutItem").first).to_be_visible()
    assert violations(page) == []


def test_a_call_without_its_token_is_completed_and_sent(page: Page, console: Console, worker: User) -> None:
    worker.get("/tasks").raise_for_status()
    page.goto(f"{console.url}/requests?operation=GET+/tasks")
    page.get_by_test_id("trace").first.get_by_role("link").click()
    page.get_by_role("button", name="Replay", exact=True).click()
    expect(page.get_by_text("held a secret: type it in").first).to_be_visible()
    headers = page.get_by_label("Headers, one a line")
    headers.fill(re.sub(r"(?im)^authorization: .*$", f"Authorization: {worker.id_token}", headers.input_value()))
    assert violations(page) == []
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status").filter(has_text="Sent again: 200.")).to_be_visible()


def test_a_log_line_comes_by_itself_and_leads_to_its_trace(
    page: Page, console: Console, worker: User, create: str
) -> None:
    page.goto(f"{console.url}/logs?function={create}&q={worker.claims['sub']}")
    expect(page.get_by_role("heading", name="No line passes this filter")).to_be_visible()
    worker.post("/tasks", {"title": "Milk"}).raise_for_status()
    expect(page.get_by_test_id("log-line")).to_have_count(1)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("[data-live-state]")).to_contain_text("Paused")
    page.get_by_test_id("log-line").first.get_by_role("link").click()
    expect(page.get_by_test_id("step").filter(has_text="dynamodb PutItem")).to_be_visible()


def test_a_failure_is_a_badge_that_opens_the_list_of_failures(
    page: Page, console: Console, cloudtask: CloudTask
) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        cloudtask.cloud.client("dynamodb").scan(TableName="no-such-table")
    page.goto(console.url)
    page.get_by_test_id("badges").get_by_role("link").filter(has_text="failed").click()
    expect(page.get_by_test_id("trace").filter(has_text="error").first).to_be_visible()
    assert "status=error" in page.url


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_about_a_trace_meet_wcag(page: Page, console: Console, worker: User, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    worker.post("/tasks", {"title": "Milk"}).raise_for_status()
    page.goto(f"{console.url}/requests?operation=POST+/tasks")
    page.get_by_test_id("trace").first.get_by_role("link").click()
    trace = page.url.partition("?")[0]
    trace_id = trace.rpartition("/")[2]
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for address in (trace, f"{trace}/edit", f"{console.url}/compare?a={trace_id}&b={trace_id}"):
            page.goto(address)
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
