from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from groundcloud.clock import SystemClock
from groundcloud.http import Request, Response
from groundcloud.ports import Engine, Mail, Scope
from groundcloud.signin import limits
from groundcloud.signin.mail import SesMail, bare_address
from groundcloud.signin.mail_routes import MailRoutes
from groundcloud.signin.mailbox import Mailbox

HELLO = Mail("1", "email", "from@example.com", "ann@example.com", "Hello", "text", "", 100.0, "cognito", "123456")


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    mailbox = Mailbox(tmp_path / "mail.sqlite", SystemClock())
    yield mailbox
    mailbox.close()


def test_newest_first_for_one_or_all(mailbox: Mailbox) -> None:
    async def scenario() -> None:
        await mailbox.deliver(HELLO)
        await mailbox.deliver(replace(HELLO, id="2", created=101.0))
        await mailbox.deliver(replace(HELLO, id="3", recipient="bob@example.com", created=99.0))
        assert [mail.id for mail in await mailbox.messages()] == ["2", "1", "3"]
        assert [mail.id for mail in await mailbox.messages("ANN@example.com")] == ["2", "1"]
        assert [mail.id for mail in await mailbox.messages(limit=1)] == ["2"]
        await mailbox.deliver(replace(HELLO, id="4", kind="sms", created=98.0))
        assert [mail.id for mail in await mailbox.messages(kind="sms")] == ["4"]
        assert [mail.id for mail in await mailbox.messages("ann@example.com", kind="email")] == ["2", "1"]
        assert await mailbox.message("1") == HELLO
        await mailbox.clear()
        assert await mailbox.messages() == []

    asyncio.run(scenario())


def test_waiting_ends_when_mail_comes(mailbox: Mailbox) -> None:
    async def scenario() -> None:
        waiting = asyncio.create_task(mailbox.wait("ann@example.com", 100.0, 5))
        await asyncio.sleep(0)
        await mailbox.deliver(HELLO)
        await mailbox.deliver(replace(HELLO, id="2", created=102.0))
        await mailbox.deliver(replace(HELLO, id="3", created=103.0))
        found = await waiting
        assert found is not None
        assert found.id == "2"
        assert await mailbox.wait("bob@example.com", 0.0, 0.01) is None

    asyncio.run(scenario())


def test_it_is_bounded_and_outlives_a_stop(tmp_path: Path) -> None:
    async def scenario() -> None:
        first = Mailbox(tmp_path / "mail.sqlite", SystemClock())
        for number in range(limits.MAX_MESSAGES + 5):
            await first.deliver(replace(HELLO, id=str(number), created=float(number)))
        first.close()
        second = Mailbox(tmp_path / "mail.sqlite", SystemClock())
        kept = await second.messages(limit=limits.MAX_LISTED)
        assert (len(kept), kept[0].id, kept[-1].id) == (limits.MAX_MESSAGES, "1004", "5")
        second.close()

    asyncio.run(scenario())


def test_other_senders_mail_is_taken_in_once(tmp_path: Path) -> None:
    remembered = [replace(HELLO, id="a", created=10.0)]

    async def source() -> list[Mail]:
        return list(remembered)

    async def scenario() -> None:
        mailbox = Mailbox(tmp_path / "mail.sqlite", SystemClock(), source)
        assert [mail.id for mail in await mailbox.messages()] == ["a"]
        await mailbox.clear()
        assert await mailbox.messages() == []
        # As LocalStack dates them: the second in the same second.
        remembered.append(replace(HELLO, id="b", created=10.0))
        assert [mail.id for mail in await mailbox.messages()] == ["b"]
        mailbox.close()

    asyncio.run(scenario())


class EngineWithMail(Engine):
    def __init__(self, status: int, body: Any) -> None:
        self._response = Response(status, body=json.dumps(body).encode())

    async def request(self, request: Request) -> Response:
        assert request.raw_path == "/_ministack/ses/messages"
        return self._response

    async def call(self, service: str, operation: str, params: dict[str, Any] | None = None, *, scope: Scope) -> Any:
        raise AssertionError("SES is not asked by its API")


def test_mail_of_the_engines_ses() -> None:
    record = {
        "MessageId": "m@email.amazonses.com",
        "Source": "shop@example.com",
        "To": ["Ann <ann@example.com>"],
        "CC": ["bob@example.com"],
        "BCC": [],
        "Subject": "Order",
        "BodyText": "text",
        "BodyHtml": None,
        "Timestamp": 5.5,
        "Type": "SendEmail",
    }
    own = {**record, "Type": "CognitoVerificationMessage"}
    found = asyncio.run(SesMail(EngineWithMail(200, {"messages": {"1": [record], "2": [own]}}))())
    assert [(mail.id, mail.recipient, mail.html, mail.source) for mail in found] == [
        ("m-0", "ann@example.com", "", "ses"),
        ("m-1", "bob@example.com", "", "ses"),
    ]
    assert asyncio.run(SesMail(EngineWithMail(404, {}))()) == []


@pytest.mark.parametrize(
    ("written", "bare"),
    [("a@b.c", "a@b.c"), ("A <a@b.c>", "a@b.c"), (" a@b.c ", "a@b.c"), ("A <a@b.c", "A"), ("", "")],
)
def test_bare_addresses(written: str, bare: str) -> None:
    assert bare_address(written) == bare


def test_the_control_routes(mailbox: Mailbox) -> None:
    routes = {(route.method, route.path): route.handler for route in MailRoutes(mailbox).routes()}

    async def get(path: str, query: str = "", **segments: str) -> Response:
        return await routes["GET", path](Request("GET", path, query), segments)

    async def scenario() -> None:
        await mailbox.deliver(HELLO)
        listed = json.loads((await get("/mail", "recipient=ann%40example.com&limit=5")).body)
        assert listed["messages"][0]["code"] == "123456"
        assert json.loads((await get("/mail/wait", "after=1&timeout=0")).body)["id"] == "1"
        assert (await get("/mail/wait", "after=100&timeout=0")).status == 404
        assert (await get("/mail/{id}", id="1")).status == 200
        assert (await get("/mail/{id}", id="2")).status == 404
        for query in ("limit=0", "limit=-1", "limit=1001", "limit=x", "limit=nan", "limit=inf"):
            assert (await get("/mail", query)).status == 400, query
        cleared = await routes["DELETE", "/mail"](Request("DELETE", "/mail"), {})
        assert (cleared.status, await mailbox.messages()) == (204, [])

    asyncio.run(scenario())
    assert list(routes)[1:3] == [("GET", "/mail/wait"), ("GET", "/mail/{id}")]
