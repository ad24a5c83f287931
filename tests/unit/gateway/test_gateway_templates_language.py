"""Mapping templates: Java's methods on values, JSONPath, `$util`, overrides.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html and
apigateway-override-request-response-parameters.html beside it.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from groundcloud.gateway.vtl_values import Map, wrap
from groundcloud.http import Response
from tests.fakes.fake_gateway_world import GatewayWorld

BODY = {"a": {"b": [1, {"c": "x"}]}, "s": "t,u", "n": None, "t": True, "empty": []}


def respond(template: str, body: Any = BODY, declared: Any = None, **response: Any) -> Response:
    """What a MOCK's response template makes of a body (which its request template passes on)."""
    world = GatewayWorld()
    passed = {**body, "statusCode": 200} if isinstance(body, dict) else body
    integration = {
        "type": "MOCK",
        "requestTemplates": {"application/json": json.dumps(passed)},
        "integrationResponses": {
            "200": {"statusCode": "200", "responseTemplates": {"application/json": template}, **response}
        },
    }
    settings = {} if declared is None else {"methodResponses": declared}
    world.api.method("POST", "/x", integration, **settings)
    return world.ask("POST", "/x", query="q=1", headers={"X-H": "h"}, body=b"{}")


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("$input.json('$.a.b')", '[1,{"c":"x"}]'),
        ("$input.json('$..c')", '["x"]'),
        ("$input.json('$.missing')", '""'),
        ("$input.json('$.n')", "null"),
        ("$input.path('$.a')", '{b=[1,{"c":"x"}]}'),
        ("$input.path('$.a.b')", '[1,{"c":"x"}]'),
        ("$input.path('$.a.b.length()')", "2"),
        ("$input.path('$.missing')", ""),
        ("$input.path('$.t')", "true"),
        ("$input.path('$.s').toUpperCase()", "T,U"),
        ("$input.path('$.s').split(',').size()", "2"),
        ("$input.path('$.s').replaceAll('(.),(.)', '$2-$1')", "u-t"),
        ("$input.path('$.s').substring(2)", "u"),
        ("$input.path('$.a').containsKey('b')", "true"),
        ("#foreach($e in $input.path('$.a').entrySet())$e.key#end", "b"),
        ("#foreach($k in $input.path('$').keySet())$k #end", "a s n t empty statusCode "),
        ("#if($input.path('$.empty').isEmpty())none#end", "none"),
        ("#set($m = $util.parseJson('{\"k\": 2}'))$m.k", "2"),
        ("$util.urlEncode('a~b*c')", "a%7Eb*c"),
        ("$util.base64Decode('w6k')", "é"),
        ("$util.escapeJavaScript($input.path('$.t'))", "true"),
        ("[$util.escapeJavaScript($input.path('$.missing'))]", "[]"),
        ("[$input._call][$util.getClass()]", "[][]"),
        (
            "$util.urlEncode('a b&c') $util.urlDecode('a+b') $util.base64Decode($util.base64Encode('z'))",
            "a+b%26c a b z",
        ),
        ('$util.escapeJavaScript("it\'s")', "it\\'s"),
        ("$input.params('q') $input.params().header.X-H $input.params('none')", "1 h "),
        ("$context.httpMethod $context.identity.sourceIp $context.stage", "POST 127.0.0.1 prod"),
    ],
)
def test_expressions(template: str, text: str) -> None:
    response = respond(template)
    assert (response.status, response.body.decode()) == (200, text)


@pytest.mark.parametrize("template", ["$input.json('$[')", "$util.parseJson('{')", "$input.path('$.s').substring(9)"])
def test_mistakes_are_a_500(template: str) -> None:
    assert respond(template).status == 500


def test_overrides_win_over_what_is_mapped() -> None:
    template = (
        '#set($context.responseOverride.status = 418)#set($context.responseOverride.header.X-A = "override")'
        '#set($h = $context.responseOverride.header)#set($h["Content-Type"] = "text/own")body'
    )
    response = respond(template, responseParameters={"method.response.header.X-A": "'mapped'"})
    assert (response.status, response.body) == (418, b"body")
    assert (response.headers.get_all("x-a"), response.headers.get("content-type")) == (["override"], "text/own")


@pytest.mark.parametrize("status", ['"many"', "99", "600"])
def test_a_status_that_is_none_is_a_500(status: str) -> None:
    assert respond(f"#set($context.responseOverride.status = {status})x").status == 500


def test_no_value_begins_another_header() -> None:
    template = '#set($context.responseOverride.header.X-A = $util.urlDecode("a%0D%0ASet-Cookie: b"))x'
    response = respond(template)
    assert response.headers.get("x-a") == "aSet-Cookie: b"
    assert "set-cookie" not in response.headers


def test_maps_change_as_javas_do() -> None:
    values = wrap({"a": 1})
    assert isinstance(values, Map)
    assert (values.put("b", 2), values.size(), values.remove("a"), str(values)) == (None, 2, 1, "{b=2}")
    listed = wrap(["x"])
    assert (listed.add("y"), listed.set(0, "z"), listed.contains("y"), listed.indexOf("q")) == (True, "x", True, -1)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("[$!input.path('$').items]", "[]"),
        ("#foreach($i in $input.path('$').keys)$i#end.", "."),
        ("#if($input.path('$').update)yes#{else}no#end", "no"),
    ],
)
def test_what_an_object_lacks_is_not_a_method_of_pythons(template: str, text: str) -> None:
    """A member that is not there is null, whatever its name."""
    assert respond(template).body.decode() == text


def test_members_may_be_called_like_methods() -> None:
    assert respond("$input.path('$').items.size() $input.path('$').keys", {"items": [1, 2], "keys": 3}).body == b"2 3"


@pytest.mark.parametrize(
    "template",
    [
        "$input.path.__globals__",
        "$util.__class__",
        "#set($s = 'x')$s.__class__",
        "$input.body.format($input)",
        "#evaluate($input.path('$.s'))",
    ],
)
def test_nothing_leads_to_the_interpreter(template: str) -> None:
    """https://velocity.apache.org/engine/1.7/vtl-reference.html: a name begins with a letter; such a path is none."""
    assert respond(template).status == 500


def test_a_status_without_method_response_is_a_500() -> None:
    """The execution log on AWS: "Output mapping refers to an invalid method response: 200" (quoted in the guide to the
    type-safe API of https://github.com/aws/aws-pdk)."""
    assert respond("ok", declared={"200": {}}).status == 200
    assert respond("ok", declared={"404": {}}).status == 500
