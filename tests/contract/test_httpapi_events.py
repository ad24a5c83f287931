"""What a function gets from an HTTP API, and what becomes of what it returns."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.httpapi_maker import RETURNING, HttpApiMaker

LAMBDA = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"


def test_the_event_of_format_2(cloud: Cloud, aws: Aws, account: str) -> None:
    """Source: http-api-develop-integrations-lambda.html, "Payload format structure", 2.0."""
    api = HttpApiMaker(cloud, aws, "two", stage="prod")
    api.route("POST /pets/{id}", api.integration(api.function("echo")))
    api.client.update_stage(ApiId=api.api, StageName="prod", StageVariables={"colour": "red"})
    answer = api.call(
        "POST",
        "/prod/pets/a%20b?q=1&q=2&empty=&plus=a%2Bb",
        headers={"X-Custom": "Yes", "Cookie": "a=1; b=2", "Content-Type": "application/json", "User-Agent": "tests"},
        content=b'{"x": 1}',
    )
    assert answer.status_code == 200, answer.text
    event = answer.json()
    assert event["version"] == "2.0"
    assert event["routeKey"] == "POST /pets/{id}"
    assert event["rawPath"] == "/prod/pets/a b"
    assert event["rawQueryString"] == "q=1&q=2&empty=&plus=a%2Bb"
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["headers"]["x-custom"] == "Yes"
    assert "cookie" not in event["headers"]
    assert event["headers"]["content-length"] == "8"
    assert event["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert event["headers"]["x-amzn-trace-id"].startswith("Root=1-")
    assert all(name == name.lower() for name in event["headers"])
    assert event["queryStringParameters"] == {"q": "1,2", "empty": "", "plus": "a+b"}
    assert event["pathParameters"] == {"id": "a b"}
    assert event["stageVariables"] == {"colour": "red"}
    assert event["body"] == '{"x": 1}'
    assert event["isBase64Encoded"] is False
    assert "multiValueHeaders" not in event
    context = event["requestContext"]
    assert context["accountId"] == account
    assert context["apiId"] == context["domainPrefix"] == api.api
    assert context["domainName"].startswith(f"{api.api}.execute-api.localhost")
    assert context["http"] == {
        "method": "POST",
        "path": "/prod/pets/a b",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "tests",
    }
    assert context["routeKey"] == "POST /pets/{id}"
    assert context["stage"] == "prod"
    assert isinstance(context["timeEpoch"], int)
    assert context["time"].endswith("+0000")
    assert context["requestId"] == answer.headers["apigw-requestid"]
    assert "authorizer" not in context


def test_what_is_absent_is_left_out_of_format_2(cloud: Cloud, aws: Aws) -> None:
    """Source: http-api-develop-integrations-lambda.html: its example of a request without them."""
    api = HttpApiMaker(cloud, aws, "bare")
    api.route("$default", api.integration(api.function("echo")))
    event = api.call("GET", "/").json()
    assert event["rawPath"] == "/"
    assert event["routeKey"] == "$default"
    assert event["requestContext"]["stage"] == "$default"
    for name in ("cookies", "queryStringParameters", "pathParameters", "stageVariables", "body"):
        assert name not in event, name
    assert event["rawQueryString"] == ""


def test_the_event_of_format_1(cloud: Cloud, aws: Aws, account: str) -> None:
    """Source: http-api-develop-integrations-lambda.html, "Payload format structure", 1.0."""
    api = HttpApiMaker(cloud, aws, "one", stage="prod")
    code = "import json\ndef handler(event, context):\n    return {'statusCode': 200, 'body': json.dumps(event)}"
    api.route("ANY /pets/{proxy+}", api.integration(api.function("echo", code), PayloadFormatVersion="1.0"))
    answer = api.call("DELETE", "/prod/pets/1/toys?q=1&q=2", headers={"Accept": "text/plain"})
    event: dict[str, Any] = answer.json()
    assert event["version"] == "1.0"
    assert event["resource"] == "/pets/{proxy+}"
    assert event["path"] == "/prod/pets/1/toys"
    assert event["httpMethod"] == "DELETE"
    assert event["headers"]["accept"] == "text/plain"
    assert event["multiValueHeaders"]["accept"] == ["text/plain"]
    assert event["queryStringParameters"] == {"q": "2"}
    assert event["multiValueQueryStringParameters"] == {"q": ["1", "2"]}
    assert event["pathParameters"] == {"proxy": "1/toys"}
    assert event["stageVariables"] is None
    assert event["body"] is None
    assert event["isBase64Encoded"] is False
    context = event["requestContext"]
    assert context["accountId"] == account
    assert context["authorizer"] == {"claims": None, "scopes": None}
    assert context["resourcePath"] == "/pets/{proxy+}"
    assert context["path"] == "/prod/pets/1/toys"
    assert context["protocol"] == "HTTP/1.1"
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert context["identity"]["user"] is None


@pytest.mark.parametrize(
    ("kind", "encoded"),
    [
        ("text/plain", False),
        ("application/json", False),
        ("application/vnd.api+json", False),
        ("application/xml", False),
        ("application/octet-stream", True),
        ("image/png", True),
        ("application/x-www-form-urlencoded", True),
    ],
)
def test_bodies_that_are_no_text_are_base64(cloud: Cloud, aws: Aws, kind: str, encoded: bool) -> None:
    """Source: http-api-develop-integrations-lambda.html (`isBase64Encoded`); a form is Base64, as people find on AWS:
    https://github.com/aws/serverless-application-model/issues/1700."""
    api = HttpApiMaker(cloud, aws, "bin")
    api.route("POST /", api.integration(api.function("echo")))
    event = api.call("POST", "/", content=b"a=1&b=\xc3\xa9", headers={"Content-Type": kind}).json()
    assert event["isBase64Encoded"] is encoded
    body = base64.b64decode(event["body"]) if encoded else event["body"].encode()
    assert body == b"a=1&b=\xc3\xa9"


RESULTS: list[tuple[Any, int, str, str]] = [
    ("Hello from Lambda!", 200, "Hello from Lambda!", "application/json"),
    ({"message": "hi"}, 200, '{"message": "hi"}', "application/json"),
    ([1, 2], 200, "[1, 2]", "application/json"),
    ({"statusCode": 201, "body": "made", "headers": {"content-type": "text/html"}}, 201, "made", "text/html"),
    ({"statusCode": 204}, 204, "", "text/plain; charset=utf-8"),
    ({"statusCode": "202", "body": "aGk=", "isBase64Encoded": True}, 202, "hi", "text/plain; charset=utf-8"),
]


@pytest.mark.parametrize(("result", "status", "body", "kind"), RESULTS)
def test_a_response_of_format_2_is_inferred(
    cloud: Cloud, aws: Aws, result: Any, status: int, body: str, kind: str
) -> None:
    """Source: http-api-develop-integrations-lambda.html, "Lambda function response for format 2.0"."""
    api = HttpApiMaker(cloud, aws, "infer")
    environment = {"Variables": {"RESULT": json.dumps(result)}}
    api.route("GET /", api.integration(api.function("f", RETURNING, Environment=environment)))
    answer = api.call("GET", "/")
    assert (answer.status_code, answer.headers["content-type"]) == (status, kind)
    assert answer.text == body


def test_each_cookie_becomes_a_header(cloud: Cloud, aws: Aws) -> None:
    """Source: http-api-develop-integrations-lambda.html: "To customize the response … each cookie becomes a
    set-cookie header"."""
    api = HttpApiMaker(cloud, aws, "cookies")
    result = {"statusCode": 200, "cookies": ["a=1; Secure", "b=2"], "body": "ok"}
    environment = {"Variables": {"RESULT": json.dumps(result)}}
    api.route("GET /", api.integration(api.function("f", RETURNING, Environment=environment)))
    assert api.call("GET", "/").headers.get_list("set-cookie") == ["a=1; Secure", "b=2"]


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "nonsense"},
        {"statusCode": 200, "body": {"no": "string"}},
        {"statusCode": 200, "headers": ["none"]},
        {"statusCode": 200, "cookies": "a=1"},
    ],
)
def test_a_malformed_response_is_a_500(cloud: Cloud, aws: Aws, result: Any) -> None:
    """Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html."""
    api = HttpApiMaker(cloud, aws, "wrong")
    environment = {"Variables": {"RESULT": json.dumps(result)}}
    api.route("GET /", api.integration(api.function("f", RETURNING, Environment=environment)))
    answer = api.call("GET", "/")
    assert (answer.status_code, answer.text) == (500, '{"message":"Internal Server Error"}')


def test_format_1_infers_nothing(cloud: Cloud, aws: Aws) -> None:
    """Source: http-api-develop-integrations-lambda.html: "With the 1.0 format version, Lambda integrations must return
    a response in the following format"."""
    api = HttpApiMaker(cloud, aws, "strict")
    environment = {"Variables": {"RESULT": '"plain"'}}
    function = api.function("f", RETURNING, Environment=environment)
    api.route("GET /", api.integration(function, PayloadFormatVersion="1.0"))
    assert api.call("GET", "/").status_code == 500


def test_a_failing_function_is_a_500(cloud: Cloud, aws: Aws) -> None:
    """Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html: the
    error of a function is not told, ``{"message":"Internal Server Error"}``."""
    api = HttpApiMaker(cloud, aws, "fails")
    api.route("GET /", api.integration(api.function("f", "def handler(e, c):\n    raise ValueError('secret')")))
    answer = api.call("GET", "/")
    assert (answer.status_code, answer.text) == (500, '{"message":"Internal Server Error"}')


def test_a_slow_function_is_a_503(cloud: Cloud, aws: Aws) -> None:
    """Source: https://repost.aws/knowledge-center/api-gateway-http-503-errors: an integration that takes longer than
    its timeout answers ``Service Unavailable``."""
    api = HttpApiMaker(cloud, aws, "slow")
    code = "import threading\ndef handler(e, c):\n    threading.Event().wait(3)"
    api.route("GET /", api.integration(api.function("f", code), TimeoutInMillis=300))
    answer = api.call("GET", "/")
    assert (answer.status_code, answer.text) == (503, '{"message":"Service Unavailable"}')


def test_a_function_must_let_api_gateway_in(cloud: Cloud, aws: Aws) -> None:
    """Source: http-api-troubleshooting-lambda.html: "The IAM role configured on the integration or API Gateway doesn't
    have permissions to call the integration", which a client sees as a 500."""
    api = HttpApiMaker(cloud, aws, "closed")
    api.route(
        "GET /pets", api.integration(arn := api.functions.make("closed-f", "def handler(e, c):\n    return 'hi'"))
    )
    answer = api.call("GET", "/pets")
    assert (answer.status_code, answer.text) == (500, '{"message":"Internal Server Error"}')
    source = f"arn:aws:execute-api:us-east-1:{arn.split(':')[4]}:{api.api}/*/GET/pets"
    api.functions.api.add_permission(
        FunctionName=arn,
        StatementId="one",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=source,
    )
    assert api.call("GET", "/pets").text == "hi"
