"""REST APIs of API Gateway, made by boto3 and called over HTTP, with a real Python function behind them.

Pages named here are below https://docs.aws.amazon.com/apigateway/latest/developerguide/. "Recorded" facts are in the
recordings against AWS that LocalStack publishes as tests/aws/services/apigateway/*.snapshot.json.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.processes import poll

HANDLER = """
import json, os

def handler(event, context):
    what = event["path"].rsplit("/", 1)[-1]
    if what == "raise":
        raise ValueError("secret detail")
    if what == "string":
        return "just a string"
    if what == "nothing":
        return None
    if what == "unknown-key":
        return {"statusCode": 200, "wrongValue": "value"}
    if what == "empty":
        return {}
    if what == "exit":
        os._exit(1)
    if what == "cookies":
        return {"statusCode": 201, "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}, "body": "made"}
    if what == "remapped":
        return {"statusCode": 401, "headers": {"WWW-Authenticate": "Basic"}}
    return {"statusCode": 200, "headers": {"X-From": "function"}, "body": json.dumps(event)}
"""
PASSWORD = "Passw0rd!x"
CORS = {
    "Access-Control-Allow-Origin": "https://app.example",
    "Access-Control-Allow-Methods": "GET,POST,OPTIONS",
    "Access-Control-Allow-Headers": "Authorization,Content-Type",
}


def function_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", HANDLER)
    return buffer.getvalue()


@dataclass
class RestApi:
    """A deployed API: ANY /{proxy+}, POST /tasks behind a user pool, GET /tasks with a scope, OPTIONS /tasks, and a
    function that nobody may call at /closed."""

    aws: Aws
    http: httpx.Client
    api_id: str
    port: int
    pool: str
    client: str

    def url(self, path: str, stage: str = "prod") -> str:
        return f"http://{self.api_id}.execute-api.localhost:{self.port}/{stage}{path}"

    def call(self, method: str, path: str, **parts: Any) -> httpx.Response:
        return self.http.request(method, self.url(path), **parts)

    def event(self, path: str, method: str = "GET", **parts: Any) -> Any:
        response = self.call(method, path, **parts)
        assert response.status_code == 200, response.text
        return response.json()

    def tokens(self) -> dict[str, str]:
        idp = self.aws.client("cognito-idp")
        answer = idp.initiate_auth(
            ClientId=self.client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "ann@example.com", "PASSWORD": PASSWORD},
        )
        return dict(answer["AuthenticationResult"])


def make_pool(aws: Aws) -> tuple[str, str, str]:
    """Id, ARN and client of a pool with the user ann@example.com."""
    idp = aws.client("cognito-idp")
    pool = idp.create_user_pool(PoolName="gateway-contract")["UserPool"]
    client = idp.create_user_pool_client(
        UserPoolId=pool["Id"], ClientName="web", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    who = {"UserPoolId": pool["Id"], "Username": "ann@example.com"}
    attributes = [{"Name": "email", "Value": "ann@example.com"}, {"Name": "email_verified", "Value": "true"}]
    idp.admin_create_user(**who, MessageAction="SUPPRESS", UserAttributes=attributes)
    idp.admin_set_user_password(**who, Password=PASSWORD, Permanent=True)
    return pool["Id"], pool["Arn"], client


def make_functions(aws: Aws) -> tuple[str, str]:
    """ARNs of one function and of a twin of it that has no resource policy."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    role = aws.client("iam").create_role(RoleName="gateway-contract", AssumeRolePolicyDocument=json.dumps(trust))
    functions = aws.client("lambda")
    open_arn, closed_arn = (
        functions.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Handler="app.handler",
            Role=role["Role"]["Arn"],
            Code={"ZipFile": function_zip()},
        )["FunctionArn"]
        for name in ("open", "closed")
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="open", WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    functions.add_permission(
        FunctionName="open", StatementId="api", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
    )
    return open_arn, closed_arn


def make_api(aws: Aws, pool_arn: str) -> str:
    gateway = aws.client("apigateway")
    api = gateway.create_rest_api(name="contract", binaryMediaTypes=["image/png"])["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    authorizer = gateway.create_authorizer(
        restApiId=api,
        name="pool",
        type="COGNITO_USER_POOLS",
        providerARNs=[pool_arn],
        identitySource="method.request.header.Authorization",
    )["id"]
    parts = {
        part: gateway.create_resource(restApiId=api, parentId=root, pathPart=part)["id"]
        for part in ("{proxy+}", "tasks", "closed")
    }
    open_arn, closed_arn = make_functions(aws)

    def method(part: str, verb: str, arn: str, **settings: Any) -> None:
        settings = {"authorizationType": "NONE", **settings}
        gateway.put_method(restApiId=api, resourceId=parts[part], httpMethod=verb, **settings)
        gateway.put_integration(
            restApiId=api,
            resourceId=parts[part],
            httpMethod=verb,
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations",
        )

    guard = {"authorizationType": "COGNITO_USER_POOLS", "authorizerId": authorizer}
    method("{proxy+}", "ANY", open_arn)
    method("closed", "GET", closed_arn)
    method("tasks", "POST", open_arn, **guard)
    method("tasks", "GET", open_arn, authorizationScopes=["aws.cognito.signin.user.admin"], **guard)
    put_preflight(gateway, api, parts["tasks"])
    gateway.put_gateway_response(
        restApiId=api,
        responseType="DEFAULT_4XX",
        responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'https://app.example'"},
    )
    gateway.create_deployment(restApiId=api, stageName="prod", variables={"colour": "blue"})
    return str(api)


def put_preflight(gateway: Any, api: str, resource: str) -> None:
    where = {"restApiId": api, "resourceId": resource, "httpMethod": "OPTIONS"}
    gateway.put_method(**where, authorizationType="NONE")
    gateway.put_method_response(
        **where, statusCode="200", responseParameters={f"method.response.header.{name}": True for name in CORS}
    )
    gateway.put_integration(**where, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    gateway.put_integration_response(
        **where,
        statusCode="200",
        responseParameters={f"method.response.header.{name}": f"'{value}'" for name, value in CORS.items()},
    )


@pytest.fixture(scope="module")
def api(cloud: Cloud) -> Iterator[RestApi]:
    aws = Aws(cloud.endpoint, new_account())
    pool, pool_arn, client = make_pool(aws)
    yield RestApi(aws, cloud.http, make_api(aws, pool_arn), cloud.port, pool, client)
    aws.close()


def test_a_call_reaches_the_function_and_carries_awss_headers(api: RestApi) -> None:
    """set-up-lambda-proxy-integrations.html; response headers as every REST API sends them."""
    response = api.call("GET", "/hello")
    assert response.status_code == 200
    assert response.headers["x-from"] == "function"
    assert response.headers["content-type"] == "application/json"
    assert re.fullmatch(r"[0-9a-f-]{36}", response.headers["x-amzn-requestid"])
    assert re.fullmatch(r"[\w-]{15}=", response.headers["x-amz-apigw-id"])
    assert re.match(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", response.headers["x-amzn-trace-id"])


@pytest.mark.parametrize("form", ["localhost", "aws", "localstack", "user_request"])
def test_every_url_form(api: RestApi, form: str) -> None:
    """how-to-call-api.html for AWS's own; the local forms are what LocalStack's users send."""
    host = f"http://127.0.0.1:{api.port}"
    url = {
        "localhost": api.url("/a/b"),
        "aws": f"http://{api.api_id}.execute-api.us-east-1.amazonaws.com/prod/a/b",
        "localstack": f"{host}/_aws/execute-api/{api.api_id}/prod/a/b",
        "user_request": f"{host}/restapis/{api.api_id}/prod/_user_request_/a/b",
    }[form]
    event = api.http.get(url).json()
    assert (event["path"], event["requestContext"]["path"]) == ("/a/b", "/prod/a/b")


def test_the_event(api: RestApi) -> None:
    """set-up-lambda-proxy-integrations.html, "Input format"; recorded: test_lambda_aws_proxy_integration."""
    headers = {"tEsT-HEADeR": "aValUE", "User-Agent": "contract", "Content-Type": "application/json"}
    raw = api.url("/a%2Bb/c?x=1&x=2&y=a%20b")
    request = httpx.Request("POST", raw, headers=headers, content=b'{"title":"t"}')
    event = api.http.send(request).json()
    assert event["resource"] == "/{proxy+}"
    assert (event["path"], event["pathParameters"]) == ("/a%2Bb/c", {"proxy": "a%2Bb/c"})
    assert event["headers"]["tEsT-HEADeR"] == "aValUE"
    assert event["headers"]["Host"].startswith(api.api_id)
    assert {"X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto", "X-Amzn-Trace-Id"} <= set(event["headers"])
    assert event["queryStringParameters"] == {"x": "2", "y": "a b"}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"], "y": ["a b"]}
    assert event["stageVariables"] == {"colour": "blue"}
    assert (event["body"], event["isBase64Encoded"]) == ('{"title":"t"}', False)
    assert event["requestContext"]["identity"]["userAgent"] == "contract"
    assert event["requestContext"]["accountId"] == api.aws.account
    assert "version" not in event


def test_absent_things_are_null(api: RestApi) -> None:
    """Recorded: test_lambda_aws_proxy_integration."""
    event = api.event("/plain")
    for key in ("queryStringParameters", "multiValueQueryStringParameters", "body"):
        assert event[key] is None
    assert event["requestContext"]["identity"]["caller"] is None


@pytest.mark.parametrize("what", ["raise", "string", "nothing", "unknown-key", "exit"])
def test_a_failing_function_is_a_502_that_leaks_nothing(api: RestApi, what: str) -> None:
    """handle-errors-in-lambda-integration.html; recorded: test_aws_proxy_response_payload_format_validation."""
    response = api.call("GET", f"/{what}")
    assert (response.status_code, response.text) == (502, '{"message": "Internal server error"}')
    assert response.headers["x-amzn-errortype"] == "InternalServerErrorException"


def test_an_empty_object_is_a_200(api: RestApi) -> None:
    """Recorded: test_lambda_aws_proxy_response_format."""
    response = api.call("GET", "/empty")
    assert (response.status_code, response.content) == (200, b"")


def test_two_cookies_stay_two(api: RestApi) -> None:
    """set-up-lambda-proxy-integrations.html, "Output format": multiValueHeaders."""
    response = api.call("GET", "/cookies")
    assert (response.status_code, response.text) == (201, "made")
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]


def test_www_authenticate_is_remapped(api: RestApi) -> None:
    """api-gateway-known-issues.html."""
    response = api.call("GET", "/remapped")
    assert response.headers["x-amzn-remapped-www-authenticate"] == "Basic"
    assert "www-authenticate" not in response.headers


def test_unknown_path_and_stage(api: RestApi) -> None:
    """supported-gateway-response-types.html, MISSING_AUTHENTICATION_TOKEN."""
    unknown = api.call("GET", "")
    assert (unknown.status_code, unknown.text) == (403, '{"message":"Missing Authentication Token"}')
    assert unknown.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"
    assert unknown.headers["access-control-allow-origin"] == "https://app.example"
    # "ANY" is DELETE, GET, HEAD, OPTIONS, PATCH, POST and PUT: api-gateway-method-settings-method-request.html.
    trace = api.call("TRACE", "/x")
    assert (trace.status_code, trace.text) == (403, '{"message":"Missing Authentication Token"}')
    stage = api.http.get(api.url("/x", stage="nope"))
    assert (stage.status_code, stage.text) == (403, '{"message":"Forbidden"}')
    other = api.http.get(f"http://nobody00.execute-api.localhost:{api.port}/prod/x")
    assert (other.status_code, other.text) == (403, '{"message":"Forbidden"}')


def test_a_preflight_answers_what_was_deployed(api: RestApi) -> None:
    """how-to-cors.html."""
    headers = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    response = api.call("OPTIONS", "/tasks", headers=headers)
    sent = {name: value for name, value in response.headers.items() if name.startswith("access-control-")}
    assert sent == {name.lower(): value for name, value in CORS.items()}
    assert (response.status_code, response.content) == (200, b"")


def test_a_user_pool_lets_in_by_id_token(api: RestApi) -> None:
    """apigateway-integrate-with-cognito.html and apigateway-enable-cognito-user-pool.html."""
    token = api.tokens()["IdToken"]
    for value in (token, f"Bearer {token}"):
        event = api.event("/tasks", "POST", headers={"Authorization": value})
        claims = event["requestContext"]["authorizer"]["claims"]
        assert (claims["email"], claims["token_use"], claims["aud"]) == ("ann@example.com", "id", api.client)
        assert all(isinstance(value, str) for value in claims.values())
        assert re.fullmatch(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC \d{4}", claims["exp"])


def test_scopes_ask_for_the_access_token(api: RestApi) -> None:
    """apigateway-enable-cognito-user-pool.html, "OAuth Scopes"."""
    tokens = api.tokens()
    assert api.call("GET", "/tasks", headers={"Authorization": tokens["AccessToken"]}).status_code == 200
    assert api.call("GET", "/tasks", headers={"Authorization": tokens["IdToken"]}).status_code == 401
    assert api.call("POST", "/tasks", headers={"Authorization": tokens["AccessToken"]}).status_code == 401


def tampered(token: str) -> str:
    head, claims, signature = token.split(".")
    return f"{head}.{claims}.{('A' if signature[0] != 'A' else 'B') + signature[1:]}"


@pytest.mark.parametrize("case", ["none", "nonsense", "tampered", "unsigned", "other pool"])
def test_bad_tokens_are_401_with_cors(api: RestApi, case: str) -> None:
    """supported-gateway-response-types.html, UNAUTHORIZED; how-to-cors.html for headers on errors."""
    token = api.tokens()["IdToken"]
    if case == "other pool":
        _, _, client = make_pool(api.aws)
        other = RestApi(api.aws, api.http, api.api_id, api.port, "", client).tokens()["IdToken"]
    else:
        other = {
            "nonsense": "x",
            "tampered": tampered(token),
            "unsigned": f"eyJhbGciOiJub25lIn0.{token.split('.')[1]}.",
        }.get(case, "")
    response = api.call("POST", "/tasks", headers={"Authorization": other} if other else {})
    assert (response.status_code, response.text) == (401, '{"message":"Unauthorized"}')
    assert response.headers["x-amzn-errortype"] == "UnauthorizedException"
    assert response.headers["access-control-allow-origin"] == "https://app.example"


def test_a_function_that_lets_nobody_in_is_a_500(api: RestApi) -> None:
    """handle-errors-in-lambda-integration.html; api-gateway-control-access-using-iam-policies-to-invoke-api.html."""
    response = api.call("GET", "/closed")
    assert (response.status_code, response.text) == (500, '{"message": "Internal server error"}')


def test_a_body_over_ten_megabytes(api: RestApi) -> None:
    """api-gateway-execution-service-limits-table.html: payload size 10 MB; REQUEST_TOO_LARGE 413."""
    response = api.call("POST", "/big", content=b"x" * (10 * 1024 * 1024 + 1))
    assert (response.status_code, response.text) == (413, '{"message":"Request Too Long"}')
    assert response.headers["access-control-allow-origin"] == "https://app.example"


def test_too_many_header_bytes(api: RestApi) -> None:
    """api-gateway-execution-service-limits-table.html: 10,240 bytes of request line and header values."""
    assert api.call("GET", "/x", headers={"X-Big": "x" * 10_240}).status_code == 431


def test_binary_bodies(api: RestApi) -> None:
    """lambda-proxy-binary-media.html."""
    event = api.event("/b", "POST", headers={"Content-Type": "image/png"}, content=b"\x89PNG")
    assert (event["body"], event["isBase64Encoded"]) == ("iVBORw==", True)


def test_a_method_added_later_is_served_after_a_deployment(api: RestApi) -> None:
    """how-to-deploy-api.html."""
    gateway = api.aws.client("apigateway")
    root = next(one["id"] for one in gateway.get_resources(restApiId=api.api_id)["items"] if one["path"] == "/")
    where = {"restApiId": api.api_id, "resourceId": root, "httpMethod": "PUT"}
    assert api.call("PUT", "/").status_code == 403
    gateway.put_method(**where, authorizationType="NONE")
    gateway.put_integration(**where, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    gateway.put_method_response(**where, statusCode="202")
    gateway.put_integration_response(**where, statusCode="202", selectionPattern="200")
    gateway.create_deployment(restApiId=api.api_id, stageName="prod")
    assert api.call("PUT", "/").status_code == 202


def test_metrics(api: RestApi) -> None:
    """api-gateway-metrics-and-dimensions.html."""
    api.call("GET", "/hello")
    watch = api.aws.client("cloudwatch")

    def listed() -> bool:
        found = watch.list_metrics(Namespace="AWS/ApiGateway", Dimensions=[{"Name": "ApiName", "Value": "contract"}])
        names = {(one["MetricName"], len(one["Dimensions"])) for one in found["Metrics"]}
        wanted = ("Count", "4XXError", "5XXError", "Latency", "IntegrationLatency")
        return names >= {(name, size) for name in wanted for size in (1, 2)}

    poll(listed, timeout=60, what="the metrics of the API", every=0.2)
