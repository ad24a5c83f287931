"""The screen APIs: what API Gateway is asked, what is sent to a route, and what is shown of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

import httpx
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from groundcloud.settings import Settings
from tests.fakes import console_traces
from tests.fakes.console_doors import FakeAws, FakeControl, FakeWire
from tests.fakes.refusals import refusal
from tests.unit.ui.test_ui_users import POOL, FakeCognito
from ui.apis.preflight import Asked, explain, request_headers
from ui.apis.trial import path_of
from ui.forms import header_lines
from ui.readers.spans import MASK

Send = Callable[..., TestResponse]
EVIL = "<script>alert(1)</script>"
TOKEN = "eyJhbGciOiJub25lIn0.secret.token"
ARN = f"arn:aws:cognito-idp:us-east-1:000000000000:userpool/{POOL}"


class FakeRest:
    """One REST API with a route for signed-in people, one with scopes, one signed, and one for all."""

    def get_rest_apis(self, **asked: Any) -> dict[str, Any]:
        more = {} if "position" in asked else {"position": "2"}
        return {"items": [{"id": "r2", "name": EVIL} if asked else {"id": "r1", "name": "tasks"}], **more}

    def get_rest_api(self, restApiId: str) -> dict[str, Any]:
        if restApiId != "r1":
            raise refusal("NotFoundException", "Invalid API identifier specified")
        return {"id": "r1", "name": "tasks"}

    def get_stages(self, restApiId: str) -> dict[str, Any]:
        return {"item": [{"stageName": "prod"}] if restApiId == "r1" else []}

    def get_authorizers(self, **_asked: Any) -> dict[str, Any]:
        source = "method.request.header.Authorization"
        told = {"id": "z1", "name": "SignedIn", "type": "COGNITO_USER_POOLS"}
        return {"items": [told | {"providerARNs": [ARN], "identitySource": source}]}

    def get_resources(self, **asked: Any) -> dict[str, Any]:
        assert asked["embed"] == ["methods"]
        signed_in = {"authorizationType": "COGNITO_USER_POOLS", "authorizerId": "z1"}
        return {
            "items": [
                {"id": "root", "path": "/"},
                {"path": "/tasks/{taskId}", "resourceMethods": {"PUT": signed_in}},
                {
                    "path": "/tasks",
                    "resourceMethods": {"GET": signed_in | {"authorizationScopes": ["shop/read", "email"]}},
                },
                {"path": "/iam", "resourceMethods": {"POST": {"authorizationType": "AWS_IAM"}}},
                {"path": "/files/{name+}", "resourceMethods": {"ANY": {"apiKeyRequired": True}}},
            ]
        }


class FakeV2:
    """An HTTP API with a JWT authorizer, and a WebSocket API."""

    def get_apis(self, **_asked: Any) -> dict[str, Any]:
        return {"Items": [self.get_api("h1"), self.get_api("w1")]}

    def get_api(self, ApiId: str) -> dict[str, Any]:
        kinds = {"h1": ("shop", "HTTP"), "w1": ("chat", "WEBSOCKET")}
        if ApiId not in kinds:
            raise refusal("NotFoundException", "Invalid API identifier specified")
        return {"ApiId": ApiId, "Name": kinds[ApiId][0], "ProtocolType": kinds[ApiId][1]}

    def get_stages(self, ApiId: str) -> dict[str, Any]:
        return {"Items": [{"StageName": "$default" if ApiId == "h1" else "live"}]}

    def get_authorizers(self, **_asked: Any) -> dict[str, Any]:
        jwt = {"Issuer": f"https://cognito-idp.us-east-1.amazonaws.com/{POOL}", "Audience": ["c1"]}
        told = {"AuthorizerId": "j1", "Name": EVIL, "AuthorizerType": "JWT", "JwtConfiguration": jwt}
        return {"Items": [told | {"IdentitySource": ["$request.header.Authorization"]}]}

    def get_routes(self, ApiId: str) -> dict[str, Any]:
        if ApiId == "w1":
            return {"Items": [{"RouteKey": "$connect"}, {"RouteKey": EVIL}]}
        return {
            "Items": [
                {"RouteKey": "$default"},
                {"RouteKey": "GET /me", "AuthorizationType": "JWT", "AuthorizerId": "j1"},
            ]
        }


@pytest.fixture
def gateway(door: FakeAws, control: FakeControl) -> None:
    door.clients |= {"apigateway": FakeRest(), "apigatewayv2": FakeV2(), "cognito_idp": FakeCognito()}
    control.answers["POST /users/tokens"] = {"idToken": TOKEN, "accessToken": TOKEN + "2"}


def attempt(send: Send, route: str, api: str = "r1", **fields: str) -> str:
    method = route.partition(" ")[0]
    page: str = send(f"/apis/{api}/try", **({"route": route, "method": method} | fields)).text
    return page


def test_every_kind_of_api_is_listed_with_its_addresses(visitor: FlaskClient, gateway: None) -> None:
    page = visitor.get("/apis").text
    assert "http://r1.execute-api.localhost:4566/prod" in page and EVIL not in page
    found = visitor.get("/api/apis").get_json()["apis"]
    assert [(each["name"], each["kind"]) for each in found] == [
        (EVIL, "REST"),
        ("chat", "WebSocket"),
        ("shop", "HTTP"),
        ("tasks", "REST"),
    ]
    assert [each["id"] for each in visitor.get("/api/apis?q=SHOP").get_json()["apis"]] == ["h1"]
    assert "No API has this in name or id" in visitor.get("/apis?q=none").text
    assert visitor.get("/apis?after=x").status_code == 400


def test_no_apis_at_all(visitor: FlaskClient) -> None:
    assert "aws apigatewayv2 create-api" in visitor.get("/apis").text
    assert visitor.get("/api/apis").get_json() == {"apis": [], "q": "", "after": ""}


def test_an_api_shows_routes_and_authorizers(visitor: FlaskClient, gateway: None) -> None:
    page = visitor.get("/apis/r1").text
    assert "PUT /tasks/{taskId}" in page and "COGNITO_USER_POOLS · SignedIn" in page and f"/users/{POOL}" in page
    found = visitor.get("/api/apis/h1").get_json()
    assert [each["key"] for each in found["routes"]] == ["GET /me", "$default"]
    assert found["authorizers"][0] | {"name": ""} == {
        "id": "j1",
        "name": "",
        "kind": "JWT",
        "pools": [POOL],
        "audience": ["c1"],
        "header": "Authorization",
        "parameter": "",
    }
    assert EVIL not in visitor.get("/apis/h1").text
    assert visitor.get("/apis/none").status_code == 404


def test_a_websocket_api_is_tried_from_a_terminal(visitor: FlaskClient, gateway: None) -> None:
    page = visitor.get("/apis/w1").text
    assert "<code>ws://w1.execute-api.localhost:4566/live</code>" in page and EVIL not in page
    assert "npx wscat -c ws://127.0.0.1:4566/_aws/execute-api/w1/live" in page
    assert visitor.get("/apis/w1/route?route=$connect").status_code == 404


def test_a_route_is_sent_as_typed(send: Send, gateway: None, wire: FakeWire) -> None:
    wire.answer = httpx.Response(201, json={"said": EVIL}, headers={"X-Said": EVIL})
    fields = {"parameter.taskId": "a/b c", "query": "?x=1&y=ü", "headers": "X-One: 1", "body": "{}"}
    page = attempt(send, "PUT /tasks/{taskId}", **fields)
    (sent,) = wire.requests
    assert str(sent.url) == "http://127.0.0.1:4566/prod/tasks/a%2Fb%20c?x=1&y=%C3%BC"
    assert sent.headers["Host"] == "r1.execute-api.localhost:4566"
    assert (sent.headers["X-One"], sent.content) == ("1", b"{}")
    assert "Authorization" not in sent.headers
    trace = sent.headers["X-Amzn-Trace-Id"].removeprefix("Root=")
    assert f"/requests/{trace}" in page and ">201<" in page and EVIL not in page


def test_send_as_a_user_adds_the_id_token_and_never_shows_it(
    send: Send, gateway: None, wire: FakeWire, control: FakeControl
) -> None:
    wire.answer = httpx.Response(200, json={"echo": TOKEN}, headers={"X-Echo": TOKEN})
    fields = {"username": "ann", "client": f"{POOL}/c1", "headers": "Authorization: mine"}
    page = attempt(send, "PUT /tasks/{taskId}", **fields, **{"parameter.taskId": "7"})
    asked = json.loads(control.asked[-1].content)
    assert asked == {"pool": POOL, "client": "c1", "username": "ann", "scopes": []}
    assert wire.requests[0].headers.get_list("Authorization") == [TOKEN]
    assert "as ann with an id token" in page and TOKEN not in page and "•••" in page


def test_scopes_want_the_access_token(send: Send, gateway: None, wire: FakeWire, control: FakeControl) -> None:
    attempt(send, "GET /tasks", username="ann", client=f"{POOL}/c1")
    assert json.loads(control.asked[-1].content)["scopes"] == ["email"]
    assert wire.requests[0].headers["Authorization"] == TOKEN + "2"


def test_a_jwt_authorizer_wants_a_bearer(send: Send, gateway: None, wire: FakeWire) -> None:
    attempt(send, "GET /me", "h1", username="ann", client=f"{POOL}/c1")
    assert wire.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert wire.requests[0].url.path == "/me"


def test_a_signed_route_is_signed_by_the_administrator(send: Send, gateway: None, wire: FakeWire) -> None:
    attempt(send, "POST /iam")
    assert "/us-east-1/execute-api/aws4_request" in wire.requests[0].headers["Authorization"]


def test_a_greedy_path_and_any_method(send: Send, gateway: None, wire: FakeWire) -> None:
    page = attempt(send, "ANY /files/{name+}", method="DELETE", **{"parameter.name+": "a/b"})
    assert (wire.requests[0].method, wire.requests[0].url.path) == ("DELETE", "/prod/files/a/b")
    assert "x-api-key" in page
    assert "has no method FETCH" in attempt(send, "ANY /files/{name+}", method="FETCH")
    wire.answer = httpx.Response(200, content=b"\xff\xd8", headers={"Content-Type": "image/jpeg"})
    assert "image/jpeg, which is no text" in attempt(send, "ANY /files/{name+}", method="GET")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "The path parameter taskId is missing."),
        ({"parameter.taskId": "7", "headers": "nonsense"}, "A header is written as name: value"),
        ({"parameter.taskId": "7", "username": "ann", "client": "x/y"}, "takes no token of this app client"),
        ({"parameter.taskId": "7", "username": EVIL, "client": f"{POOL}/c1"}, "has no user"),
    ],
    ids=["parameter", "header", "client", "user"],
)
def test_what_is_not_sent(
    send: Send, gateway: None, wire: FakeWire, control: FakeControl, fields: dict[str, str], said: str
) -> None:
    control.answers["POST /users/tokens"] = lambda _: httpx.Response(
        404, json={"message": f"{POOL} has no user {EVIL}"}
    )
    page = attempt(send, "PUT /tasks/{taskId}", **fields)
    assert said in page and EVIL not in page and wire.requests == []


def test_on_aws_nothing_is_sent(send: Send, visitor: FlaskClient, gateway: None, wire: FakeWire) -> None:
    """Even where the console was started to write there."""
    extensions = visitor.application.extensions
    settings = replace(Settings(), profile="aws", ui_aws_writes=True)
    extensions["console"] = replace(extensions["console"], settings=settings)
    for action in ("try", "preflight"):
        answer = send(f"/apis/r1/{action}", route="POST /iam", method="POST")
        assert answer.status_code == 403 and "profile aws" in answer.text
    page = visitor.get("/apis/r1/route?route=POST /iam").text
    assert "https://r1.execute-api.us-east-1.amazonaws.com/prod" in page and ">Send<" not in page
    assert wire.requests == []


def test_a_preflight_is_asked_and_explained(send: Send, gateway: None, wire: FakeWire) -> None:
    wire.answer = httpx.Response(204, headers={"Access-Control-Allow-Origin": EVIL})
    fields = {"route": "PUT /tasks/{taskId}", "method": "PUT", "names": "Authorization, Accept"}
    page = send("/apis/r1/preflight", origin="http://localhost:3000", **fields).text
    (sent,) = wire.requests
    assert (sent.method, sent.headers["Origin"]) == ("OPTIONS", "http://localhost:3000")
    assert sent.headers["Access-Control-Request-Method"] == "PUT"
    assert sent.headers["Access-Control-Request-Headers"] == "authorization"
    assert "A browser would not send it" in page and "It names another origin" in page and EVIL not in page
    assert "An origin is scheme" in send("/apis/r1/preflight", origin="localhost", **fields).text


ALLOWED = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "GET,PUT"),
    ("Access-Control-Allow-Headers", "Authorization,Content-Type"),
]
PUT = Asked("http://a.example", "PUT", ("authorization", "content-type"))


def changed(name: str, value: str) -> list[tuple[str, str]]:
    return [(each, value if each.endswith(name) else old) for each, old in ALLOWED]


@pytest.mark.parametrize(
    ("asked", "status", "headers", "said"),
    [
        (PUT, 200, ALLOWED, ""),
        (PUT, 200, [*ALLOWED, ("Access-Control-Max-Age", "600")], ""),
        (PUT, 200, changed("Origin", "http://a.example"), ""),
        (PUT, 403, ALLOWED, "no OPTIONS method"),
        (PUT, 401, ALLOWED, "must not have an authorizer"),
        (PUT, 301, ALLOWED, "nothing but a status from 200 to 299"),
        (PUT, 200, ALLOWED[1:], "It is missing"),
        (PUT, 200, changed("Origin", "http://a.example/"), "every character counts"),
        (PUT, 200, changed("Origin", "http://a.example, http://b.example"), "not a list"),
        (replace(PUT, method="DELETE"), 200, ALLOWED, "DELETE is not in it."),
        (replace(PUT, method="POST"), 200, ALLOWED, ""),
        (PUT, 200, changed("Headers", "*"), "A star does not mean authorization"),
        (PUT, 200, changed("Headers", "content-type"), "authorization: not in it."),
        (replace(PUT, headers=("X-One", "Accept")), 200, changed("Headers", "*"), ""),
        (replace(PUT, credentials=True), 200, ALLOWED, "a star lets nobody in"),
        (
            replace(PUT, credentials=True),
            200,
            [*changed("Origin", "http://a.example"), ("Access-Control-Allow-Credentials", "True")],
            "exactly: true",
        ),
        (
            replace(PUT, credentials=True),
            200,
            [*changed("Origin", "http://a.example"), ("Access-Control-Allow-Credentials", "true")],
            "",
        ),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)
def test_what_a_browser_makes_of_it(asked: Asked, status: int, headers: list[tuple[str, str]], said: str) -> None:
    found = explain(asked, status, headers)
    reasons = " ".join(each.says for each in found.checks if not each.good)
    assert (found.passes, said in reasons) == (not said, True), reasons


def test_a_simple_request_needs_no_preflight() -> None:
    simple = Asked("http://a.example", "GET", ("Accept",))
    assert not explain(simple, 200, ALLOWED).needed
    assert explain(PUT, 200, ALLOWED).needed
    assert request_headers(simple) == [("Origin", "http://a.example"), ("Access-Control-Request-Method", "GET")]


def test_paths_and_headers_are_read_strictly() -> None:
    assert path_of("/a/{b}/{c+}", {"b": "x/y", "c+": "/d/e f"}) == "/a/x%2Fy/d/e%20f"
    assert header_lines("A: 1\n\nB:\nC: x: y") == [("A", "1"), ("C", "x: y")]
    for bad in ("A B: 1", "no colon", ": x", "A: \x01"):
        with pytest.raises(ValueError, match="one a line"):
            header_lines(bad)


def test_a_recorded_call_fills_the_form_in_but_for_its_token(
    visitor: FlaskClient, control: FakeControl, gateway: None
) -> None:
    """It is sent again as the user whose token no trace has."""
    headers = {"Host": "x", "Authorization": MASK, "User-Agent": "curl", "X-Trial": EVIL}
    sent = console_traces.sent("PUT", "/_aws/execute-api/r1/prod/tasks/a%20b?done=1", headers, '{"done": true}')
    told = console_traces.span("s1", None, 0, 1, service="execute-api", operation="PUT /tasks/{taskId}")
    told |= {"resource": "r1/prod", "caller": "ann@example.com", "request": sent}
    control.answers[f"GET /traces/{told['traceId']}"] = {"traceId": told["traceId"], "spans": [told], "logs": []}
    control.answers["GET /traces"] = {"traces": [], "next": None}
    trace = visitor.get(f"/requests/{told['traceId']}").text
    link = unescape(re.findall(r'href="(/apis/r1/route[^"]+)"', trace)[0])
    filled = visitor.get(link.replace("/apis/", "/api/apis/")).get_json()["filled"]
    assert filled["parameters"] == {"taskId": "a b"} and filled["method"] == "PUT"
    assert (filled["query"], filled["body"], filled["username"]) == ("done=1", '{"done": true}', "ann@example.com")
    assert filled["headers"] == f"X-Trial: {EVIL}"
    assert EVIL not in visitor.get(link).text
    gone = visitor.get(link.replace(told["traceId"], "1-gone"))
    assert "The trace is no longer kept" in gone.text


def test_a_route_of_any_method_is_found_by_the_method_that_was_asked_for(visitor: FlaskClient, gateway: None) -> None:
    assert (
        visitor.get("/api/apis/r1/route?route=GET+/files/{name%2B}").get_json()["route"]["key"] == "ANY /files/{name+}"
    )
