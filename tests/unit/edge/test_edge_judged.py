"""Which requests go straight to their service."""

from __future__ import annotations

import asyncio

import pytest

from groundcloud.edge.judged import Judged
from groundcloud.ports import Scope
from tests.fakes.fake_clock import FakeClock
from tests.support.edge import exchange

SCOPE = Scope("123456789012", "eu-west-1")
TARGET = ("X-Amz-Target", "DynamoDB_20120810.PutItem")


class Door:
    def __init__(self):
        self.asked = []

    def asked_for(self, target):
        return "dynamodb" if target.startswith("DynamoDB_20120810.") else ""

    async def answer(self, service, headers, body, scope, client):
        self.asked.append((service, headers, body, scope, client))
        return 200, {"Content-Type": "application/x-amz-json-1.0"}, b"{}"


def sent(method="POST", target="/", headers=(TARGET,), host="127.0.0.1:4566", judged=SCOPE):
    """``(what the service was asked, what was answered)`` for one request."""
    door, one = Door(), exchange(method, target, headers, b'{"a": 1}', host=host)
    one.judged = judged
    answer = asyncio.run(Judged(door, FakeClock(1_763_800_000.5), "cloud")(one))
    return door.asked, answer


def test_a_judged_call_is_its_services():
    ((service, headers, body, scope, client),), answer = sent()
    assert (service, body, scope, client) == ("dynamodb", b'{"a": 1}', SCOPE, "127.0.0.1")
    assert headers == {"host": "127.0.0.1:4566", "x-amz-target": "DynamoDB_20120810.PutItem"}
    assert (answer.status, answer.body) == (200, b"{}")
    assert answer.headers.items == [
        ("Content-Type", "application/x-amz-json-1.0"),
        ("x-amzn-RequestId", "request-1"),
        ("Date", "Sat, 22 Nov 2025 08:26:40 GMT"),
    ]


@pytest.mark.parametrize("host", ["127.0.0.1:4566", "localhost", "cloud:4566"])
def test_the_clouds_own_names(host):
    assert len(sent(host=host)[0]) == 1


@pytest.mark.parametrize(
    "request_",
    [
        {"judged": None},
        {"method": "GET"},
        {"target": "/123456789012/queue"},
        {"target": "/?Action=x"},
        {"headers": ()},
        {"headers": (("X-Amz-Target", "Logs_20140328.TagResource"),)},
        {"headers": (TARGET, TARGET)},
        {"headers": (TARGET, ("Origin", "http://localhost:3000"))},
        {"headers": (TARGET, ("Content-Encoding", "gzip"))},
        {"headers": (TARGET, ("X-Amz-Decoded-Content-Length", "7"))},
        {"headers": (TARGET, ("X-Forwarded-Proto", "https"))},
        {"host": "balancer.elb.localhost"},
        {"host": "abc.execute-api.localhost:4566"},
        {"host": None},
    ],
    ids=lambda one: "-".join(f"{name}={value}" for name, value in one.items())[:60],
)
def test_everything_else_is_the_engines(request_):
    assert sent(**request_) == ([], None)
