"""MOCK integrations and the mapping templates they use."""

from __future__ import annotations

from typing import Any

import pytest

from groundcloud.gateway.errors import GatewayError
from groundcloud.gateway.jsonpath import MISSING, BadPath, find
from groundcloud.gateway.mapping import choose_response
from groundcloud.gateway.model import IntegrationResponse
from groundcloud.http import Response
from tests.fakes.fake_gateway_world import GatewayWorld

ERROR = b'{"message": "Internal server error"}'


def mock(
    request_template: str | None = '{"statusCode": 200}',
    responses: dict[str, dict[str, Any]] | None = None,
    *,
    passthrough: str = "WHEN_NO_MATCH",
    method: str = "OPTIONS",
    path: str = "/x",
    **parts: Any,
) -> Response:
    world = GatewayWorld()
    world.api.stages[0]["variables"] = {"who": "stage"}
    world.api.method(
        method,
        "/{id}",
        {
            "type": "MOCK",
            "passthroughBehavior": passthrough,
            "requestTemplates": {} if request_template is None else {"application/json": request_template},
            "integrationResponses": {"200": {"statusCode": "200"}} if responses is None else responses,
        },
    )
    return world.ask(method, path, **parts)


def test_a_preflight_answers_exactly_the_mapped_headers() -> None:
    mapped = {
        "method.response.header.Access-Control-Allow-Origin": "'https://app.example'",
        "method.response.header.Access-Control-Allow-Methods": "'GET,POST,OPTIONS'",
        "method.response.header.Access-Control-Allow-Headers": "'Content-Type,Authorization'",
    }
    response = mock(responses={"200": {"statusCode": "200", "responseParameters": mapped}})
    assert (response.status, response.body) == (200, b"")
    cors = {name: value for name, value in response.headers.items if name.startswith("Access-Control-")}
    assert cors == {
        "Access-Control-Allow-Origin": "https://app.example",
        "Access-Control-Allow-Methods": "GET,POST,OPTIONS",
        "Access-Control-Allow-Headers": "Content-Type,Authorization",
    }
    assert "x-amzn-trace-id" not in response.headers


@pytest.mark.parametrize(
    "template",
    [
        '{"statusCode": 204}',
        "{statusCode: 204}",
        "{'statusCode':204}",
        '#set($s = 204){"statusCode": $s}',
        "{statusCode:204}",
    ],
)
def test_the_request_template_says_the_status(template: str) -> None:
    responses = {
        "200": {"statusCode": "200", "selectionPattern": "200"},
        "204": {"statusCode": "204", "selectionPattern": "20[45]"},
    }
    assert mock(template, responses).status == 204


@pytest.mark.parametrize(
    "template",
    [
        "",
        "{}",
        "[]",
        "hello",
        '{"statusCode": "abc"}',
        "#if($x",
        "#set($a=",
        "#end",
        "#set($a = 1 / 0)",
        "$input.path('$..a')",
        "$util.parseJson('{')",
        "$util.nothing()",
    ],
)
def test_a_template_that_gives_no_status_is_a_500(template: str) -> None:
    response = mock(template)
    assert (response.status, response.body) == (500, ERROR)


def test_no_matching_integration_response_is_a_500() -> None:
    assert mock(responses={"404": {"statusCode": "404", "selectionPattern": "404"}}).status == 500
    assert mock(responses={"200": {"statusCode": "200", "selectionPattern": "("}}).status == 500


def test_templates_see_request_context_and_stage() -> None:
    template = (
        '#set($q = $input.params("q"))'
        '{"q":"$q","id":"$input.params(\'id\')","header":"$input.params().header.get(\'X-A\')",'
        '"stage":"$context.stage","var":"$stageVariables.who","body":$input.json("$.a.b[1]"),'
        '"path":"$input.path(\'$.a.c\')","esc":"$util.escapeJavaScript($input.path(\'$.quote\'))",'
        '"b64":"$util.base64Encode("x")","enc":"$util.urlEncode("a b")"}'
    )
    responses = {"200": {"statusCode": "200", "responseTemplates": {"application/json": template}}}
    response = mock(
        '#set($body = $input.body){"statusCode": 200, "a": {"b": [1, 2], "c": "see"}, "quote": "it\'s"}',
        responses,
        method="POST",
        path="/seven",
        query="q=1",
        headers={"X-A": "h"},
        body=b"{}",
    )
    assert response.body.decode() == (
        '{"q":"1","id":"seven","header":"h","stage":"prod","var":"stage","body":2,"path":"see",'
        '"esc":"it\\\'s","b64":"eA==","enc":"a+b"}'
    )


def test_headers_from_body_and_request() -> None:
    mapped = {
        "method.response.header.A": "integration.response.body.who",
        "method.response.header.B": "context.stage",
        "method.response.header.C": "integration.response.body.missing",
    }
    responses = {"200": {"statusCode": "200", "responseParameters": mapped}}
    headers = mock('{"statusCode": 200, "who": "me"}', responses).headers
    assert (headers.get("A"), headers.get("B"), headers.get("C")) == ("me", "prod", None)


@pytest.mark.parametrize(
    ("template", "passthrough", "status"),
    [
        ("{}", "NEVER", 415),
        ("{}", "WHEN_NO_TEMPLATES", 415),
        (None, "WHEN_NO_TEMPLATES", 200),
        ("{}", "WHEN_NO_MATCH", 200),
    ],
)
def test_passthrough(template: str | None, passthrough: str, status: int) -> None:
    """A media type without template: the body passes through, or 415."""
    parts = {"headers": {"Content-Type": "text/plain"}, "body": b'{"statusCode": 200}'}
    assert mock(template, passthrough=passthrough, method="POST", **parts).status == status


def test_the_pattern_must_match_all_of_the_status() -> None:
    exact = IntegrationResponse(404, "40", {}, {})
    default = IntegrationResponse(200, None, {}, {})
    assert choose_response((exact, default), "404") is default
    with pytest.raises(GatewayError):
        choose_response((exact,), "404")


def test_paths() -> None:
    document = {"a": {"b": [1, {"c d": 2}], "n": None}}
    assert find(document, "$") == document
    assert find(document, "$.a.b[0]") == 1
    assert find(document, "$['a'].b[1]['c d']") == 2
    assert find(document, "$.a.n") is None
    assert find(document, "$.a.b[-1]") == {"c d": 2}
    assert find(document, "$.a.b.length()") == 2
    for nothing in ("$.a.b[9]", "$.x.y", "$.a.b.c"):
        assert find(document, nothing) is MISSING
    for several, found in {"$..b[0]": [1], "$.a.b[*]": [1, {"c d": 2}], "$.a.b[?(@ == 1)]": [1], "$..x": []}.items():
        assert find(document, several) == found
    for bad in ("a.b", "$.a[", "$.a.b.shout()", "", "$..", "$.a[?(]"):
        with pytest.raises(BadPath):
            find(document, bad)
