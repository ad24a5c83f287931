"""The console in front of fake doors: no socket is opened."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from groundcloud.settings import Settings
from tests.fakes.console_doors import FakeAws, FakeControl, FakeStacks, FakeWire, LocalVisitor
from ui import create_app
from ui.readers.types import Console, Message


def message(**changes: object) -> Message:
    """A confirmation mail, with `changes`."""
    values = {
        "id": "m1",
        "kind": "email",
        "sender": "no-reply@verificationemail.com",
        "recipient": "ann@example.com",
        "subject": "Your code",
        "text": "Your code is 482913.",
        "html": "",
        "created": 1795248000.0,
        "source": "cognito",
        "code": "482913",
    }
    return Message(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def control() -> FakeControl:
    return FakeControl()


@pytest.fixture
def stacks() -> FakeStacks:
    return FakeStacks()


@pytest.fixture
def door() -> FakeAws:
    """The door to AWS's APIs; give it clients: `door.clients["dynamodb"] = ...`."""
    return FakeAws()


@pytest.fixture
def wire() -> FakeWire:
    """The door through which recorded requests are sent again."""
    return FakeWire()


@pytest.fixture(scope="session")
def application() -> Flask:
    """One console for all tests, because to make one and compile its templates takes longer than most of them; each
    test gives it doors of its own."""
    app = create_app(Settings(), control=FakeControl(), stacks=FakeStacks(), aws=FakeAws(), wire=FakeWire())
    app.test_client_class = LocalVisitor
    return app


@pytest.fixture
def visitor(application: Flask, control: FakeControl, stacks: FakeStacks, door: FakeAws, wire: FakeWire) -> FlaskClient:
    """A browser at the console's own address."""
    application.extensions["console"] = Console(Settings(), control, door, wire, stacks)
    return application.test_client()


@pytest.fixture
def send(visitor: FlaskClient) -> Callable[..., TestResponse]:
    """Posts a form as a page does: `send("/queues/jobs/send", body="hello")`; fields may be files."""

    def post(path: str, **fields: Any) -> TestResponse:
        token = re.findall(r'name="csrf-token" content="([^"]+)"', visitor.get("/iam").text)[0]
        return visitor.post(path, data={"csrf_token": token, **fields}, content_type="multipart/form-data")

    return post


@pytest.fixture
def mail() -> type:
    """Makes messages: `mail.make(subject="Hello")`."""

    class Maker:
        make = staticmethod(message)

    return Maker
