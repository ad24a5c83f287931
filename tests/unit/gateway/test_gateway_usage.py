"""API keys, usage plans, throttling and quotas."""

from __future__ import annotations

from typing import Any

import pytest

from groundcloud.gateway.throttle import Limits, Quota, Throttle, read_limits
from groundcloud.ports import InvokeResult
from tests.fakes.fake_gateway_world import FUNCTION_ARN, FUNCTION_URI, FakeClock, GatewayWorld

KEY = "k" * 20
FORBIDDEN = (403, b'{"message":"Forbidden"}')
THROTTLED = (429, b'{"message":"Too Many Requests"}')
EXCEEDED = (429, b'{"message":"Limit Exceeded"}')


def world_with_plan(stage: dict[str, Any] | None = None, **plan: Any) -> GatewayWorld:
    world = GatewayWorld()
    world.api.proxy("GET", "/x", apiKeyRequired=True)
    world.api.proxy("POST", "/x", apiKeyRequired=True)
    world.api.proxy("GET", "/open")
    world.engine.keys.append({"id": "key1", "value": KEY, "enabled": True})
    stages = [{"apiId": "abc1234567", "stage": "prod", **(stage or {})}]
    world.engine.plans.append({"id": "plan1", "apiStages": stages, **plan})
    world.engine.plan_keys["plan1"] = ["key1"]
    return world


def get(world: GatewayWorld, key: str | None = KEY, verb: str = "GET", path: str = "/x") -> tuple[int, bytes]:
    response = world.ask(verb, path, headers={"X-API-Key": key} if key is not None else {})
    return response.status, response.body


def test_a_key_of_a_plan_of_the_stage_is_let_in_and_shown() -> None:
    world = world_with_plan()
    assert get(world)[0] == 200
    identity = world.functions.event["requestContext"]["identity"]
    assert (identity["apiKey"], identity["apiKeyId"]) == (KEY, "key1")
    assert get(world, None, path="/open")[0] == 200
    assert "apiKey" not in world.functions.event["requestContext"]["identity"]
    assert world.engine.calls["GetApiKeys"] == 1


@pytest.mark.parametrize("key", [None, "", "wrong", KEY.upper(), KEY + " x", "key1"])
def test_wrong_keys(key: str | None) -> None:
    world = world_with_plan()
    assert get(world, key) == FORBIDDEN
    assert not world.functions.invocations


def test_keys_that_are_disabled_or_in_no_plan_of_this_stage() -> None:
    world = world_with_plan()
    world.engine.keys[0]["enabled"] = False
    assert get(world) == FORBIDDEN
    world = world_with_plan({"stage": "dev"})
    assert get(world) == FORBIDDEN
    world = world_with_plan()
    world.engine.plan_keys.clear()
    assert get(world) == FORBIDDEN
    world.engine.plan_keys["plan1"] = ["key1"]
    world.changes.bump("apigateway")
    assert get(world)[0] == 200


def test_a_plan_throttles_by_key() -> None:
    world = world_with_plan(throttle={"rateLimit": 1.0, "burstLimit": 2})
    world.engine.keys.append({"id": "key2", "value": "o" * 20, "enabled": True})
    world.engine.plan_keys["plan1"].append("key2")
    assert [get(world)[0] for _ in range(3)] == [200, 200, 429]
    assert get(world) == THROTTLED
    assert get(world, "o" * 20)[0] == 200
    world.clock.time += 1
    assert [get(world)[0] for _ in range(2)] == [200, 429]


def test_a_plan_throttles_single_methods() -> None:
    world = world_with_plan({"throttle": {"/x/GET": {"rateLimit": 1, "burstLimit": 1}}})
    assert [get(world)[0] for _ in range(2)] == [200, 429]
    assert get(world, verb="POST")[0] == 200


@pytest.mark.parametrize("setting", ["*/*", "/*/*", "/open/GET", "~1open/GET", "open/GET"])
def test_a_stage_throttles_without_keys(setting: str) -> None:
    world = world_with_plan()
    limits = {"throttlingRateLimit": 1.0, "throttlingBurstLimit": 1}
    world.api.stages[0]["methodSettings"] = {setting: limits, "/other/GET": {"loggingLevel": "INFO"}}
    assert [get(world, None, path="/open") for _ in range(2)][1] == THROTTLED


def test_quotas_begin_anew_with_their_period_and_do_not_count_what_was_throttled() -> None:
    world = world_with_plan(quota={"limit": 2, "period": "DAY"}, throttle={"rateLimit": 1, "burstLimit": 1})
    assert [get(world)[0] for _ in range(3)] == [200, 429, 429]
    world.clock.time += 5
    assert get(world)[0] == 200
    world.clock.time += 5
    assert get(world) == EXCEEDED
    world.clock.time += 86400
    assert get(world)[0] == 200


@pytest.mark.parametrize(("period", "days"), [("DAY", 1), ("WEEK", 7), ("MONTH", 31)])
def test_periods(period: str, days: int) -> None:
    clock = FakeClock()
    throttle = Throttle(clock)
    quota = Quota(1, period)
    assert [throttle.count("a", quota) for _ in range(2)] == [True, False]
    clock.time += days * 86400
    assert throttle.count("a", quota)


def test_limits() -> None:
    assert read_limits({}) is None
    assert read_limits({"rateLimit": -1, "burstLimit": -1}) is None
    assert read_limits({"rateLimit": 5}) == Limits(5, 5)
    assert not Throttle(FakeClock()).take("a", Limits(0, 0))


def test_the_key_may_come_from_the_authorizer() -> None:
    world = world_with_plan()
    world.api.settings["apiKeySource"] = "AUTHORIZER"
    guard = FUNCTION_ARN.replace("Echo", "Guard")
    world.allow(guard)
    world.api.authorizers.append({"id": "a", "type": "TOKEN", "authorizerUri": FUNCTION_URI.replace("Echo", "Guard")})
    world.api.proxy("GET", "/x", apiKeyRequired=True, authorizationType="CUSTOM", authorizerId="a")
    policy = b'{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    for key, status in ((KEY, 200), ("wrong", 403)):
        answer = b'{"principalId": "a", "policyDocument": %s, "usageIdentifierKey": "%s"}' % (policy, key.encode())
        world.functions.route(guard, lambda event, answer=answer: InvokeResult(answer, "r"))
        headers = {"Authorization": key, "X-API-Key": KEY}
        assert world.ask("GET", "/x", headers=headers).status == status
