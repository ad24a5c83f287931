"""Mail that LocalStack's SES kept."""

from __future__ import annotations

import asyncio
import json

import pytest

from groundcloud.http import Response
from groundcloud.ports import Engine
from groundcloud.signin.localstack_mail import LocalStackMail, read_message
from tests.fakes.fake_clock import FakeClock

SENT = {
    "Id": "m",
    "Region": "us-east-1",
    "Source": "shop@example.com",
    "Destination": {"ToAddresses": ["Ann <ann@example.com>"], "CcAddresses": ["bob@example.com"]},
    "Subject": "Order",
    "Body": {"text_part": "text", "html_part": None},
    "Timestamp": "2026-11-21T19:00:00",
}
SECOND = 1795287600.0
RAW = "From: shop@example.com\nTo: Ann <ann@example.com>\nSubject: Raw\nContent-Type: text/html\n\n<p>hi</p>\n"


class EngineWithMail(Engine):
    def __init__(self, status, body):
        self._response = Response(status, body=json.dumps(body).encode())

    async def request(self, request):
        assert (request.raw_path, request.service) == ("/_aws/ses", "ses")
        return self._response


def test_one_mail_for_each_recipient():
    found = asyncio.run(LocalStackMail(EngineWithMail(200, {"messages": [SENT]}), FakeClock(SECOND + 0.25))())
    assert [(mail.id, mail.recipient, mail.subject, mail.text, mail.html) for mail in found] == [
        ("m-0", "ann@example.com", "Order", "text", ""),
        ("m-1", "bob@example.com", "Order", "text", ""),
    ]
    assert found[0].created == SECOND + 0.25


def test_a_raw_message_names_its_recipients_itself():
    raw = {"Id": "r", "Source": "shop@example.com", "RawData": RAW, "Timestamp": SENT["Timestamp"]}
    (mail,) = read_message(raw, SECOND)
    assert (mail.recipient, mail.subject, mail.html.strip(), mail.text) == ("ann@example.com", "Raw", "<p>hi</p>", "")


def test_a_templated_message_shows_what_it_was_made_of():
    message = {**SENT, "Body": None, "Subject": None, "Template": "welcome", "TemplateData": '{"name": "Ann"}'}
    assert [(mail.subject, mail.text) for mail in read_message(message, SECOND)][0] == ("welcome", '{"name": "Ann"}')


def test_without_the_route_there_is_no_mail():
    assert asyncio.run(LocalStackMail(EngineWithMail(404, {}), FakeClock(SECOND))()) == []


@pytest.mark.parametrize(
    ("moment", "now", "created"),
    [
        ("2026-11-21T19:00:00", SECOND + 0.5, SECOND + 0.5),
        ("2026-11-21T19:00:00", SECOND + 60, SECOND + 0.999),
        ("2026-11-21T19:00:00", SECOND - 60, SECOND),
        ("2026-11-21T19:00:00.250000", SECOND + 0.5, SECOND + 0.25),
    ],
)
def test_a_mail_is_not_older_than_the_moment_before_it_was_sent(moment, now, created):
    mails = read_message({**SENT, "Timestamp": moment}, now)
    assert [mail.created for mail in mails] == [created, created]
