"""HTTP_PROXY and HTTP integrations of REST APIs, against a server on this machine.

Pages named here are below https://docs.aws.amazon.com/apigateway/latest/developerguide/.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.endpoint import Endpoint, serving
from tests.support.gateway_maker import ApiMaker


class Echo(Endpoint):
    """Answers what it was asked. ``/slow`` waits until the test is over."""

    over = threading.Event()

    def do_GET(self) -> None:
        body = self.content().decode()
        if self.path.startswith("/slow"):
            self.over.wait(120)
        seen = {"method": self.command, "path": self.path, "headers": list(self.headers.items()), "body": body}
        headers = [("Content-Type", "application/json"), ("Location", "http://127.0.0.1:1/")]
        cookies = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
        moved = self.path.startswith("/moved")
        self.reply(json.dumps(seen).encode(), *headers, *cookies, status=302 if moved else 207)

    do_POST = do_GET


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with serving(Echo) as address:
        yield address
        Echo.over.set()


@pytest.fixture(scope="module")
def api(cloud: Cloud, endpoint: str) -> Iterator[ApiMaker]:
    aws = Aws(cloud.endpoint, new_account())
    made = ApiMaker(cloud, aws, "http-proxy")
    proxy = {"type": "HTTP_PROXY", "integrationHttpMethod": "ANY"}
    made.method(
        "ANY",
        "/{proxy+}",
        requestParameters={"method.request.path.proxy": True},
        integration={
            **proxy,
            "uri": endpoint + "/{proxy}",
            "requestParameters": {
                "integration.request.path.proxy": "method.request.path.proxy",
                "integration.request.header.X-Stage": "context.stage",
                "integration.request.querystring.added": "'yes'",
            },
        },
    )
    made.method("GET", "/late", integration={**proxy, "uri": endpoint + "/slow", "timeoutInMillis": 100})
    made.method("GET", "/dead", integration={**proxy, "uri": "http://127.0.0.1:1/"})
    custom(made, endpoint)
    made.deploy()
    yield made
    aws.close()


def custom(made: ApiMaker, endpoint: str) -> None:
    """POST /custom/{id}: mapped both ways; the endpoint's 207 becomes 299."""
    template = (
        '#set($context.requestOverride.header.X-Over = "o")'
        '#set($context.requestOverride.querystring.page = ["1", "2"])'
        '#set($context.requestOverride.path.id = "other")'
        '{"all": $input.json("$..n"), "id": "$input.params("id")"}'
    )
    answer = (
        '#set($context.responseOverride.header.X-Page = "p")'
        '#if($input.path("$.method") == "POST")#set($context.responseOverride.status = 299)#end'
        '{"path": $input.json("$.path"), "body": $input.json("$.body"), "headers": $input.json("$.headers")}'
    )
    made.method(
        "POST",
        "/custom/{id}",
        integration={
            "type": "HTTP",
            "integrationHttpMethod": "POST",
            "uri": endpoint + "/things/{id}",
            "requestParameters": {
                "integration.request.path.id": "method.request.path.id",
                "integration.request.header.X-Many": "method.request.multivalueheader.X-In",
                "integration.request.header.X-Body": "method.request.body.name",
                "integration.request.querystring.q": "method.request.multivaluequerystring.q",
            },
            "requestTemplates": {"application/json": template},
        },
        requestParameters={
            "method.request.path.id": True,
            "method.request.multivalueheader.X-In": False,
            "method.request.multivaluequerystring.q": False,
        },
    )
    where = {"restApiId": made.api, "resourceId": made.resource("/custom/{id}"), "httpMethod": "POST"}
    headers = ("X-Location", "X-Cookies", "X-First", "X-Static")
    declared = {f"method.response.header.{name}": False for name in headers}
    made.client.put_method_response(**where, statusCode="200", responseParameters=declared)
    made.client.put_method_response(**where, statusCode="418")
    made.client.put_integration_response(**where, statusCode="418", selectionPattern="4\\d\\d")
    made.client.put_integration_response(
        **where,
        statusCode="200",
        responseTemplates={"application/json": answer},
        responseParameters={
            "method.response.header.X-Location": "integration.response.header.Location",
            "method.response.multivalueheader.X-Cookies": "integration.response.multivalueheader.Set-Cookie",
            "method.response.header.X-First": "integration.response.body.method",
            "method.response.header.X-Static": "'static'",
        },
    )


def test_a_custom_integration_sends_only_what_is_mapped(api: ApiMaker) -> None:
    """setup-http-integrations.html; apigateway-override-request-response-parameters.html;
    request-response-data-mappings.html."""
    response = api.call(
        "POST",
        "/custom/7?q=1&q=2&not=mapped",
        content=b'{"name": "ann", "a": {"n": 1}, "b": [{"n": 2}]}',
        headers=[("X-In", "a"), ("X-In", "b"), ("X-Own", "1"), ("Content-Type", "application/json")],
    )
    assert response.status_code == 299, response.text
    seen = response.json()
    assert seen["path"] == "/things/other?q=1&q=2&page=1&page=2"
    assert json.loads(seen["body"]) == {"all": [1, 2], "id": "7"}
    headers = [(name.lower(), value) for name, value in seen["headers"]]
    assert [value for name, value in headers if name == "x-many"] == ["a", "b"]
    assert {"x-body": "ann", "x-over": "o", "accept": "application/json"}.items() <= dict(headers).items()
    assert dict(headers)["user-agent"] == f"AmazonAPIGateway_{api.api}"
    assert "x-own" not in dict(headers)


def test_a_custom_integrations_response_has_only_what_is_mapped(api: ApiMaker) -> None:
    """rest-api-parameter-mapping.html, "Map response parameters"."""
    response = api.call("POST", "/custom/7", content=b"{}")
    headers = response.headers
    assert headers.get_list("x-cookies") == ["a=1", "b=2"]
    assert (headers["x-location"], headers["x-static"], headers["x-page"]) == ("http://127.0.0.1:1/", "static", "p")
    assert headers["x-first"] == "POST"
    assert "set-cookie" not in headers and "location" not in headers
    assert headers["content-type"] == "application/json"


def test_the_request_goes_as_it_came(api: ApiMaker, endpoint: str) -> None:
    """setup-http-integrations.html; rest-api-parameter-mapping.html."""
    response = api.call("POST", "/a%20b/c?x=1&x=2", content=b"body", headers={"X-Own": "1", "Cookie": "c=3"})
    assert response.status_code == 207
    seen = response.json()
    assert (seen["method"], seen["path"], seen["body"]) == ("POST", "/a%20b/c?x=1&x=2&added=yes", "body")
    headers = {name.lower(): value for name, value in seen["headers"]}
    assert (headers["x-own"], headers["cookie"], headers["x-stage"]) == ("1", "c=3", "prod")
    assert headers["host"] == endpoint.removeprefix("http://")
    assert headers["x-amzn-apigateway-api-id"] == api.api
    assert {"x-forwarded-for", "x-forwarded-proto", "x-amzn-trace-id"} <= set(headers)


def test_nothing_is_made_up_and_no_callers_cookies_are_kept(api: ApiMaker) -> None:
    """setup-http-integrations.html: what the client did not send, and what another client was given, is not sent."""
    api.call("GET", "/x")
    request = api.cloud.http.build_request("GET", api.cloud.api_url(api.api, "prod", "/x"))
    for name in ("user-agent", "accept", "accept-encoding"):
        del request.headers[name]
    headers = {name.lower() for name, _ in api.cloud.http.send(request).json()["headers"]}
    assert not {"user-agent", "accept", "accept-encoding", "cookie"} & headers


def test_the_response_comes_back_as_it_is(api: ApiMaker) -> None:
    """setup-http-integrations.html; api-gateway-known-issues.html for remapped headers."""
    response = api.call("GET", "/x")
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert {"x-amzn-remapped-content-length", "x-amzn-remapped-date", "x-amzn-remapped-server"} <= set(response.headers)
    assert "server" not in response.headers
    assert int(response.headers["content-length"]) == len(response.content)


def test_a_redirect_is_the_clients_to_follow(api: ApiMaker) -> None:
    """setup-http-integrations.html: the response is passed through."""
    response = api.call("GET", "/moved", follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (302, "http://127.0.0.1:1/")


def test_an_endpoint_that_is_late_or_dead_is_a_504(api: ApiMaker) -> None:
    """supported-gateway-response-types.html, INTEGRATION_TIMEOUT and INTEGRATION_FAILURE."""
    late = api.call("GET", "/late")
    assert (late.status_code, late.text) == (504, '{"message": "Endpoint request timed out"}')
    dead = api.call("GET", "/dead")
    assert (dead.status_code, dead.headers["x-amzn-errortype"]) == (504, "InternalServerErrorException")
