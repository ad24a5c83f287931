"""The engine's own table of services: whose it is, what is made of answers, and when it is not asked."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from groundcloud.engines.embedded.services import EngineServices
from groundcloud.errors import UserError
from groundcloud.ports import Scope

NAMES = ("dynamodb", "events", "kms", "secretsmanager", "sqs", "ssm", "states")


class Engine:
    """Modules as the engine has them, and what was set."""

    def __init__(self, status=200, body="{}"):
        self.set = []
        self._answer = (status, {"Content-Type": "text/plain"}, body)
        self.app = SimpleNamespace(SERVICE_HANDLERS=dict.fromkeys(NAMES, self.handler()))
        self.responses = SimpleNamespace(
            set_request_account_id=self.note,
            set_request_region=self.note,
            set_request_client_ip=self.note,
            fix_success_content_type=self.fix("success"),
            fix_error_content_type=self.fix("error"),
        )
        self.evaluator = SimpleNamespace(pin_request_origin=self.note)

    def note(self, *values):
        self.set.append(values)

    def fix(self, kind):
        def fixed(service, status, headers):
            headers["Content-Type"] = f"{kind}/{service}/{status}"

        return fixed

    def handler(self):
        async def handle(method, path, headers, body, query_params):
            self.set.append((method, path, headers, body, query_params))
            return self._answer

        return handle

    def services(self, modules=()):
        return EngineServices(self.app, self.responses, self.evaluator, dict.fromkeys(modules))


@pytest.mark.parametrize(
    ("target", "service"),
    [
        ("DynamoDB_20120810.PutItem", "dynamodb"),
        ("AmazonSQS.SendMessage", "sqs"),
        ("secretsmanager.GetSecretValue", "secretsmanager"),
        ("DynamoDB_20120810x.PutItem", ""),
        ("Logs_20140328.PutLogEvents", ""),
        ("DynamoDB_20120810", ""),
        ("", ""),
    ],
)
def test_the_target_tells_the_service(target, service):
    assert Engine().services().asked_for(target) == service


def test_nothing_is_asked_here_once_cloudtrail_is_loaded():
    assert Engine().services(["ministack.services.cloudtrail"]).asked_for("AmazonSQS.SendMessage") == ""


@pytest.mark.parametrize(("status", "kind", "body"), [(200, "success", "{}"), (400, "error", b"{}")])
def test_a_service_is_asked_in_its_callers_place(status, kind, body):
    engine = Engine(status, body)
    answer = engine.services().answer("sqs", {"host": "localhost"}, b"x", Scope("1", "eu-west-1"), "127.0.0.2")
    assert asyncio.run(answer) == (status, {"Content-Type": f"{kind}/sqs/{status}"}, b"{}")
    assert engine.set == [
        ("1",),
        ("eu-west-1",),
        ("127.0.0.2",),
        ("127.0.0.2", False),
        ("POST", "/", {"host": "localhost"}, b"x", {}),
    ]


def no_table(engine):
    del engine.app.SERVICE_HANDLERS


def no_service(engine):
    del engine.app.SERVICE_HANDLERS["kms"]


def other_parameters(engine):
    engine.app.SERVICE_HANDLERS["kms"] = lambda request: request


def no_setter(engine):
    del engine.responses.set_request_region


@pytest.mark.parametrize("change", [no_table, no_service, other_parameters, no_setter])
def test_a_table_that_changed_is_refused(change):
    engine = Engine()
    change(engine)
    with pytest.raises(UserError, match="table of services has changed"):
        engine.services()
