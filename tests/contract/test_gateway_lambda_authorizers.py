"""Lambda authorizers of REST APIs, with real Python functions.

Pages named here are below https://docs.aws.amazon.com/apigateway/latest/developerguide/.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.gateway_maker import ApiMaker

HANDLER = """
import json, uuid

def echo(event, context):
    return {"statusCode": 200, "body": json.dumps(event["requestContext"]["authorizer"])}

def guard(event, context):
    token = event.get("authorizationToken") or event["headers"]["x-who"]
    if token == "unauthorized":
        raise Exception("Unauthorized")
    if token == "raise":
        raise Exception("boom")
    if token == "nothing":
        return None
    if token == "no-policy":
        return {"principalId": "ann"}
    if token == "object-in-context":
        return answer("Allow", "*", {"a": {}})
    if token == "get-only":
        return answer("Allow", event["methodArn"].split("/prod/")[0] + "/prod/GET/*")
    return answer("Allow" if token.startswith("allow") else "Deny", "*", {"n": 1, "b": True, "call": str(uuid.uuid4())})

def answer(effect, resource, context=None):
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": "ann", "policyDocument": policy, "context": context or {}}
"""


def make_functions(aws: Aws) -> dict[str, str]:
    """ARNs by handler, each callable by API Gateway."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = aws.client("iam").create_role(RoleName="authorizers", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", HANDLER)
    client, arns = aws.client("lambda"), {}
    for name in ("echo", "guard"):
        made = client.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Handler=f"app.{name}",
            Role=role,
            Code={"ZipFile": buffer.getvalue()},
        )
        client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
        client.add_permission(
            FunctionName=name, StatementId="api", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
        )
        arns[name] = made["FunctionArn"]
    return arns


@pytest.fixture(scope="module")
def api(cloud: Cloud) -> Iterator[ApiMaker]:
    """GET and POST /token behind a TOKEN authorizer, GET /request behind a REQUEST one by header and query key."""
    aws = Aws(cloud.endpoint, new_account())
    arns = make_functions(aws)
    made = ApiMaker(cloud, aws, "authorizers")

    def uri(name: str) -> str:
        return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arns[name]}/invocations"

    def authorizer(kind: str, source: str, **more: Any) -> dict[str, str]:
        made_one = made.client.create_authorizer(
            restApiId=made.api, name=kind, type=kind, authorizerUri=uri("guard"), identitySource=source, **more
        )
        return {"authorizationType": "CUSTOM", "authorizerId": made_one["id"]}

    token = authorizer("TOKEN", "method.request.header.Authorization", identityValidationExpression="[a-z0-9-]+")
    request = authorizer("REQUEST", "method.request.header.x-who,method.request.querystring.k")
    proxy = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": uri("echo")}
    made.method("GET", "/token", integration=proxy, **token)
    made.method("POST", "/token", integration=proxy, **token)
    made.method("GET", "/request", integration=proxy, **request)
    made.deploy()
    yield made
    aws.close()


def by_token(api: ApiMaker, token: str | None, verb: str = "GET") -> httpx.Response:
    return api.call(verb, "/token", headers={"Authorization": token} if token is not None else {})


def test_the_context_reaches_the_function_as_strings(api: ApiMaker) -> None:
    """api-gateway-lambda-authorizer-output.html; apigateway-use-lambda-authorizer.html: cached for the TTL."""
    first = by_token(api, "allow-1").json()
    latency = first.pop("integrationLatency")
    assert isinstance(latency, int)
    assert latency > 0
    call = first.pop("call")
    assert first == {"n": "1", "b": "true", "principalId": "ann"}
    again = by_token(api, "allow-1", "POST").json()
    assert (again["call"], again["integrationLatency"]) == (call, 0)
    assert by_token(api, "allow-2").json()["call"] != call


def test_what_was_remembered_is_flushed(api: ApiMaker) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_FlushStageAuthorizersCache.html"""
    call = by_token(api, "allow-flush").json()["call"]
    api.client.flush_stage_authorizers_cache(restApiId=api.api, stageName="prod")
    assert by_token(api, "allow-flush").json()["call"] != call
    with pytest.raises(api.client.exceptions.NotFoundException):
        api.client.flush_stage_authorizers_cache(restApiId=api.api, stageName="none")


@pytest.mark.parametrize("token", [None, "", "NOT", "a b", "unauthorized"])
def test_a_missing_an_unfitting_and_a_refused_token_are_401(api: ApiMaker, token: str | None) -> None:
    """apigateway-use-lambda-authorizer.html; supported-gateway-response-types.html, UNAUTHORIZED."""
    response = by_token(api, token)
    assert (response.status_code, response.text) == (401, '{"message":"Unauthorized"}')


def test_a_denying_policy_is_a_403(api: ApiMaker) -> None:
    """supported-gateway-response-types.html, ACCESS_DENIED."""
    response = by_token(api, "deny")
    text = "User is not authorized to access this resource with an explicit deny in an identity-based policy"
    assert (response.status_code, response.json()) == (403, {"Message": text})
    assert response.headers["x-amzn-errortype"] == "AccessDeniedException"


def test_a_policy_is_judged_for_each_method(api: ApiMaker) -> None:
    """apigateway-use-lambda-authorizer.html: the cached policy holds for all methods of the stage."""
    assert [by_token(api, "get-only", verb).status_code for verb in ("GET", "POST", "GET")] == [200, 403, 200]


@pytest.mark.parametrize("token", ["raise", "nothing", "no-policy", "object-in-context"])
def test_a_failing_authorizer_is_a_500(api: ApiMaker, token: str) -> None:
    """supported-gateway-response-types.html, AUTHORIZER_CONFIGURATION_ERROR."""
    response = by_token(api, token)
    assert response.status_code == 500
    assert response.headers["x-amzn-errortype"] == "AuthorizerConfigurationException"


def test_a_request_authorizer_needs_each_identity_source(api: ApiMaker) -> None:
    """configure-api-gateway-lambda-authorization.html: one that is missing is a 401 without a call."""
    who = {"x-who": "allow"}
    assert api.call("GET", "/request?k=1", headers=who).status_code == 200
    assert api.call("GET", "/request", headers=who).status_code == 401
    assert api.call("GET", "/request?k=1").status_code == 401
    assert api.call("GET", "/request?k=1", headers={"x-who": "deny"}).status_code == 403
