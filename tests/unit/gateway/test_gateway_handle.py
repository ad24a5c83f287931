"""The gateway as a whole, in a scripted world."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Scope
from groundcloud.spans import UNKEPT_SPANS, Span, current
from tests.fakes.fake_gateway_world import FUNCTION_ARN, FUNCTION_URI, GatewayWorld, ScriptedApi

FORBIDDEN = b'{"message":"Forbidden"}'


def world_with_proxy() -> GatewayWorld:
    world = GatewayWorld()
    world.api.proxy("GET", "/x")
    return world


def handle(world: GatewayWorld, host: str, path: str) -> Response | None:
    return asyncio.run(world.gateway.handle(Request("GET", path, headers=Headers([("Host", host)]))))


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("abc1234567.execute-api.localhost:4566", "/prod/x"),
        ("abc1234567.execute-api.us-east-1.amazonaws.com", "/prod/x"),
        ("127.0.0.1:4566", "/_aws/execute-api/abc1234567/prod/x"),
        ("127.0.0.1:4566", "/restapis/abc1234567/prod/_user_request_/x"),
    ],
)
def test_every_url_form_reaches_the_function(host: str, path: str) -> None:
    world = world_with_proxy()
    response = handle(world, host, path)
    assert response is not None
    assert (response.status, response.body) == (200, b"hello")
    event = world.functions.event
    assert (event["path"], event["requestContext"]["path"], event["headers"]["Host"]) == ("/x", "/prod/x", host)


def test_a_path_that_the_api_does_not_have_is_traced_as_its_accounts() -> None:
    span = Span(UNKEPT_SPANS, "1-a", "", 0.0, 0.0)
    token = current.set(span)
    try:
        response = handle(world_with_proxy(), "127.0.0.1:4566", "/_aws/execute-api/abc1234567/prod/nowhere")
    finally:
        current.reset(token)
    assert response is not None and response.status == 403
    assert (span.operation, span.resource) == ("GET /nowhere", "abc1234567/prod")
    assert (span.account, span.region) == ("000000000000", "us-east-1")


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("nobody.execute-api.localhost", "/prod/x"),
        ("abc1234567.execute-api.localhost", "/dev/x"),
        ("abc1234567.execute-api.localhost", "/"),
        ("abc1234567.execute-api.eu-west-1.amazonaws.com", "/prod/x"),
        ("127.0.0.1:4566", "/_aws/execute-api/abc1234567"),
    ],
)
def test_unknown_api_or_stage(host: str, path: str) -> None:
    response = handle(world_with_proxy(), host, path)
    assert response is not None
    assert (response.status, response.body) == (403, FORBIDDEN)
    assert response.headers.get("x-amzn-errortype") == "ForbiddenException"
    assert response.headers.get("x-amzn-requestid")


def test_other_requests_and_other_kinds_of_api_are_left_to_others() -> None:
    world = world_with_proxy()
    world.engine.http_apis.add("web1")
    assert handle(world, "web1.execute-api.localhost", "/x") is None
    assert handle(world, "127.0.0.1:4566", "/restapis/abc1234567/resources") is None
    assert handle(world, "bucket.s3.localhost", "/x") is None


def test_a_stage_without_deployment_and_a_disabled_endpoint_are_not_served() -> None:
    world = world_with_proxy()
    world.api.stages = [{"stageName": "prod", "deploymentId": ""}]
    assert world.ask("GET", "/x").status == 403


def test_apis_of_other_accounts_and_regions_are_found() -> None:
    world = GatewayWorld()
    there = Scope("111111111111", "eu-west-1")
    world.scopes.scopes.append(there)
    other = ScriptedApi(api_id="other12345", scope=there)
    other.proxy("GET", "/x", FUNCTION_URI.replace(FUNCTION_ARN, "Echo"))
    world.engine.apis.append(other)
    world.allow("Echo")
    response = handle(world, "other12345.execute-api.eu-west-1.amazonaws.com", "/prod/x")
    assert response is not None
    assert response.status == 200
    assert world.functions.invocations[0].scope == there
    assert world.functions.event["requestContext"]["accountId"] == "111111111111"


def test_an_api_is_compiled_once_until_it_changes() -> None:
    world = world_with_proxy()
    for _ in range(3):
        assert world.ask("GET", "/x").status == 200
    assert world.engine.calls["GetResources"] == 1
    world.api.proxy("POST", "/x")
    assert world.ask("POST", "/x").status == 403
    world.changes.bump("apigateway")
    assert world.ask("POST", "/x").status == 200
    world.engine.apis.clear()
    world.changes.bump("apigateway")
    assert world.ask("GET", "/x").status == 403


def test_all_pages_of_resources_are_read() -> None:
    world = GatewayWorld()
    world.engine.page_size = 2
    for number in range(5):
        world.api.proxy("GET", f"/r{number}")
    assert [world.ask("GET", f"/r{number}").status for number in range(5)] == [200] * 5
    assert world.engine.calls["GetResources"] == 3


def test_concurrent_first_calls_share_one_compilation_even_if_the_first_hangs_up() -> None:
    async def story() -> None:
        world = world_with_proxy()
        world.engine.gate = asyncio.Event()
        calls = [asyncio.create_task(world.send("GET", "/x")) for _ in range(5)]
        await asyncio.sleep(0)
        calls[0].cancel()
        await asyncio.sleep(0)
        world.engine.gate.set()
        answers = await asyncio.gather(*calls[1:])
        assert [answer.status for answer in answers] == [200] * 4
        assert world.engine.calls["GetRestApi"] == 1

    asyncio.run(story())


def test_a_failed_compilation_is_tried_again() -> None:
    world = world_with_proxy()
    world.engine.broken = "GetStages"
    response = world.ask("GET", "/x")
    assert (response.status, response.body) == (500, b'{"message": "Internal server error"}')
    world.engine.broken = None
    assert world.ask("GET", "/x").status == 200


def test_a_slow_function_times_out_and_goes_on() -> None:
    async def story() -> None:
        world = GatewayWorld()
        integration = {"type": "AWS_PROXY", "httpMethod": "POST", "uri": FUNCTION_URI, "timeoutInMillis": 50}
        world.api.method("GET", "/x", integration)
        release, finished = asyncio.Event(), asyncio.Event()

        async def slow() -> None:
            await release.wait()
            finished.set()

        world.functions.before = slow
        response = await world.send("GET", "/x")
        assert (response.status, response.body) == (504, b'{"message": "Endpoint request timed out"}')
        assert response.headers.get("x-amzn-errortype") == "InternalServerErrorException"
        release.set()
        await asyncio.wait_for(finished.wait(), 60)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (FUNCTION_URI, (FUNCTION_ARN, None)),
        (FUNCTION_URI.replace("path/", "path//"), (FUNCTION_ARN, None)),
        (FUNCTION_URI.replace(":Echo/", ":${stageVariables.name}/"), (FUNCTION_ARN, None)),
        (FUNCTION_URI.replace(":Echo/", ":Echo:${stageVariables.alias}/"), (FUNCTION_ARN, "live")),
        (FUNCTION_URI.replace(FUNCTION_ARN, "Echo:live"), ("Echo", "live")),
    ],
)
def test_function_uris(uri: str, expected: tuple[str, str | None]) -> None:
    world = GatewayWorld()
    world.api.stages[0]["variables"] = {"name": "Echo", "alias": "live"}
    world.api.proxy("GET", "/x", uri)
    world.allow(*expected)
    assert world.ask("GET", "/x").status == 200
    invocation = world.functions.invocations[0]
    assert (invocation.function, invocation.qualifier) == expected


@pytest.mark.parametrize(
    "integration",
    [
        {"type": "AWS_PROXY", "httpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:sqs:path/1/q"},
        {"type": "AWS_PROXY", "httpMethod": "POST"},
        {"type": "AWS_PROXY", "httpMethod": "GET", "uri": FUNCTION_URI},
        None,
    ],
)
def test_integrations_that_cannot_work(integration: dict[str, Any] | None) -> None:
    world = GatewayWorld()
    world.api.method("GET", "/x", integration or {})
    response = world.ask("GET", "/x")
    assert (response.status, response.body) == (500, b'{"message": "Internal server error"}')


@pytest.mark.parametrize("uri", ["http://x", "arn:aws:apigateway:us-east-1:nothing:action/Do", "mailto:x"])
def test_unsupported_integrations_say_so(uri: str, caplog: pytest.LogCaptureFixture) -> None:
    world = GatewayWorld()
    world.api.method("GET", "/x", {"type": "AWS", "uri": uri})
    with caplog.at_level(logging.WARNING):
        response = world.ask("GET", "/x")
    assert response.status == 500
    assert f"does not support AWS integrations of {uri}" in response.body.decode()
    assert f"AWS integrations of {uri} are not supported" in caplog.text


@pytest.mark.parametrize(
    ("settings", "headers", "status", "error_type"),
    [
        ({"authorizationType": "AWS_IAM"}, {}, 403, "MissingAuthenticationTokenException"),
        ({"authorizationType": "AWS_IAM"}, {"Authorization": "Bearer x"}, 403, "MissingAuthenticationTokenException"),
        ({"authorizationType": "AWS_IAM"}, {"Authorization": "AWS4-HMAC-SHA256 C"}, 403, "AccessDeniedException"),
        ({"authorizationType": "CUSTOM", "authorizerId": "tok"}, {}, 401, "UnauthorizedException"),
        ({"authorizationType": "CUSTOM", "authorizerId": "gone"}, {}, 500, "AuthorizerConfigurationException"),
        ({"authorizationType": "SOMETHING"}, {}, 500, "AuthorizerConfigurationException"),
        ({"authorizationType": "COGNITO_USER_POOLS"}, {}, 500, "AuthorizerConfigurationException"),
        (
            {"authorizationType": "COGNITO_USER_POOLS", "authorizerId": "tok"},
            {"Authorization": "x"},
            500,
            "AuthorizerConfigurationException",
        ),
        ({"apiKeyRequired": True}, {}, 403, "ForbiddenException"),
        ({"apiKeyRequired": True}, {"x-api-key": "k"}, 403, "ForbiddenException"),
    ],
)
def test_a_protected_method_is_never_open(
    settings: dict[str, Any], headers: dict[str, str], status: int, error_type: str
) -> None:
    world = GatewayWorld()
    world.api.authorizers.append({"id": "tok", "type": "TOKEN", "authorizerUri": FUNCTION_URI})
    world.api.proxy("GET", "/x", **settings)
    response = world.ask("GET", "/x", headers=headers)
    assert (response.status, response.headers.get("x-amzn-errortype")) == (status, error_type)
    assert not world.functions.invocations


def test_head_has_headers_and_no_body() -> None:
    world = GatewayWorld()
    world.api.proxy("HEAD", "/x")
    response = world.ask("HEAD", "/x")
    assert (response.status, response.body, response.headers.get("content-length")) == (200, b"", "5")


def test_metrics_are_put_in_batches() -> None:
    async def story() -> GatewayWorld:
        world = world_with_proxy()
        await world.send("GET", "/x")
        await world.send("GET", "/x")
        await world.send("GET", "/nowhere")
        await world.gateway.close()
        return world

    world = asyncio.run(story())
    assert world.engine.calls["PutMetricData"] == 1
    by_name = {(datum["MetricName"], len(datum["Dimensions"])): datum for datum in world.engine.metrics}
    assert {name for name, _ in by_name} == {"Count", "4XXError", "5XXError", "Latency", "IntegrationLatency"}
    count, errors = by_name["Count", 1], by_name["4XXError", 2]
    assert (count["Values"], count["Counts"]) == ([1.0], [3.0])
    assert dict(zip(errors["Values"], errors["Counts"], strict=True)) == {1.0: 1.0, 0.0: 2.0}
    assert errors["Dimensions"] == [{"Name": "ApiName", "Value": "fake"}, {"Name": "Stage", "Value": "prod"}]
    assert by_name["IntegrationLatency", 1]["Counts"] == [2.0]


def test_metrics_that_cannot_be_put_disturb_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        world = world_with_proxy()
        world.engine.broken = "PutMetricData"
        await world.send("GET", "/x")
        await world.gateway.close()

    with caplog.at_level(logging.WARNING):
        asyncio.run(story())
    assert "were not put" in caplog.text
