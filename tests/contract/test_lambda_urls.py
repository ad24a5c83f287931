"""Function URLs through a running cloud.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.support.functions import Functions

ECHO = "def handler(event, context): return event"
SAYS = """
import base64, json
def handler(event, context):
    what = event["rawPath"]
    if what == "/text": return "plain words"
    if what == "/list": return [1, 2]
    if what == "/whole":
        return {"statusCode": 201, "headers": {"X-One": "1", "content-type": "text/plain"},
                "cookies": ["a=1", "b=2"], "body": base64.b64encode(b"\\x00\\xff").decode(), "isBase64Encoded": True}
    if what == "/none": return None
    if what == "/bad": return {"statusCode": "nonsense"}
    if what == "/large": return "x" * 7_000_000
    raise ValueError("secret detail")
"""


def open_url(functions: Functions, name: str, code: str, **config: Any) -> str:
    """A URL that everybody may call; returns its host."""
    functions.make(name, code)
    return functions.open_url(name, **config)


def make_url(functions: Functions, name: str, **config: Any) -> str:
    url = functions.api.create_function_url_config(FunctionName=name, **config)["FunctionUrl"]
    return str(httpx.URL(url).host)


def local(host: str) -> str:
    return host.replace("on.aws", "localhost")


@pytest.mark.parametrize("place", [str, local, lambda host: host.partition(".")[0] + ".lambda-url.localhost"])
def test_the_event_is_payload_format_2(functions: Functions, http: httpx.Client, place: Callable[[str], str]) -> None:
    host = open_url(functions, "echo", ECHO)
    answer = http.post(
        f"http://{place(host)}/a%20b/c?x=1&x=2&y=%C3%A9",
        headers=[("Cookie", "one=1; two=2"), ("X-Own", "1"), ("X-Own", "2"), ("Content-Type", "application/json")],
        content=b'{"a": 1}',
    )
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    event = answer.json()
    context = event.pop("requestContext")
    assert event["version"] == "2.0"
    assert event["routeKey"] == "$default"
    assert event["rawPath"] == "/a b/c"
    assert event["rawQueryString"] == "x=1&x=2&y=%C3%A9"
    assert event["queryStringParameters"] == {"x": "1,2", "y": "é"}
    assert event["cookies"] == ["one=1", "two=2"]
    assert event["headers"]["x-own"] == "1,2"
    assert "cookie" not in event["headers"]
    assert (event["body"], event["isBase64Encoded"]) == ('{"a": 1}', False)
    assert context["http"]["method"] == "POST"
    assert context["http"]["path"] == "/a b/c"
    assert context["domainName"] == host.partition(":")[0]
    assert context["apiId"] == context["domainPrefix"] == host.partition(".")[0]
    assert (context["accountId"], context["stage"]) == ("anonymous", "$default")
    assert answer.headers["x-amzn-requestid"] == context["requestId"]


def test_a_body_of_bytes_arrives_in_base64(functions: Functions, http: httpx.Client) -> None:
    host = open_url(functions, "echo", ECHO)
    event = http.put(f"http://{host}/", content=b"\x00\xff", headers={"Content-Type": "image/png"}).json()
    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == b"\x00\xff"


def test_the_response_is_inferred_from_what_is_returned(functions: Functions, http: httpx.Client) -> None:
    """Source: urls-invocation, response payload format."""
    host = open_url(functions, "says", SAYS)
    text = http.get(f"http://{host}/text")
    assert (text.status_code, text.text, text.headers["content-type"]) == (200, "plain words", "application/json")
    assert http.get(f"http://{host}/list").json() == [1, 2]
    assert http.get(f"http://{host}/none").text == "null"
    whole = http.get(f"http://{host}/whole")
    assert (whole.status_code, whole.content) == (201, b"\x00\xff")
    assert (whole.headers["x-one"], whole.headers["content-type"]) == ("1", "text/plain")
    assert whole.headers.get_list("set-cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize("path", ["/error", "/bad", "/large"])
def test_a_failure_is_a_502_that_says_nothing(functions: Functions, http: httpx.Client, path: str) -> None:
    answer = http.get(f"http://{open_url(functions, 'says', SAYS)}{path}")
    assert answer.status_code == 502
    assert answer.json() == {"Message": "Internal Server Error"}


@pytest.mark.parametrize(
    "statements",
    [
        [],
        [{"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"}],
        [{"Action": "lambda:InvokeFunction"}],
        [
            {"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "AWS_IAM"},
            {"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True},
        ],
    ],
    ids=["none", "the URL only", "the function only", "another auth type"],
)
def test_an_open_url_needs_a_policy_that_opens_it(
    functions: Functions, http: httpx.Client, statements: list[dict[str, Any]]
) -> None:
    """Source: urls-auth: AuthType NONE still needs both actions in the function's policy."""
    functions.make("shut", ECHO)
    host = make_url(functions, "shut", AuthType="NONE")
    for number, statement in enumerate(statements):
        functions.api.add_permission(FunctionName="shut", StatementId=f"s{number}", Principal="*", **statement)
    answer = http.get(f"http://{host}/")
    assert answer.status_code == 403
    assert answer.json()["Message"].startswith("Forbidden")
    assert answer.headers["x-amzn-errortype"] == "AccessDeniedException"
    assert functions.lines("shut") == []


def test_nobodys_url_is_not_found(http: httpx.Client) -> None:
    assert http.get(f"http://{'a' * 32}.lambda-url.us-east-1.localhost/").status_code == 404


def signed(host: str, credentials: Credentials, *, service: str = "lambda", body: bytes = b"") -> dict[str, str]:
    request = AWSRequest("POST", f"http://{host}/", data=body, headers={"Host": host})
    SigV4Auth(credentials, service, "us-east-1").add_auth(request)
    return dict(request.headers.items())


def test_a_url_with_iam_takes_signed_requests_only(functions: Functions, http: httpx.Client) -> None:
    """Source: urls-auth, AWS_IAM."""
    functions.make("guarded", ECHO)
    host = make_url(functions, "guarded", AuthType="AWS_IAM")
    account = functions.aws.account
    assert http.post(f"http://{host}/").status_code == 403
    wrong = http.post(f"http://{host}/", headers=signed(host, Credentials(account, "wrong")))
    assert wrong.status_code == 403
    service = http.post(f"http://{host}/", headers=signed(host, Credentials(account, "test"), service="s3"))
    assert service.status_code == 403
    answer = http.post(f"http://{host}/", headers=signed(host, Credentials(account, "test")))
    assert answer.status_code == 200
    assert answer.json()["requestContext"]["authorizer"]["iam"]["accountId"] == account
    tampered = http.post(f"http://{host}/", headers=signed(host, Credentials(account, "test")), content=b"more")
    assert tampered.status_code == 403
    near = local(host)
    assert http.post(f"http://{near}/", headers=signed(near, Credentials(account, "test"))).status_code == 200


WITH_ACTIONS = (
    ("may", ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction"), 200),
    ("may-half", ("lambda:InvokeFunctionUrl",), 403),
    ("may-other-half", ("lambda:InvokeFunction",), 403),
    ("may-not", (), 403),
)


def test_a_role_needs_permission_for_the_url(functions: Functions, http: httpx.Client) -> None:
    """Source: urls-auth: both `lambda:InvokeFunctionUrl` and `lambda:InvokeFunction`, since October 2025."""
    functions.make("guarded", ECHO)
    host = make_url(functions, "guarded", AuthType="AWS_IAM")
    sts = functions.aws.client("sts")
    for name, actions, status in WITH_ACTIONS:
        role = functions.role(name, *actions)
        keys = sts.assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
        credentials = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
        answer = http.post(f"http://{host}/", headers=signed(host, credentials))
        assert answer.status_code == status, answer.text
    starts = [line for line in functions.lines("guarded") if line.startswith("START")]
    assert len(starts) == 1


def test_cors_is_the_configurations(functions: Functions, http: httpx.Client) -> None:
    """Source: urls-configuration, CORS: it answers the preflight and overrides the function's own headers."""
    code = "def handler(event, context): return {'statusCode': 200, 'headers': {'Access-Control-Allow-Origin': 'x'}}"
    cors = {
        "AllowOrigins": ["https://shop.example"],
        "AllowMethods": ["GET", "PUT"],
        "AllowHeaders": ["x-own"],
        "ExposeHeaders": ["x-seen"],
        "AllowCredentials": True,
        "MaxAge": 60,
    }
    host = open_url(functions, "cors", code, Cors=cors)
    asking = {"Origin": "https://shop.example", "Access-Control-Request-Method": "PUT"}
    ready = http.options(f"http://{host}/", headers=asking)
    assert ready.status_code == 200
    assert ready.headers["access-control-allow-origin"] == "https://shop.example"
    assert ready.headers["access-control-allow-methods"] == "GET,PUT"
    assert ready.headers["access-control-allow-headers"] == "x-own"
    assert ready.headers["access-control-max-age"] == "60"
    assert functions.lines("cors") == []
    answer = http.get(f"http://{host}/", headers={"Origin": "https://shop.example"})
    assert answer.headers.get_list("access-control-allow-origin") == ["https://shop.example"]
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["access-control-expose-headers"] == "x-seen"
    foreign = {"Origin": "https://evil.example", "Access-Control-Request-Method": "PUT"}
    assert "access-control-allow-origin" not in http.options(f"http://{host}/", headers=foreign).headers


def test_an_alias_has_a_url_of_its_own(functions: Functions, http: httpx.Client) -> None:
    """Source: urls-configuration, qualifiers."""
    version = "def handler(event, context): return [%d, context.function_version, context.invoked_function_arn]"
    arn = functions.make("live", version % 1)
    functions.api.publish_version(FunctionName="live")
    functions.api.create_alias(FunctionName="live", Name="prod", FunctionVersion="1")
    functions.update("live", version % 2)
    host = functions.open_url("live", Qualifier="prod")
    assert http.get(f"http://{host}/").json() == [1, "1", f"{arn}:prod"]


def test_a_url_that_was_changed_or_deleted_is_so_at_once(functions: Functions, http: httpx.Client) -> None:
    host = open_url(functions, "echo", ECHO)
    assert http.get(f"http://{host}/").status_code == 200
    functions.api.update_function_url_config(FunctionName="echo", AuthType="AWS_IAM")
    assert http.get(f"http://{host}/").status_code == 403
    functions.api.delete_function_url_config(FunctionName="echo")
    assert http.get(f"http://{host}/").status_code == 404


def test_a_request_that_is_too_large(functions: Functions, http: httpx.Client) -> None:
    """Source: gettingstarted-limits: 6 MB."""
    host = open_url(functions, "echo", ECHO)
    assert http.post(f"http://{host}/", content=b"x" * 6_291_457).status_code == 413
