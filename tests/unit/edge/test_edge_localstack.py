"""The control route by which LocalStack has its functions run."""

from __future__ import annotations

import asyncio
import base64
import json

import pytest

from groundcloud.edge.localstack import localstack_routes
from groundcloud.errors import AwsError
from groundcloud.http import Request
from groundcloud.ports import FunctionInvoker, InvokeResult, Scope

ARN = "arn:aws:lambda:eu-west-1:111122223333:function:f"


class Invoker(FunctionInvoker):
    def __init__(self):
        self.asked = []

    async def invoke(self, invocation):
        self.asked.append(invocation)
        if invocation.payload == b'"throttle"':
            raise AwsError("TooManyRequestsException", "Rate exceeded", 429)
        return InvokeResult(b'{"a": 1}', "r-1", "3", "Unhandled", b"END")


async def anybody(function, event):
    if event == {"from": "stranger"}:
        raise AwsError("AccessDenied", "no", 403)


async def no_bucket(*_):
    raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404)


def post(invoker, is_engine=True, **body):
    _, _, route = localstack_routes(invoker, anybody, no_bucket, no_bucket, is_engine=is_engine)
    assert (route.method, route.path) == ("POST", "/localstack/invoke")
    answer = asyncio.run(route.handler(Request("POST", "/", body=json.dumps(body).encode()), {}))
    return answer.status, json.loads(answer.body)


def encoded(value):
    return base64.b64encode(json.dumps(value).encode()).decode()


def test_the_function_runs_in_its_own_account_and_region():
    invoker = Invoker()
    status, body = post(invoker, functionArn=f"{ARN}:live", payload=encoded({"x": 1}), logs=True, clientContext="{}")
    assert status == 200
    assert base64.b64decode(body.pop("payload")) == b'{"a": 1}'
    assert base64.b64decode(body.pop("logResult")) == b"END"
    assert body == {"functionError": "Unhandled", "executedVersion": "3", "requestId": "r-1"}
    (asked,) = invoker.asked
    assert (asked.function, asked.qualifier, asked.scope) == (ARN, "live", Scope("111122223333", "eu-west-1"))
    assert (asked.payload, asked.client_context, asked.tail_log) == (b'{"x": 1}', "{}", True)


def test_an_empty_payload_is_an_empty_event():
    invoker = Invoker()
    assert post(invoker, functionArn=ARN, payload="")[0] == 200
    assert invoker.asked[0].payload == b"{}"


@pytest.mark.parametrize(
    "body, said",
    [
        ({}, "functionArn"),
        ({"functionArn": "f", "payload": ""}, "functionArn"),
        ({"functionArn": ARN}, "payload"),
        ({"functionArn": ARN, "payload": "%"}, "payload"),
        ({"functionArn": ARN, "payload": "", "qualifier": 1}, "qualifier"),
    ],
    ids=["nothing", "no-arn", "no-payload", "no-base64", "number"],
)
def test_what_is_wrong_is_named(body, said):
    status, answer = post(Invoker(), **body)
    assert status == 400
    assert said in answer["message"]


def test_what_keeps_it_from_running_is_lambdas_error():
    status, body = post(Invoker(), functionArn=ARN, payload=encoded("throttle"))
    assert (status, body) == (429, {"code": "TooManyRequestsException", "message": "Rate exceeded"})


def test_a_service_without_permission_calls_nothing():
    invoker = Invoker()
    assert post(invoker, functionArn=ARN, payload=encoded({"from": "stranger"}))[0] == 403
    assert invoker.asked == []


def test_only_localstack_uses_it():
    assert post(Invoker(), is_engine=False, functionArn=ARN, payload="")[0] == 404


BUCKET = {"account": "111122223333", "region": "eu-west-1", "bucket": "b"}


def complete(put_bucket, is_engine=True, **body):
    _, route, _ = localstack_routes(Invoker(), anybody, put_bucket, no_bucket, is_engine=is_engine)
    assert (route.method, route.path) == ("POST", "/localstack/bucket")
    answer = asyncio.run(route.handler(Request("POST", "/", body=json.dumps(body).encode()), {}))
    return answer.status, answer.body and json.loads(answer.body)


def test_a_bucket_gets_its_settings_in_its_own_account_and_region():
    asked = []

    async def put(*what):
        asked.append(what)

    assert complete(put, **BUCKET, wanted={"BucketEncryption": {}}, dropped=["OwnershipControls"]) == (204, b"")
    assert asked == [(Scope("111122223333", "eu-west-1"), "b", {"BucketEncryption": {}}, ["OwnershipControls"])]


def test_a_bucket_that_cannot_be_completed_is_s3s_error():
    status, body = complete(no_bucket, **BUCKET)
    assert (status, body["code"]) == (404, "NoSuchBucket")


@pytest.mark.parametrize(
    "body, said",
    [({}, "account"), ({**BUCKET, "wanted": []}, "wanted"), ({**BUCKET, "dropped": {}}, "dropped")],
    ids=["nothing", "wanted", "dropped"],
)
def test_what_is_wrong_about_a_bucket_is_named(body, said):
    status, answer = complete(no_bucket, **body)
    assert status == 400
    assert said in answer["message"]


def test_only_localstacks_buckets_are_completed():
    assert complete(no_bucket, is_engine=False, **BUCKET)[0] == 404


API = {"account": "111122223333", "region": "eu-west-1", "api": "a"}


def define(put, is_engine=True, **body):
    route, _, _ = localstack_routes(Invoker(), anybody, no_bucket, put, is_engine=is_engine)
    assert (route.method, route.path) == ("POST", "/localstack/api")
    answer = asyncio.run(route.handler(Request("POST", "/", body=json.dumps(body).encode()), {}))
    return answer.status, answer.body and json.loads(answer.body)


@pytest.mark.parametrize("definition", [{"paths": {}}, None], ids=["definition", "none"])
def test_an_api_gets_its_definition_in_its_own_account_and_region(definition):
    asked = []

    async def put(*what):
        asked.append(what)

    assert define(put, **API, definition=definition, properties={"Name": "n"}) == (204, b"")
    assert asked == [(Scope("111122223333", "eu-west-1"), "a", definition, {"Name": "n"})]


@pytest.mark.parametrize("body", [{}, {**API, "definition": []}, {**API, "properties": 1}], ids=str)
def test_what_is_wrong_about_a_definition_is_said(body):
    assert define(no_bucket, **body)[0] == 400


def test_what_an_api_cannot_have_is_its_error():
    assert define(no_bucket, **API, definition={})[1]["code"] == "NoSuchBucket"
    assert define(no_bucket, is_engine=False, **API, definition={})[0] == 404
