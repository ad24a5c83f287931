"""The control router."""

from __future__ import annotations

import asyncio
import json

import pytest

from groundcloud.edge.control import About, Control, own_routes
from groundcloud.edge.limits import MAX_CONTROL_BODY_BYTES
from groundcloud.engines.scopes import ScopeRegistry
from groundcloud.errors import AwsError
from groundcloud.http import Response
from groundcloud.ports import ControlRoute, Scope
from groundcloud.settings import Settings
from tests.support.edge import Wire, exchange


def echo(name):
    async def handler(request, names):
        return Response.json(200, json.dumps({"route": name, "names": names, "body": request.body.decode()}))

    return handler


ROUTES = [
    ControlRoute("GET", "/mail", echo("list")),
    ControlRoute("DELETE", "/mail", echo("clear")),
    ControlRoute("GET", "/mail/{id}", echo("one")),
    ControlRoute("GET", "/mail/wait", echo("wait")),
    ControlRoute("PUT", "/functions/sources", echo("sources")),
    ControlRoute("GET", "/_localstack/health", echo("health")),
]


def ask(method, target, body=b"", routes=ROUTES):
    return asyncio.run(Control(routes)(exchange(method, target, body=body)))


def named(method, target, body=b""):
    answer = ask(method, target, body)
    assert answer.status == 200
    return json.loads(answer.body)


def test_each_method_and_path_has_its_route():
    assert named("GET", "/_groundcloud/v1/mail")["route"] == "list"
    assert named("DELETE", "/_groundcloud/v1/mail")["route"] == "clear"
    assert named("PUT", "/_groundcloud/v1/functions/sources", b"{}") == {"route": "sources", "names": {}, "body": "{}"}
    assert named("GET", "/_localstack/health")["route"] == "health"


def test_a_literal_segment_beats_a_parameter_whatever_the_order():
    assert named("GET", "/_groundcloud/v1/mail/wait")["route"] == "wait"
    assert named("GET", "/_groundcloud/v1/mail/abc")["names"] == {"id": "abc"}


def test_a_parameter_is_decoded_and_stays_in_its_segment():
    assert named("GET", "/_groundcloud/v1/mail/a%2Fb%20c")["names"] == {"id": "a/b c"}
    assert ask("GET", "/_groundcloud/v1/mail/a/b").status == 404


def test_head_is_answered_by_the_get_route():
    assert named("HEAD", "/_groundcloud/v1/mail")["route"] == "list"


def test_another_method_is_not_allowed_and_told_which_are():
    answer = ask("POST", "/_groundcloud/v1/mail")
    assert answer.status == 405
    assert "DELETE, GET" in json.loads(answer.body)["message"]


@pytest.mark.parametrize(
    "target",
    [
        "/_groundcloud/v1/nothing",
        "/_groundcloud/v1",
        "/_groundcloud/v1mail",
        "/_groundcloud/v2/mail",
        "/%5Fgroundcloud/v1/mail",
        "/_localstack/info",
    ],
)
def test_an_unknown_route_is_404_and_never_reaches_an_engine(target):
    assert ask("GET", target).status == 404


@pytest.mark.parametrize("target", ["/", "/bucket/_groundcloud/v1/mail", "/_groundcloud", "//_groundcloud/v1/mail"])
def test_other_paths_are_left_alone(target):
    assert ask("GET", target) is None


def test_a_control_body_is_bounded():
    wire = Wire([b"x" * MAX_CONTROL_BODY_BYTES, b"x"])
    with pytest.raises(AwsError) as caught:
        asyncio.run(Control(ROUTES)(exchange("PUT", "/_groundcloud/v1/functions/sources", wire=wire)))
    assert caught.value.status == 413


class FakeEngine:
    async def request(self, request):
        assert request.raw_path == "/_localstack/health"
        return Response.json(200, '{"services": {"s3": "available"}, "edition": "other"}')


@pytest.fixture
def own():
    about = About(Settings(), "embedded", "1.2.3", 42, 1_795_000_000.0, 0.5)
    return own_routes(about, FakeEngine(), ScopeRegistry(Scope("000000000000", "us-east-1")))


def test_health_and_status_tell_what_runs(own):
    health = json.loads(ask("GET", "/_groundcloud/v1/health", routes=own).body)
    assert health["status"] == "ok"
    assert (health["engine"], health["engineVersion"]) == ("embedded", "1.2.3")
    assert health["startedAt"] == "2026-11-18T11:06:40+00:00"
    status = json.loads(ask("GET", "/_groundcloud/v1/status", routes=own).body)
    assert status["pid"] == 42
    assert status["memoryBytes"] > 1_000_000
    assert status["scopes"] == [{"account": "000000000000", "region": "us-east-1"}]


def test_localstacks_health_lists_the_engines_services(own):
    health = json.loads(ask("GET", "/_localstack/health", routes=own).body)
    assert health["services"] == {"s3": "available"}
    assert health["edition"] == "groundcloud"


def test_the_description_is_served(own):
    assert ask("GET", "/_groundcloud/v1/openapi.yaml", routes=own).body.startswith(b"openapi: 3.1")
