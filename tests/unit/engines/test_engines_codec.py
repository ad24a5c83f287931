"""AWS calls as requests, and answers as dicts: no network, no engine."""

from __future__ import annotations

import asyncio
import json

import pytest
from botocore.exceptions import ParamValidationError, UnknownServiceError
from botocore.serialize import create_serializer

from groundcloud.clock import SystemClock
from groundcloud.edge.authorize import Authorize
from groundcloud.edge.exchange import Identity
from groundcloud.edge.identify import Identify
from groundcloud.engines.codec import Codec
from groundcloud.engines.models import protocol_of, service_model
from groundcloud.errors import AwsError
from groundcloud.http import Headers, Response
from groundcloud.ports import Scope
from groundcloud.settings import Settings
from tests.support.edge import FakeCaller, exchange
from tests.support.requests import minimal_params

SCOPE = Scope("123456789012", "eu-west-1")
CODEC = Codec("http://127.0.0.1:4566", "test")


def encode(service, operation, **params):
    return CODEC.encode(service, operation, params, SCOPE)


def arrived(request):
    """The request as the edge gets it."""
    target = request.raw_path + (f"?{request.query_string}" if request.query_string else "")
    return exchange(request.method, target, request.headers.items, request.body, host=None)


SERVICES = [
    *("acm", "apigateway", "apigatewayv2", "cloudformation", "cloudfront", "cloudwatch", "cognito-idp", "dynamodb"),
    *("ec2", "elbv2", "iam", "kms", "lambda", "logs", "route53", "s3", "secretsmanager", "ses", "sesv2", "sns", "sqs"),
    *("ssm", "stepfunctions", "sts"),
]


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_is_encoded_as_itself_and_signed(service):
    """What the codec sends, the edge names and takes for the administrator's."""
    model = service_model(service)
    deprecated = {"GetBucketLifecycle", "GetBucketNotification", "PutBucketLifecycle", "PutBucketNotification"}
    for name in set(model.operation_names) - deprecated - {"ListDirectoryBuckets"}:
        one = arrived(CODEC.encode(service, name, minimal_params(model.operation_model(name)), SCOPE))
        asyncio.run(Identify(SCOPE, FakeCaller())(one))
        assert (one.identity.service, one.identity.operation) == (service, name)
        assert one.identity.scope == SCOPE
        one.identity = Identity("cloudformation", "Any", "query", SCOPE, SCOPE.account)
        if service != "s3":  # S3 leaves payloads unsigned where it may
            asyncio.run(Authorize(Settings(), SystemClock())(one))
            assert one.is_admin, name


@pytest.mark.parametrize(
    ("key", "raw"),
    [
        ("a b", "/b/a%20b"),
        ("a+b", "/b/a%2Bb"),
        ("é/ü", "/b/%C3%A9/%C3%BC"),
        ("a%2Fb", "/b/a%252Fb"),
        ("a//b", "/b/a//b"),
        ("./a/../b", "/b/./a/../b"),
        ("?x#y&z", "/b/%3Fx%23y%26z"),
    ],
)
def test_odd_keys_are_encoded_once(key, raw):
    request = encode("s3", "PutObject", Bucket="b", Key=key, Body=b"x")
    assert (request.raw_path, request.query_string) == (raw, "")


def test_bodies_and_their_lengths():
    request = encode("dynamodb", "PutItem", TableName="t", Item={"id": {"S": "é"}})
    assert json.loads(request.body) == {"TableName": "t", "Item": {"id": {"S": "é"}}}
    assert request.headers.get("content-length") == str(len(request.body))
    assert request.headers.get("host") == "127.0.0.1:4566"
    form = encode("iam", "CreateUser", UserName="a b&c")
    assert b"UserName=a+b%26c" in form.body
    assert encode("s3", "PutObject", Bucket="b", Key="k", Body=b"\x00\xff").body == b"\x00\xff"


def test_a_token_that_makes_a_call_idempotent_is_filled_in():
    """boto3's clients do it; some operations demand one."""
    request = encode("secretsmanager", "CreateSecret", Name="n")
    assert len(json.loads(request.body)["ClientRequestToken"]) == 36
    given = encode("secretsmanager", "CreateSecret", Name="n", ClientRequestToken="x" * 32)
    assert json.loads(given.body)["ClientRequestToken"] == "x" * 32


def test_wrong_parameters_and_unknown_services():
    with pytest.raises(ParamValidationError):
        encode("dynamodb", "PutItem", TableName=1)
    with pytest.raises(UnknownServiceError):
        encode("nosuch", "Thing")


@pytest.mark.parametrize(
    ("service", "protocol"),
    [
        ("dynamodb", "json"),
        ("cloudwatch", "json"),
        ("lambda", "rest-json"),
        ("s3", "rest-xml"),
        ("ec2", "ec2"),
        ("iam", "query"),
    ],
)
def test_the_protocol_is_one_in_plain_text(service, protocol):
    assert protocol_of(service_model(service)) == protocol


def response(status, body, *headers):
    return Response(status, Headers(list(headers)), body)


def test_answers_become_dicts():
    item = response(200, b'{"Item": {"id": {"S": "1"}}}', ("x-amzn-RequestId", "r"))
    assert CODEC.decode("dynamodb", "GetItem", item) == {"Item": {"id": {"S": "1"}}}
    user = b"<UserName>n</UserName></User></CreateUserResult></CreateUserResponse>"
    user = b"<CreateUserResponse><CreateUserResult><User>" + user
    assert CODEC.decode("iam", "CreateUser", response(200, user))["User"]["UserName"] == "n"
    vpcs = b"<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet></DescribeVpcsResponse>"
    assert CODEC.decode("ec2", "DescribeVpcs", response(200, vpcs))["Vpcs"] == [{"VpcId": "vpc-1"}]
    function = response(200, b'{"Configuration": {"FunctionName": "f"}}')
    assert CODEC.decode("lambda", "GetFunction", function)["Configuration"]["FunctionName"] == "f"


def test_streams_are_bytes_and_headers_are_members():
    got = CODEC.decode("s3", "GetObject", response(200, b"\x00data", ("ETag", '"e"'), ("X-Amz-Meta-Who", "me")))
    assert (got["Body"], got["ETag"], got["Metadata"]) == (b"\x00data", '"e"', {"Who": "me"})
    invoked = CODEC.decode("lambda", "Invoke", response(200, b"{}", ("X-Amz-Function-Error", "Unhandled")))
    assert (invoked["Payload"], invoked["FunctionError"]) == (b"{}", "Unhandled")


ERRORS = {
    "dynamodb": (
        "GetItem",
        b'{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"gone"}',
    ),
    "lambda": ("GetFunction", b'{"Type":"User","Message":"gone"}'),
    "iam": (
        "GetUser",
        b"<ErrorResponse><Error><Code>ResourceNotFoundException</Code><Message>gone</Message></Error></ErrorResponse>",
    ),
    "ec2": (
        "DescribeVpcs",
        b"<Response><Errors><Error><Code>ResourceNotFoundException</Code><Message>gone</Message></Error></Errors></Response>",
    ),
    "s3": ("GetObject", b"<Error><Code>ResourceNotFoundException</Code><Message>gone</Message></Error>"),
}


@pytest.mark.parametrize("service", ERRORS)
def test_errors_are_raised_in_awss_words(service):
    operation, body = ERRORS[service]
    with pytest.raises(AwsError) as caught:
        CODEC.decode(service, operation, response(404, body, ("x-amzn-ErrorType", "ResourceNotFoundException")))
    assert (caught.value.code, caught.value.message, caught.value.status) == ("ResourceNotFoundException", "gone", 404)


def test_an_error_without_a_body_is_known_by_its_status():
    with pytest.raises(AwsError) as caught:
        CODEC.decode("s3", "HeadObject", response(404, b""))
    assert (caught.value.code, caught.value.status) == ("404", 404)


@pytest.mark.parametrize("service", ["dynamodb", "lambda", "iam", "s3"])
def test_an_answer_that_is_no_answer_is_an_error_and_no_crash(service):
    operation = ERRORS[service][0]
    with pytest.raises(AwsError):
        CODEC.decode(service, operation, response(500, b"Internal Server Error"))
    with pytest.raises(AwsError) as caught:
        CODEC.decode("iam", "GetUser", response(200, b"<broken"))
    assert caught.value.status == 500


@pytest.mark.parametrize(
    "text", ["plain\n", "Gr\u00fc\u00dfe \U0001f600\n", "half a pair \ud800\n"], ids=["ascii", "unicode", "surrogate"]
)
def test_log_lines_are_written_as_botocore_writes_them(text):
    params = {
        "logGroupName": "group",
        "logStreamName": "stream",
        "logEvents": [{"timestamp": 1763760000000, "message": text}, {"timestamp": 1763760000001, "message": "next\n"}],
    }
    ours = CODEC.encode("logs", "PutLogEvents", params, SCOPE)
    model = service_model("logs")
    theirs = create_serializer(protocol_of(model)).serialize_to_request(params, model.operation_model("PutLogEvents"))
    assert json.loads(ours.body) == json.loads(theirs["body"]) == params
    assert {name: ours.headers.get(name) for name in theirs["headers"]} == dict(theirs["headers"])
    assert (ours.method, ours.raw_path, ours.query_string, ours.service) == ("POST", "/", "", "logs")
