"""AWS/ApiGateway metrics of REST, HTTP and WebSocket APIs; access logs and throttling of WebSocket APIs.

Pages named here are below https://docs.aws.amazon.com/apigateway/latest/developerguide/.
"""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.gateway_maker import ApiMaker
from tests.support.httpapi_maker import HttpApiMaker
from tests.support.processes import poll
from tests.support.websocket_maker import WebSocketMaker, ask

ECHO = """
def handler(event, context):
    text = event.get("body") or ""
    if "raise" in text:
        raise ValueError("x")
    return {"statusCode": 500 if "bad" in text else 200, "body": "{}"}
"""


class Figures:
    """Sums and sample counts of the last minutes."""

    def __init__(self, aws: Aws, **dimensions: str) -> None:
        self._cloudwatch = aws.client("cloudwatch")
        self._dimensions = [{"Name": name, "Value": value} for name, value in dimensions.items()]

    def of(self, metric: str, statistic: str = "Sum") -> float:
        now = time.time()
        found = self._cloudwatch.get_metric_statistics(
            Namespace="AWS/ApiGateway",
            MetricName=metric,
            Dimensions=self._dimensions,
            StartTime=now - 600,
            EndTime=now + 60,
            Period=60,
            Statistics=[statistic],
        )["Datapoints"]
        return float(sum(one[statistic] for one in found))

    def all(self, *metrics: str) -> dict[str, float]:
        return {metric: self.of(metric) for metric in metrics}


def test_metrics_of_rest_apis(cloud: Cloud, aws: Aws) -> None:
    """api-gateway-metrics-and-dimensions.html: those of methods only where detailed metrics are on."""
    api = ApiMaker(cloud, aws, "metered-rest")
    api.method("GET", "/pets/{id}")
    api.method("GET", "/plain")
    broken = {"type": "MOCK", "requestTemplates": {"application/json": "{}"}}
    api.method("GET", "/broken", integration=broken)
    api.deploy()
    patch = [{"op": "replace", "path": "/~1pets~1{id}/GET/metrics/enabled", "value": "true"}]
    api.client.update_stage(restApiId=api.api, stageName="prod", patchOperations=patch)
    statuses = [api.call("GET", path).status_code for path in ("/pets/1", "/pets/2", "/plain", "/none", "/broken")]
    assert statuses == [200, 200, 200, 403, 500]
    for dimensions in ({"ApiName": "metered-rest"}, {"ApiName": "metered-rest", "Stage": "prod"}):
        figures = Figures(aws, **dimensions)
        assert figures.all("Count", "4XXError", "5XXError") == {"Count": 5, "4XXError": 1, "5XXError": 1}
        assert figures.of("Latency", "SampleCount") == 5
    method = {"ApiName": "metered-rest", "Stage": "prod", "Resource": "/pets/{id}", "Method": "GET"}
    assert Figures(aws, **method).all("Count", "4XXError", "5XXError") == {"Count": 2, "4XXError": 0, "5XXError": 0}
    assert Figures(aws, **{**method, "Resource": "/plain"}).of("Count") == 0


def test_metrics_of_http_apis(cloud: Cloud, aws: Aws) -> None:
    """http-api-metrics.html."""
    api = HttpApiMaker(cloud, aws, "metered")
    target = api.integration(api.function("echo", ECHO))
    api.route("POST /pets", target)
    api.route("POST /plain", target)
    settings = {"POST /pets": {"DetailedMetricsEnabled": True}}
    api.client.update_stage(ApiId=api.api, StageName="$default", RouteSettings=settings)
    calls = [("/pets", "12345"), ("/pets", "bad"), ("/plain", "raise"), ("/none", "")]
    assert [api.call("POST", path, content=body).status_code for path, body in calls] == [200, 500, 500, 404]
    stage = {"ApiId": api.api, "Stage": "$default"}
    for dimensions in ({"ApiId": api.api}, stage):
        figures = Figures(aws, **dimensions)
        assert figures.all("Count", "4xx", "5xx") == {"Count": 4, "4xx": 1, "5xx": 2}
        assert figures.of("Latency", "SampleCount") == 4
        assert figures.of("IntegrationLatency", "SampleCount") == 3
    route = {**stage, "Resource": "/pets", "Method": "POST"}
    assert Figures(aws, **route).all("Count", "5xx", "DataProcessed") == {
        "Count": 2,
        "5xx": 1,
        "DataProcessed": len("12345{}" + "bad{}"),
    }
    assert Figures(aws, **{**route, "Resource": "/plain"}).of("Count") == 0


@pytest.fixture
def sockets(cloud: Cloud, aws: Aws) -> WebSocketMaker:
    api = WebSocketMaker(cloud, aws, "metered")
    echo = api.function("echo", ECHO)
    api.on("$connect", echo)
    api.on("loud", echo, answers=True)
    return api


def test_metrics_of_websocket_apis(sockets: WebSocketMaker) -> None:
    """apigateway-websocket-api-logging.html."""
    with sockets.open() as client:
        for said in ("hello", "bad", "raise"):
            ask(client, {"action": "loud", "said": said})
        assert ask(client, "nowhere")["message"] == "Forbidden"
    stage = {"ApiId": sockets.api, "Stage": "prod"}
    for dimensions in ({"ApiId": sockets.api}, stage):
        figures = Figures(sockets.aws, **dimensions)
        names = ("ConnectCount", "ClientError", "IntegrationError", "ExecutionError")
        assert figures.all(*names) == dict.fromkeys(names, 1)
        assert figures.of("MessageCount") == 8
        assert figures.of("IntegrationLatency", "SampleCount") == 4
    settings = {"loud": {"DetailedMetricsEnabled": True}}
    sockets.client.update_stage(ApiId=sockets.api, StageName="prod", RouteSettings=settings)
    with sockets.open() as client:
        ask(client, {"action": "loud"})
    assert Figures(sockets.aws, **stage, Resource="loud", Method="loud").of("MessageCount") == 1


def test_access_logs_of_websocket_apis(sockets: WebSocketMaker, account: str) -> None:
    """websocket-api-logging.html: one line for each event, with ``$context``; what is absent is ``-``."""
    logs = sockets.aws.client("logs")
    logs.create_log_group(logGroupName="sockets")
    names = {
        "key": "routeKey",
        "kind": "eventType",
        "status": "status",
        "connection": "connectionId",
        "integration": "integrationStatus",
        "error": "error.message",
        "message": "messageId",
    }
    form = json.dumps({name: f"$context.{variable}" for name, variable in names.items()})
    destination = f"arn:aws:logs:us-east-1:{account}:log-group:sockets"
    sockets.client.update_stage(
        ApiId=sockets.api, StageName="prod", AccessLogSettings={"DestinationArn": destination, "Format": form}
    )
    with sockets.open() as client:
        ask(client, {"action": "loud"})
        connection = ask(client, "nowhere")["connectionId"]

    def lines() -> list[dict[str, Any]]:
        found = logs.filter_log_events(logGroupName="sockets")["events"]
        return [json.loads(one["message"]) for one in found]

    poll(lambda: len(lines()) == 3, timeout=60, what="three lines")
    by_kind = {(line["kind"], line["key"]): line for line in lines()}
    assert {line["connection"] for line in by_kind.values()} == {connection}
    connected, routed = by_kind["CONNECT", "$connect"], by_kind["MESSAGE", "loud"]
    assert (connected["status"], connected["integration"], connected["message"]) == ("200", "200", "-")
    assert (routed["status"], routed["error"]) == ("200", "-")
    assert routed["message"] != "-"
    refused = by_kind["MESSAGE", "-"]
    assert (refused["status"], refused["integration"], refused["error"]) == ("403", "-", "Forbidden")


def test_throttling_of_websocket_apis(sockets: WebSocketMaker) -> None:
    """api-gateway-request-throttling.html and the `RouteSettings` of
    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html: beyond a limit,
    429."""
    once = {"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 1}
    settings = {"loud": once, "$connect": once}
    sockets.client.update_stage(ApiId=sockets.api, StageName="prod", RouteSettings=settings)
    with sockets.open() as client:
        client.send('{"action": "loud"}')
        assert client.recv(timeout=60) == "{}"
        told = ask(client, {"action": "loud"})
        assert told["message"] == "Too Many Requests"
        assert {"connectionId", "requestId"} <= set(told)
    with pytest.raises(InvalidStatus) as refused:
        sockets.open()
    assert refused.value.response.status_code == 429
