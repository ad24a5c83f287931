"""What a mapped request becomes for each protocol of AWS's services, and what their answers become."""

from __future__ import annotations

import json
from typing import Any

import pytest

from groundcloud.gateway.call import Call
from groundcloud.gateway.errors import GatewayError
from groundcloud.gateway.mapping import Outgoing
from groundcloud.gateway.roles import RoleKeys, trusts_api_gateway
from groundcloud.gateway.service_answer import asking_for_xml, json_answer
from groundcloud.gateway.service_request import service_request, signed
from groundcloud.gateway.service_uri import service_target
from groundcloud.http import Headers, Response
from tests.fakes.fake_gateway_world import GatewayWorld

ARN = "arn:aws:apigateway:us-east-1:"


def call() -> Call:
    """A call of which nothing but its API is asked."""
    found: list[Call] = []
    world = GatewayWorld()
    world.api.proxy("GET", "/x")
    world.functions.reply = lambda event: {}
    original = world.gateway._answer

    async def keep(one: Call) -> Response:
        found.append(one)
        return await original(one)

    world.gateway._answer = keep  # type: ignore[method-assign]
    world.ask("GET", "/x")
    return found[0]


def outgoing(body: bytes = b"", **parts: Any) -> Outgoing:
    return Outgoing(parts.get("path", {}), parts.get("query", []), parts.get("headers", []), "application/json", body)


def request_of(uri: str, method: str = "POST", body: bytes = b"", **parts: Any) -> Any:
    target = service_target(ARN + uri)
    assert target is not None
    return service_request(call(), method, target, outgoing(body, **parts))


def test_json_services_get_a_target() -> None:
    made = request_of("dynamodb:action/PutItem", "GET", b"{}", headers=[("X-Own", "1"), ("Content-Type", "text/x")])
    assert (made.method, made.path, made.body, made.signing_name) == ("POST", "/", b"{}", "dynamodb")
    headers = dict(made.headers)
    assert headers["X-Amz-Target"] == "DynamoDB_20120810.PutItem"
    assert (headers["Content-Type"], headers["X-Own"]) == ("application/x-amz-json-1.0", "1")


def test_query_services_get_a_form() -> None:
    form = [("Content-Type", "application/x-www-form-urlencoded")]
    made = request_of(
        "sns:action/Publish&Subject=a%20b", body=b"Message=x%26y", query=[("TopicArn", "t")], headers=form
    )
    assert made.body == b"Action=Publish&Version=2010-03-31&Subject=a+b&TopicArn=t&Message=x%26y"
    read = request_of("sqs:action/ReceiveMessage", "GET", b"{}", query=[("QueueUrl", "u")])
    assert (read.method, read.body) == ("GET", b"")
    assert dict(read.query) == {"Action": "ReceiveMessage", "Version": "2012-11-05", "QueueUrl": "u"}


def test_rest_services_get_their_operations_path() -> None:
    made = request_of("s3:action/GetObject&Bucket=b&Key={key}", path={"key": "a b"})
    assert (made.method, made.signing_name) == ("GET", "s3")
    assert made.path.endswith("/a%20b") or made.path.endswith("/a%2520b")


def test_paths_have_their_parameters() -> None:
    made = request_of("s3:path/{bucket}/{key}?acl", "PUT", path={"bucket": "b", "key": "x/y%20z ü"}, query=[("v", "1")])
    assert (made.method, made.path, made.query) == ("PUT", "/b/x/y%20z%20%C3%BC", [("acl", ""), ("v", "1")])


def test_a_parameter_that_nothing_fills_and_an_operation_that_is_none() -> None:
    for uri in ("s3:path/{bucket}", "s3:action/NoSuchThing"):
        with pytest.raises(GatewayError):
            request_of(uri)


@pytest.mark.parametrize(
    ("uri", "found"),
    [
        ("states:action/StartExecution", "stepfunctions"),
        ("monitoring:action/PutMetricData", "cloudwatch"),
        ("runtime.sagemaker:path/endpoints/x/invocations", "sagemaker-runtime"),
        ("abc.s3:path/key", "s3"),
        ("lambda:path/2015-03-31/functions/x/invocations", None),
        ("nothing:action/X", None),
        ("sqs:other/X", None),
    ],
)
def test_which_service_a_uri_names(uri: str, found: str | None) -> None:
    target = service_target(ARN + uri)
    assert (target.name if target else None) == found


def test_signatures_cover_the_body_and_carry_the_session() -> None:
    keys = RoleKeys("ASIAX", "secret", "token", 0.0)
    made = request_of("dynamodb:action/Scan", body=b"{}", headers=[("Host", "evil"), ("Authorization", "forged")])
    request = signed(made, keys, "us-east-1", "127.0.0.1:4566")
    assert request.headers.get_all("host") == ["127.0.0.1:4566"]
    assert len(request.headers.get_all("authorization")) == 1
    assert "Credential=ASIAX/" in str(request.headers.get("authorization"))
    assert request.headers.get("x-amz-security-token") == "token"


def answered(uri: str, body: str, status: int = 200, accept: str = "application/json") -> Any:
    target = service_target(ARN + uri)
    assert target is not None
    received = Response(status, Headers([("Content-Type", "text/xml")]), body.encode())
    made = json_answer(target, received, [("Accept", accept)])
    return json.loads(made.body) if made is not received else None


def test_xml_becomes_json() -> None:
    """Recorded: tests/aws/services/apigateway/test_apigateway_sqs.snapshot.json, SendMessageResponse."""
    body = (
        "<SendMessageResponse><SendMessageResult><MessageId>m</MessageId><MD5OfMessageBody>5</MD5OfMessageBody>"
        "</SendMessageResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></SendMessageResponse>"
    )
    made = answered("sqs:action/SendMessage", body)["SendMessageResponse"]
    assert made["ResponseMetadata"] == {"RequestId": "r"}
    nulls = dict.fromkeys(("MD5OfMessageAttributes", "MD5OfMessageSystemAttributes", "SequenceNumber"))
    assert made["SendMessageResult"] == {"MessageId": "m", "MD5OfMessageBody": "5", **nulls}
    assert answered("sqs:action/SendMessage", body, accept="application/xml") is None
    assert answered("sqs:action/SendMessage", "<broken") is None


def test_errors_and_lists_by_the_model() -> None:
    error = "<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code><Message>no</Message></Error>"
    made = answered("sns:action/Publish", error + "<RequestId>r</RequestId></ErrorResponse>", 404)
    assert made == {"Error": {"Code": "NotFound", "Message": "no", "Type": "Sender"}, "RequestId": "r"}
    topics = "<member><TopicArn>a</TopicArn></member><member><TopicArn>b</TopicArn></member>"
    listed = f"<ListTopicsResponse><ListTopicsResult><Topics>{topics}</Topics></ListTopicsResult></ListTopicsResponse>"
    result = answered("sns:action/ListTopics", listed)["ListTopicsResponse"]["ListTopicsResult"]
    assert result == {"Topics": [{"TopicArn": "a"}, {"TopicArn": "b"}], "NextToken": None}


@pytest.mark.parametrize(
    ("statements", "trusts"),
    [
        ([], False),
        ([("Allow", "apigateway.amazonaws.com", "sts:AssumeRole")], True),
        ([("Allow", "apigateway.amazonaws.com", "sts:*")], True),
        ([("Allow", "lambda.amazonaws.com", "sts:AssumeRole")], False),
        ([("Allow", "apigateway.amazonaws.com", "sts:TagSession")], False),
        ([("Allow", "apigateway.amazonaws.com", "sts:*"), ("Deny", "apigateway.amazonaws.com", "sts:*")], False),
    ],
)
def test_whom_a_role_trusts(statements: list[tuple[str, str, str]], trusts: bool) -> None:
    document = {
        "Statement": [
            {"Effect": effect, "Principal": {"Service": [service]}, "Action": action}
            for effect, service, action in statements
        ]
    }
    assert trusts_api_gateway(document) is trusts
    assert trusts_api_gateway(json.dumps(document)) is trusts


def test_a_query_service_is_asked_for_xml_unless_the_integration_does_so_itself() -> None:
    sent = [("Accept", "application/json"), ("X-A", "b")]
    queue, table = (service_target(f"{ARN}{uri}") for uri in ("sqs:action/SendMessage", "dynamodb:action/PutItem"))
    assert queue is not None and table is not None
    assert asking_for_xml(queue, [], sent) == [("X-A", "b"), ("Accept", "application/xml")]
    assert asking_for_xml(queue, [("accept", "text/xml")], sent) == sent
    assert asking_for_xml(table, [], sent) == sent
