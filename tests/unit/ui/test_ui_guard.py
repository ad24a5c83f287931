"""Who may talk to the console."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from groundcloud.settings import Settings
from tests.fakes.console_doors import FakeControl, FakeStacks, LocalVisitor
from ui import create_app

FOREIGN_HOSTS = ["evil.example:8080", "127.0.0.1", "127.0.0.1:9999", "localhost.evil.example:8080"]


def csrf(page: str) -> str:
    """The token that a page carries."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert found
    return found[1]


def token_of(visitor: FlaskClient) -> str:
    return csrf(visitor.get("/mail").text)


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_foreign_host_name_is_refused(visitor: FlaskClient, host: str) -> None:
    """A name that somebody points at 127.0.0.1 (DNS rebinding) must not read the inbox."""
    assert visitor.get("/api/mail", headers={"Host": host}).status_code == 403


def test_the_local_names_are_answered(visitor: FlaskClient) -> None:
    for host in ("127.0.0.1:8080", "localhost:8080", "[::1]:8080", "LOCALHOST:8080"):
        assert visitor.get("/api/mail", headers={"Host": host}).status_code == 200


def test_a_further_name_is_answered_when_the_settings_allow_it() -> None:
    app = create_app(Settings(allowed_hosts=("dev.box",)), control=FakeControl(), stacks=FakeStacks())
    assert app.test_client().get("/api/mail", headers={"Host": "dev.box:8080"}).status_code == 200


def test_a_write_needs_the_token_of_this_session(visitor: FlaskClient, control: FakeControl, mail: type) -> None:
    control.mail.append(mail.make())
    right = token_of(visitor)
    for wrong in ({}, {"csrf_token": ""}, {"csrf_token": right + "x"}):
        assert visitor.post("/mail/clear", data=wrong).status_code == 403
    assert control.mail


def test_a_write_from_another_origin_is_refused_even_with_the_token(visitor: FlaskClient) -> None:
    right = token_of(visitor)
    for origin in ("http://evil.example", "http://127.0.0.1:3000", "null"):
        answer = visitor.post("/mail/clear", data={"csrf_token": right}, headers={"Origin": origin})
        assert answer.status_code == 403


def test_every_page_carries_the_policy(visitor: FlaskClient) -> None:
    for path in ("/", "/mail", "/api/mail", "/nowhere", "/static/console.js"):
        headers = visitor.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe-inline" not in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_token_may_come_in_a_header(visitor: FlaskClient) -> None:
    """As htmx sends it."""
    assert visitor.post("/mail/clear", headers={"X-CSRF-Token": token_of(visitor)}).status_code == 303
    assert visitor.post("/mail/clear", headers={"X-CSRF-Token": "\u00e4"}).status_code == 403


def visitor_on_aws(**settings: bool) -> FlaskClient:
    app = create_app(Settings(profile="aws", **settings), control=FakeControl(), stacks=FakeStacks())
    app.test_client_class = LocalVisitor
    return app.test_client()


def test_on_real_aws_the_console_only_reads_and_says_so() -> None:
    visitor = visitor_on_aws()
    page = visitor.get("/mail").text
    assert "Clear inbox" not in page
    assert "REAL AWS" in page and "only reads" in page
    answer = visitor.post("/mail/clear", headers={"X-CSRF-Token": csrf(page)})
    assert answer.status_code == 403
    assert "GROUNDCLOUD_UI_AWS_WRITES=1" in answer.text


def test_on_real_aws_it_writes_only_when_it_was_started_so() -> None:
    visitor = visitor_on_aws(ui_aws_writes=True)
    page = visitor.get("/mail").text
    assert "REAL AWS" in page and "only reads" not in page
    assert visitor.post("/mail/clear", headers={"X-CSRF-Token": csrf(page)}).status_code == 303


def test_on_real_aws_a_cloud_that_runs_on_this_machine_is_not_shown() -> None:
    app = create_app(Settings(profile="aws"), stacks=FakeStacks())
    app.test_client_class = LocalVisitor
    visitor = app.test_client()
    for path in ("/requests", "/mail", "/iam", "/requests/1-0-0"):
        answer = visitor.get(path)
        assert answer.status_code == 404
        assert "Not on real AWS" in answer.text and "make up" not in answer.text and "REAL AWS" in answer.text
    assert visitor.get("/api/mail").get_json()["message"].startswith("Requests, mail and IAM")
