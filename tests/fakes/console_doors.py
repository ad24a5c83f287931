"""Fakes of the console's two doors: a cloud that answers control routes from memory, and a list of stacks."""

from __future__ import annotations

import json
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

import httpx
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.session import Session
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from groundcloud.settings import Settings
from ui.readers.aws import AwsDoor
from ui.readers.control import Control
from ui.readers.stacks import StackReader
from ui.readers.types import CloudUnavailable, Message, Scope, Stack
from ui.readers.wire import Wire

STATUS = {
    "profile": "embedded",
    "endpoint": "http://127.0.0.1:4566",
    "uiUrl": "http://127.0.0.1:8080",
    "region": "us-east-1",
    "account": "000000000000",
    "pid": 4242,
    "startedAt": 1795248000.0,
    "startSeconds": 0.47,
    "memoryBytes": 183_500_800,
    "engine": {"name": "embedded", "version": "1.5.33"},
    "scopes": [{"account": "000000000000", "region": "us-east-1"}],
}


class LocalVisitor(FlaskClient):
    """A browser at the console's own address."""

    def open(self, *arguments: Any, **options: Any) -> TestResponse:
        options.setdefault("base_url", "http://127.0.0.1:8080")
        options.setdefault("buffered", True)
        return super().open(*arguments, **options)


class FakeControl(Control):
    """The control routes of a cloud with `mail` in its inbox, which `denied` and `allowed` these decisions. `answers`
    maps ``"GET /path"`` to what another route answers: a value to be sent as JSON, or a function of the request that
    returns a response. `down` makes the cloud stop answering, `broken` answer 500."""

    def __init__(self, mail: list[Message] | None = None) -> None:
        self.mail = mail or []
        self.denied: list[dict[str, Any]] = []
        self.allowed: list[dict[str, Any]] = []
        self.answers: dict[str, Any] = {}
        self.asked: list[httpx.Request] = []
        self.down = False
        self.broken = False
        super().__init__(
            httpx.Client(base_url="http://127.0.0.1:4566", transport=httpx.MockTransport(self._answer), trust_env=False)
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("connection refused", request=request)
        if self.broken:
            return httpx.Response(500, json={"message": "Internal server error"})
        self.asked.append(request)
        path = request.url.path.removeprefix("/_groundcloud/v1")
        if f"{request.method} {path}" in self.answers:
            answer = self.answers[f"{request.method} {path}"]
            found = answer(request) if callable(answer) else answer
            return found if isinstance(found, httpx.Response) else httpx.Response(200, json=found)
        if path == "/status":
            return httpx.Response(200, json=STATUS)
        if path == "/iam/decisions":
            return self._decisions(request.url.params)
        if path == "/mail":
            return self._mail(request)
        found = [each for each in self.mail if path == f"/mail/{each.id}"]
        return httpx.Response(200, content=json.dumps(asdict(found[0]))) if found else httpx.Response(404, json={})

    def _decisions(self, asked: httpx.QueryParams) -> httpx.Response:
        decided = self.allowed if asked.get("allowed") else self.denied
        wanted = {name: asked[name] for name in ("principal", "action", "resource") if name in asked}
        found = [one for one in decided if all(part in one[name] for name, part in wanted.items())]
        return httpx.Response(200, json={"mode": "enforce", "decisions": found})

    def _mail(self, request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            self.mail.clear()
            return httpx.Response(204)
        wanted, kind = request.url.params.get("recipient"), request.url.params.get("kind")
        found = [asdict(one) for one in self.mail if wanted in (None, one.recipient) and kind in (None, one.kind)]
        return httpx.Response(200, json={"messages": found[: int(request.url.params["limit"])]})


class FakeStacks(StackReader):
    """CloudFormation with these stacks in whatever scope is asked for. `refusal` is AWS's error instead."""

    def __init__(self, stacks: list[Stack] | None = None) -> None:
        super().__init__(Settings(), AwsDoor(Settings()))
        self.stacks = stacks or []
        self.asked: list[Scope] = []
        self.refusal = ""
        self.down = False

    def read(self, scope: Scope) -> list[Stack]:
        self.asked.append(scope)
        if self.down:
            raise CloudUnavailable("http://127.0.0.1:4566 does not answer")
        if self.refusal:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": self.refusal}}, "DescribeStacks")
        return self.stacks


class FakeWire(Wire):
    """Where what is sent again arrives: remembers requests, and answers 201, or `answer`."""

    def __init__(self) -> None:
        self.answer = httpx.Response(201)
        self.requests: list[httpx.Request] = []
        super().__init__(Settings(), httpx.Client(transport=httpx.MockTransport(self._answer)))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer


class BlankClient:
    """A boto3 client of a service in which nothing is: each operation answers what has the shape of its output, with
    empty lists."""

    def __init__(self, service: str) -> None:
        self._model = Session().get_service_model(service)
        self._names = {xform_name(name): name for name in self._model.operation_names}

    def __getattr__(self, method: str) -> Any:
        return lambda **_: self._output(method)

    def get_paginator(self, method: str) -> Any:
        return SimpleNamespace(paginate=lambda **_: [self._output(method)])

    def _output(self, method: str) -> dict[str, Any]:
        shape = self._model.operation_model(self._names[method]).output_shape
        blanks: dict[str, Any] = {"list": [], "map": {}, "structure": {}, "integer": 0, "long": 0, "boolean": False}
        members = shape.members if shape else {}
        return {
            name: blanks.get(member.type_name, "")
            for name, member in members.items()
            if "oken" not in name and "Marker" not in name
        }


class FakeAws(AwsDoor):
    """AWS's APIs from a script: ``FakeAws(dynamodb=client)`` gives that object as the client of the service in whatever
    scope; a service that is not named is empty."""

    def __init__(self, **clients: Any) -> None:
        super().__init__(Settings())
        self.clients = clients
        self.scopes: list[Scope] = []

    def client(self, service: str, scope: Scope) -> Any:
        self.scopes.append(scope)
        name = service.replace("-", "_")
        if name not in self.clients:
            self.clients[name] = BlankClient(service)
        return self.clients[name]

    def signer(self, service: str, scope: Scope) -> Any:
        return self.client(service, scope)
