"""Traces of WebSocket APIs: a handshake with its authorizer and `$connect`, then each message for itself.

Sources: docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html (who is asked at
`$connect`), apigateway-websocket-api-route-keys-connect-disconnect.html (what is called when). X-Ray does not trace
WebSocket APIs, so what is a child of what is ours: `groundcloud/trace/README.md`.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from groundcloud.trace.names import MASK
from tests.fakes.lambda_world import wait_until
from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.functions import NOTING
from tests.support.traces import Traces, span_of
from tests.support.websocket_maker import WebSocketMaker

LETTING_IN = """
def handler(event, context):
    effect = "Allow" if event["queryStringParameters"]["room"] == "1" else "Deny"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    return {"principalId": "ann", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
"""


def begun(traces: Traces, operation: str, spans: int) -> dict[str, Any]:
    """The one trace that begins with `operation`, once it has so many spans."""
    found: list[dict[str, Any]] = []

    def is_there() -> bool:
        found[:] = [one for one in traces.listed(operation=operation) if one["operation"] == operation]
        return bool(found) and found[0]["spans"] >= spans

    wait_until(is_there, f"a trace of {operation} with {spans} spans", 30)
    assert len(found) == 1
    return traces.one(found[0]["traceId"])


def test_what_happens_on_a_connection(cloud: Cloud, aws: Aws, traces: Traces) -> None:
    api = WebSocketMaker(cloud, aws, "talk")
    arn = api.function("letting-in", LETTING_IN)
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    made = api.client.create_authorizer(
        ApiId=api.api,
        Name="a",
        AuthorizerType="REQUEST",
        AuthorizerUri=uri,
        IdentitySource=["route.request.querystring.room"],
    )
    noting = api.function("noting", NOTING)
    api.on("$connect", noting, AuthorizationType="CUSTOM", AuthorizerId=made["AuthorizerId"])
    api.on("$disconnect", noting)
    api.on("say", noting, answers=True)
    with pytest.raises(InvalidStatus):
        api.open("?room=2")
    [refused] = traces.listed(operation="CONNECT $connect")
    assert (refused["status"], refused["outcome"]) == (403, "denied")

    with api.open("?room=1&token=hunter22") as client:
        client.send('{"action": "say", "password": "hunter22"}')
        client.recv(timeout=60)

    said, gone = begun(traces, "MESSAGE say", 2), begun(traces, "DISCONNECT $disconnect", 2)
    for trace, operation in ((said, "MESSAGE say"), (gone, "DISCONNECT $disconnect")):
        root = span_of(trace, operation)
        run = span_of(trace, "Invoke")
        assert (root["parentId"], root["status"], root["resource"]) == (None, 200, f"{api.api}/prod")
        assert run["parentId"] == root["spanId"] and run["function"].endswith("noting")
        assert any("RAN " in line["message"] for line in run["logs"])
    assert json.loads(span_of(said, "MESSAGE say")["request"]["body"]) == {"action": "say", "password": MASK}
    connected = next(one for one in traces.listed(operation="CONNECT $connect") if one["status"] == 101)
    whole = traces.one(connected["traceId"])
    handshake = span_of(whole, "CONNECT $connect")
    children = [span for span in whole["spans"] if span["parentId"] == handshake["spanId"]]
    assert [span["kind"] for span in children if span["kind"] != "init"] == ["authorizer", "invocation"]
    assert "hunter22" not in str([said, gone, whole])
