"""The inbox's control routes, and mail that applications send through SES."""

from __future__ import annotations

import threading
import time
import uuid
from typing import Any

import pytest

from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.mailbox import Mailbox


def send(aws: Aws, recipient: str, subject: str = "Hello", **destination: Any) -> None:
    ses = aws.client("ses")
    ses.verify_email_identity(EmailAddress="shop@example.com")
    ses.send_email(
        Source="shop@example.com",
        Destination={"ToAddresses": [recipient], **destination},
        Message={"Subject": {"Data": subject}, "Body": {"Text": {"Data": "text"}, "Html": {"Data": "<p>html</p>"}}},
    )


@pytest.fixture
def recipient() -> str:
    return f"{uuid.uuid4().hex}@example.com"


def test_ses_mail_is_in_the_inbox(aws: Aws, mailbox: Mailbox, recipient: str) -> None:
    """https://docs.aws.amazon.com/ses/latest/APIReference/API_SendEmail.html"""
    copied = f"copy-{recipient}"
    send(aws, recipient, CcAddresses=[copied])
    message = mailbox.wait_for(recipient)

    assert (message["kind"], message["source"], message["code"]) == ("email", "ses", None)
    assert (message["sender"], message["recipient"]) == ("shop@example.com", recipient)
    assert (message["subject"], message["text"], message["html"]) == ("Hello", "text", "<p>html</p>")
    assert mailbox.messages(copied)[0]["subject"] == "Hello"


def test_waiting_for_mail(aws: Aws, cloud: Cloud, mailbox: Mailbox, recipient: str) -> None:
    """The control route's own contract: the oldest message newer than `after`, or 404 when the time is over."""
    began = time.time()
    nothing = cloud.control("/mail/wait", params={"recipient": recipient, "timeout": "0.1"})
    assert nothing.status_code == 404
    assert recipient in nothing.json()["message"]

    later = threading.Timer(0.3, send, (aws, recipient, "first"))
    later.start()
    first = mailbox.wait_for(recipient, began)
    later.join()
    send(aws, recipient, "second")
    assert first["subject"] == "first"
    assert mailbox.wait_for(recipient, first["created"])["subject"] == "second"
    assert [one["subject"] for one in mailbox.messages(recipient)] == ["second", "first"]


def test_one_message_and_none(aws: Aws, cloud: Cloud, mailbox: Mailbox, recipient: str) -> None:
    """The control route's own contract."""
    send(aws, recipient)
    message = mailbox.wait_for(recipient)
    assert cloud.control(f"/mail/{message['id']}").json() == message
    assert cloud.control("/mail/nothing-of-that-name").status_code == 404


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=nan", "limit=5000", "kind=fax"])
def test_bad_limits(cloud: Cloud, query: str) -> None:
    """The control route's own contract."""
    assert cloud.control(f"/mail?{query}").status_code == 400


@pytest.mark.parametrize("query", ["timeout=61", "timeout=-1", "timeout=x", "after=yesterday"])
def test_bad_waits(cloud: Cloud, query: str) -> None:
    """The control route's own contract."""
    assert cloud.control(f"/mail/wait?{query}").status_code == 400
