"""Lambda authorizers and `AWS_IAM` of every kind of API, against answers, requests and signatures that must not let in.

Pages named here are below https://docs.aws.amazon.com/apigateway/latest/developerguide/. Hostile tokens of user pools
and JWT authorizers, and REST APIs' signatures: test_gateway_tokens.py, test_httpapi_jwt.py, test_gateway_iam.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from botocore.credentials import Credentials
from websockets.exceptions import InvalidStatus

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.gateway_maker import ApiMaker
from tests.support.httpapi_maker import HttpApiMaker
from tests.support.signatures import HOSTILE, OF_THE_HEAD, Signing
from tests.support.websocket_maker import WebSocketMaker, dial

JUDGE = """
import json

def statement(effect, resource, **more):
    return {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource, **more}

def policy(*statements, **more):
    return {"principalId": "eve", "policyDocument": {"Version": "2012-10-17", "Statement": list(statements)}, **more}

def other(arn, part, value):
    parts = arn.split(":", 5)
    path = parts[5].split("/")
    if part < 6:
        parts[part] = value
    else:
        path[part - 6] = value
    return ":".join([*parts[:5], "/".join(path)])

POLICIES = {
    "good": lambda arn: policy(statement("Allow", arn)),
    "deny": lambda arn: policy(statement("Deny", arn)),
    "deny before allow": lambda arn: policy(statement("Deny", "*"), statement("Allow", arn)),
    "deny after allow": lambda arn: policy(statement("Allow", "*"), statement("Deny", arn)),
    "deny by NotResource": lambda arn: policy(statement("Allow", "*"),
        {"Effect": "Deny", "Action": "execute-api:Invoke", "NotResource": "arn:aws:s3:::x"}),
    "allow by a condition": lambda arn: policy(statement("Allow", arn, Condition={"Bool": {"a": "true"}})),
    "another region": lambda arn: policy(statement("Allow", other(arn, 3, "eu-west-1"))),
    "another account": lambda arn: policy(statement("Allow", other(arn, 4, "123456789012"))),
    "another api": lambda arn: policy(statement("Allow", other(arn, 6, "abc"))),
    "another stage": lambda arn: policy(statement("Allow", other(arn, 7, "test"))),
    "another route": lambda arn: policy(statement("Allow", other(arn, 8, "PATCH"))),
    "another action": lambda arn: policy({**statement("Allow", arn), "Action": "lambda:InvokeFunction"}),
    "a question mark too many": lambda arn: policy(statement("Allow", arn + "?")),
    "no statement": lambda arn: policy(),
    "small letters": lambda arn: policy(statement("allow", arn)),
    "no effect": lambda arn: policy({"Action": "*", "Resource": "*"}),
    "no resource": lambda arn: policy({"Action": "*", "Effect": "Allow"}),
    "resource that is a number": lambda arn: policy(statement("Allow", 1)),
    "no principal": lambda arn: {"policyDocument": policy(statement("Allow", "*"))["policyDocument"]},
    "principal that is an object": lambda arn: policy(statement("Allow", "*")) | {"principalId": {"a": 1}},
    "policy that is a list": lambda arn: {"principalId": "eve", "policyDocument": [statement("Allow", "*")]},
    "context that is nested": lambda arn: policy(statement("Allow", "*"), context={"a": {"b": 1}}),
    "true": lambda arn: True,
    "a text": lambda arn: "Allow",
    "a list": lambda arn: [policy(statement("Allow", "*"))],
    "nothing": lambda arn: None,
    "isAuthorized": lambda arn: {"isAuthorized": True},
}
SIMPLE = {
    "good": {"isAuthorized": True},
    "refused": {"isAuthorized": False},
    "a text that says true": {"isAuthorized": "true"},
    "a number": {"isAuthorized": 1},
    "null": {"isAuthorized": None},
    "a list": {"isAuthorized": [True]},
    "missing": {"context": {"isAuthorized": True}},
    "another case": {"IsAuthorized": True},
    "true": True,
    "nothing": None,
    "in a list": [{"isAuthorized": True}],
    "as a response": {"statusCode": 200, "body": json.dumps({"isAuthorized": True})},
    "context that is a text": {"isAuthorized": True, "context": "x"},
}

def name_of(event):
    if "authorizationToken" in event:
        return event["authorizationToken"]
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    return headers.get("x-case")

def handler(event, context):
    name = name_of(event)
    if name == "raise":
        raise ValueError("x")
    if name == "unauthorized":
        raise Exception("Unauthorized")
    if event.get("version") == "2.0":
        return SIMPLE[name]
    return POLICIES[name](event.get("methodArn") or event["routeArn"])
"""
INSIDE = "def handler(event, context):\n    return {'statusCode': 200, 'body': 'inside'}"

DENIED = (
    *("deny", "deny before allow", "deny after allow", "deny by NotResource", "allow by a condition"),
    *("another region", "another account", "another api", "another stage", "another route", "another action"),
    *("a question mark too many", "no statement"),
)
BROKEN = (
    *("small letters", "no effect", "no resource", "resource that is a number", "no principal"),
    *("principal that is an object", "policy that is a list", "context that is nested"),
    *("true", "a text", "a list", "nothing", "isAuthorized", "raise"),
)
ANSWERS = {**dict.fromkeys(DENIED, 403), **dict.fromkeys(BROKEN, 500), "unauthorized": 401}
SIMPLE_ANSWERS = {
    **dict.fromkeys(("refused",), 403),
    **dict.fromkeys(("a text that says true", "a number", "null", "a list", "missing", "another case"), 500),
    **dict.fromkeys(("true", "nothing", "in a list", "as a response", "context that is a text", "raise"), 500),
    "unauthorized": 401,
}

Call = Callable[..., int]


def uri_of(arn: str) -> str:
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"


class Doors:
    """The same authorizer before REST, HTTP and WebSocket APIs, each of which answers ``inside`` behind it."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.aws = Aws(cloud.endpoint, new_account())
        self.http = HttpApiMaker(cloud, self.aws, "doors")
        self.judge, self.inside = self.http.function("judge", JUDGE), self.http.function("inside", INSIDE)
        self.rest = self._rest()
        self._http()
        self.sockets = WebSocketMaker(cloud, self.aws, "sockets")
        source = ["route.request.header.X-Case"]
        self.sockets.on("$connect", self.inside, **self._authorizer(self.sockets, IdentitySource=source))
        self.signed = WebSocketMaker(cloud, self.aws, "signed")
        self.signed.on("$connect", self.inside, AuthorizationType="AWS_IAM")

    def _rest(self) -> ApiMaker:
        api = ApiMaker(self.cloud, self.aws, "doors")
        proxy = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": uri_of(self.inside)}
        for kind, source in (("TOKEN", "method.request.header.X-Case"), ("REQUEST", "method.request.header.X-Case")):
            made = api.client.create_authorizer(
                restApiId=api.api, name=kind, type=kind, authorizerUri=uri_of(self.judge), identitySource=source
            )
            guarded = {"authorizationType": "CUSTOM", "authorizerId": made["id"]}
            api.method("GET", f"/{kind.lower()}", integration=proxy, **guarded)
        api.deploy()
        return api

    def _authorizer(self, api: HttpApiMaker, **settings: Any) -> dict[str, Any]:
        made = api.client.create_authorizer(
            ApiId=api.api,
            Name=f"v{settings.get('AuthorizerPayloadFormatVersion', '')}",
            AuthorizerType="REQUEST",
            AuthorizerUri=uri_of(self.judge),
            **settings,
        )
        return {"AuthorizationType": "CUSTOM", "AuthorizerId": made["AuthorizerId"]}

    def _http(self) -> None:
        target = self.http.integration(self.inside)
        for path, version in (("policy", "1.0"), ("simple", "2.0")):
            settings: dict[str, Any] = {"EnableSimpleResponses": True} if version == "2.0" else {}
            source = ["$request.header.X-Case"]
            guard = self._authorizer(
                self.http, AuthorizerPayloadFormatVersion=version, IdentitySource=source, **settings
            )
            self.http.route(f"GET /{path}", target, **guard)
        self.http.route("ANY /open/{proxy+}", target, AuthorizationType="AWS_IAM")

    def call(self, door: str, headers: list[tuple[str, str]], path: str = "") -> httpx.Response:
        if door in ("token", "request"):
            return self.rest.call("GET", path or f"/{door}", headers=headers)
        return self.http.call("GET", path or f"/{door}", headers=headers)

    def connect(self, api: WebSocketMaker, headers: Any, query: str = "") -> int:
        """The status of a handshake, 101 when it is taken."""
        try:
            with dial(
                self.cloud,
                f"ws://{api.api}.execute-api.localhost:{self.cloud.port}/prod{query}",
                additional_headers=headers,
            ):
                return 101
        except InvalidStatus as refused:
            return refused.response.status_code


@pytest.fixture(scope="module")
def doors(cloud: Cloud) -> Iterator[Doors]:
    made = Doors(cloud)
    yield made
    made.aws.close()


@pytest.mark.parametrize("door", ["token", "request", "policy"])
def test_answers_that_let_nobody_in(doors: Doors, door: str) -> None:
    """api-gateway-lambda-authorizer-output.html, http-api-lambda-authorizer.html: the policy must allow
    ``execute-api:Invoke`` of that method; 500 for what is no answer, 401 for ``Unauthorized``."""
    assert doors.call(door, [("X-Case", "good")]).text == "inside"
    # The context of an HTTP API's authorizer may hold objects.
    answers = {case: status for case, status in ANSWERS.items() if (door, case) != ("policy", "context that is nested")}
    statuses = {case: doors.call(door, [("X-Case", case)]).status_code for case in answers}
    assert statuses == answers


def test_simple_answers_that_let_nobody_in(doors: Doors) -> None:
    """http-api-lambda-authorizer.html, format 2.0: ``isAuthorized`` is true or false, nothing else."""
    assert doors.call("simple", [("X-Case", "good")]).text == "inside"
    statuses = {case: doors.call("simple", [("X-Case", case)]).status_code for case in SIMPLE_ANSWERS}
    assert statuses == SIMPLE_ANSWERS


def test_answers_at_connect_that_let_nobody_in(doors: Doors) -> None:
    """apigateway-websocket-api-lambda-auth.html: the same answers, before the upgrade."""
    assert doors.connect(doors.sockets, {"X-Case": "good"}) == 101
    statuses = {case: doors.connect(doors.sockets, {"X-Case": case}) for case in ANSWERS}
    assert statuses == ANSWERS


REQUESTS: dict[str, tuple[list[tuple[str, str]], str]] = {
    "no source": ([], ""),
    "an empty source": ([("X-Case", "")], ""),
    "two bad sources": ([("X-Case", "deny"), ("X-Case", "raise")], ""),
    "both in one": ([("X-Case", "good, deny")], ""),
    "in the query": ([], "?X-Case=good"),
    "in another header": ([("Authorization", "good"), ("X-Case2", "good")], ""),
    "in a cookie": ([("Cookie", "X-Case=good")], ""),
    "another letter's case in the value": ([("X-Case", "GOOD")], ""),
    "another method claimed": ([("X-HTTP-Method-Override", "OPTIONS")], ""),
    "who claims to be let in": ([("X-Amzn-Authorizer-PrincipalId", "ann")], ""),
    "a long one": ([("X-Case", "good" * 2000)], ""),
    "a doubled slash": ([], "//"),
    "a detour": ([], "/x/..%2f"),
}


@pytest.mark.parametrize("door", ["token", "request", "policy", "simple"])
def test_requests_that_get_nobody_in(doors: Doors, door: str) -> None:
    """apigateway-use-lambda-authorizer.html, http-api-lambda-authorizer.html: without its identity source a request is
    a 401; what the authorizer did not let in never reaches the function."""
    for name, (headers, place) in REQUESTS.items():
        path = f"/{door}{place}" if place.startswith("?") or not place else f"{place}{door}"
        response = doors.call(door, headers, path)
        assert response.status_code >= 400, name
        assert "inside" not in response.text, name
    assert doors.call(door, []).status_code == 401


@pytest.mark.parametrize("door", ["token", "request", "policy", "simple"])
def test_two_sources_leave_nothing_behind(doors: Doors, door: str) -> None:
    """apigateway-use-lambda-authorizer.html: results are remembered by identity source: who comes with two of them must
    not open the API for the bad one, nor shut it for the good one."""
    doors.call(door, [("X-Case", "deny"), ("X-Case", "good")])
    doors.call(door, [("X-Case", "good"), ("X-Case", "deny")])
    assert doors.call(door, [("X-Case", "deny")]).status_code >= 400
    assert doors.call(door, [("X-Case", "good")]).text == "inside"


def test_handshakes_that_get_nobody_in(doors: Doors) -> None:
    """apigateway-websocket-api-lambda-auth.html: 401 without an identity source."""
    for name, (headers, place) in REQUESTS.items():
        query = place if place.startswith("?") else ""
        assert doors.connect(doors.sockets, headers, query) >= 400, name
    assert doors.connect(doors.sockets, []) == 401


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_signatures_to_http_apis(doors: Doors, name: str) -> None:
    """http-api-access-control-iam.html."""
    signing = Signing(doors.cloud, Credentials(doors.aws.account, "test"), doors.http.url(""))
    assert doors.cloud.http.send(signing.signed()).text == "inside"
    response = doors.cloud.http.send(HOSTILE[name](signing))
    assert (response.status_code, response.json()) == (403, {"message": "Forbidden"})


@pytest.mark.parametrize("name", OF_THE_HEAD)
def test_hostile_signatures_at_connect(doors: Doors, name: str) -> None:
    """apigateway-websocket-control-access-iam.html."""
    address = f"http://{doors.signed.api}.execute-api.localhost:{doors.cloud.port}/prod"
    signing = Signing(doors.cloud, Credentials(doors.aws.account, "test"), address)

    def handshake(make: Callable[..., httpx.Request]) -> int:
        request = make(signing)
        own = ("authorization", "x-amz-date", "x-amz-content-sha256")
        headers = [(key, value) for key, value in request.headers.multi_items() if key in own]
        query = request.url.query.decode()
        return doors.connect(doors.signed, headers, f"?{query}" if query else "")

    assert handshake(lambda signing: signing.signed(path="")) == 101
    assert handshake(OF_THE_HEAD[name]) == 403
