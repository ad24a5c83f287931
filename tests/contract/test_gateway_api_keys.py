"""API keys and usage plans of REST APIs.

Pages named here are below https://docs.aws.amazon.com/apigateway/latest/developerguide/.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.gateway_maker import ApiMaker

SLOW = {"rateLimit": 0.001, "burstLimit": 2}


@pytest.fixture(scope="module")
def api(cloud: Cloud) -> Iterator[ApiMaker]:
    aws = Aws(cloud.endpoint, new_account())
    made = ApiMaker(cloud, aws, "keys")
    made.method("GET", "/x", apiKeyRequired=True)
    made.method("GET", "/open")
    made.deploy()
    yield made
    aws.close()


def new_key(api: ApiMaker, **plan: Any) -> tuple[str, str]:
    """Value and id of a key in a plan of its own."""
    key = api.client.create_api_key(name="k", enabled=True)
    stages = [{"apiId": api.api, "stage": "prod"}]
    made = api.client.create_usage_plan(name="p", apiStages=stages, **plan)
    api.client.create_usage_plan_key(usagePlanId=made["id"], keyId=key["id"], keyType="API_KEY")
    return key["value"], key["id"]


def answers(api: ApiMaker, key: str, count: int) -> list[tuple[int, str]]:
    made = (api.call("GET", "/x", headers={"x-api-key": key}) for _ in range(count))
    return [(one.status_code, one.text) for one in made]


@pytest.mark.parametrize("headers", [{}, {"x-api-key": "wrong-wrong-wrong-wrong"}])
def test_without_a_proper_key(api: ApiMaker, headers: dict[str, str]) -> None:
    """api-gateway-setup-api-key-with-console.html; supported-gateway-response-types.html, INVALID_API_KEY."""
    response = api.call("GET", "/x", headers=headers)
    assert (response.status_code, response.text) == (403, '{"message":"Forbidden"}')
    assert response.headers["x-amzn-errortype"] == "ForbiddenException"
    assert api.call("GET", "/open").status_code == 200


def test_a_key_in_a_plan_is_let_in_until_it_is_disabled(api: ApiMaker) -> None:
    """api-gateway-api-usage-plans.html."""
    value, key_id = new_key(api)
    assert answers(api, value, 1) == [(200, "ok")]
    patch = [{"op": "replace", "path": "/enabled", "value": "false"}]
    api.client.update_api_key(apiKey=key_id, patchOperations=patch)
    assert answers(api, value, 1)[0][0] == 403


def test_throttling(api: ApiMaker) -> None:
    """api-gateway-request-throttling.html: a token bucket of burst size, 429 Too Many Requests."""
    value, _ = new_key(api, throttle=SLOW)
    assert answers(api, value, 3) == [(200, "ok"), (200, "ok"), (429, '{"message":"Too Many Requests"}')]


def test_quota(api: ApiMaker) -> None:
    """api-gateway-api-usage-plans.html; supported-gateway-response-types.html, QUOTA_EXCEEDED."""
    value, _ = new_key(api, quota={"limit": 1, "period": "MONTH"})
    assert answers(api, value, 2) == [(200, "ok"), (429, '{"message":"Limit Exceeded"}')]


def test_a_stage_throttles_a_method(api: ApiMaker) -> None:
    """api-gateway-request-throttling.html, "Method-level throttling": live without a deployment."""
    values = {"rateLimit": "0.001", "burstLimit": "1"}
    patch = [
        {"op": "replace", "path": f"/~1open/GET/throttling/{name}", "value": value} for name, value in values.items()
    ]
    api.client.update_stage(restApiId=api.api, stageName="prod", patchOperations=patch)
    assert [api.call("GET", "/open").status_code for _ in range(2)] == [200, 429]
