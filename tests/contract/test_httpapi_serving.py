"""Routes, stages, deployments, CORS, mappings, authorizers, domains of HTTP APIs, and their control plane.

Pages named here are below https://docs.aws.amazon.com/apigateway/latest/developerguide/.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.fakes.lambda_world import wait_until
from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.endpoint import Endpoint, serving
from tests.support.httpapi_maker import RETURNING, HttpApiMaker


class Echo(Endpoint):
    """Answers what it was asked, with status 207."""

    def do_GET(self) -> None:
        body = self.content().decode()
        seen = {"method": self.command, "path": self.path, "headers": dict(self.headers.items()), "body": body}
        self.reply(json.dumps(seen).encode(), ("X-Endpoint", "yes"), status=207)

    do_POST = do_GET


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with serving(Echo) as address:
        yield address


def answering(api: HttpApiMaker, text: str) -> str:
    """The target of a function that answers `text`."""
    environment = {"Variables": {"RESULT": json.dumps(text)}}
    return api.integration(api.function(text, RETURNING, Environment=environment))


def test_the_most_specific_route_answers(cloud: Cloud, aws: Aws) -> None:
    """Source: http-api-develop-routes.html, "Routing API requests", with its own example of routes."""
    api = HttpApiMaker(cloud, aws, "pets")
    routes = ["GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default"]
    for position, key in enumerate(routes):
        api.route(key, answering(api, f"r{position}"))
    asked = {
        "GET /pets/dog/1": "r0",
        "GET /pets/dog/2": "r1",
        "GET /pets/cat/1": "r2",
        "POST /test/5": "r3",
        "GET /": "r4",
    }
    for question, answer in asked.items():
        verb, path = question.split(" ")
        assert api.call(verb, path).text == answer, question
    # api-gateway-mapping-template-reference.html, `$context.httpMethod`: the values there are, which are no others.
    assert api.call("TRACE", "/test/5").text == '{"message":"Not Found"}'


def test_an_unknown_route_is_a_404(cloud: Cloud, aws: Aws) -> None:
    """Source: http-api-develop-routes.html; AWS answers ``{"message":"Not Found"}``."""
    api = HttpApiMaker(cloud, aws, "lost")
    api.route("GET /pets", answering(api, "pets"))
    for verb, path in [("GET", "/cats"), ("POST", "/pets"), ("GET", "/pets/"), ("GET", "/")]:
        answer = api.call(verb, path)
        assert (answer.status_code, answer.text) == (404, '{"message":"Not Found"}'), path


def test_hosts_and_paths_that_mean_the_api(cloud: Cloud, aws: Aws) -> None:
    """The address forms of the ecosystem; AWS's own is ``{api}.execute-api.{region}.amazonaws.com``."""
    api = HttpApiMaker(cloud, aws, "hosts")
    api.route("GET /pets", answering(api, "pets"))
    assert cloud.http.get(f"/_aws/execute-api/{api.api}/pets").text == "pets"
    assert cloud.http.get(f"https://{api.api}.execute-api.us-east-1.amazonaws.com/pets").text == "pets"


def test_manual_deployments_are_snapshots(cloud: Cloud, aws: Aws) -> None:
    """Source: http-api-stages.html: without automatic deployments a change needs a deployment; "$default" has no
    prefix, a named stage has."""
    api = HttpApiMaker(cloud, aws, "manual", stage=None)
    api.client.create_stage(ApiId=api.api, StageName="prod")
    api.route("GET /one", answering(api, "one"))
    assert api.call("GET", "/prod/one").status_code == 404
    api.client.create_deployment(ApiId=api.api, StageName="prod")
    assert api.call("GET", "/prod/one").text == "one"
    api.route("GET /two", answering(api, "two"))
    assert api.call("GET", "/prod/two").status_code == 404
    assert api.call("GET", "/prod/one").text == "one"
    api.client.create_deployment(ApiId=api.api, StageName="prod")
    assert api.call("GET", "/prod/two").text == "two"
    with pytest.raises(ClientError) as refused:
        api.client.create_deployment(ApiId=api.api, StageName="none")
    assert refused.value.response["Error"]["Code"] == "NotFoundException"


def test_quick_create(cloud: Cloud, aws: Aws, endpoint: str) -> None:
    """Source: http-api-develop.html: "you can use quick create" with a `Target`: a default route and stage."""
    api = HttpApiMaker(cloud, aws, "quick", stage=None, Target=f"{endpoint}/base")
    answer = api.call("GET", "/a/b?q=1")
    assert (answer.status_code, answer.json()["path"]) == (207, "/base/a/b?q=1")
    assert answer.headers["x-endpoint"] == "yes"


CORS = {
    "AllowOrigins": ["https://shop.example"],
    "AllowMethods": ["GET", "POST"],
    "AllowHeaders": ["x-custom", "content-type"],
    "ExposeHeaders": ["x-seen"],
    "MaxAge": 300,
    "AllowCredentials": True,
}


def test_cors_of_the_api(cloud: Cloud, aws: Aws) -> None:
    """Source: http-api-cors.html: preflights are answered without a route; the integration's CORS headers are
    ignored."""
    api = HttpApiMaker(cloud, aws, "cors", CorsConfiguration=CORS)
    result = {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*", "X-Seen": "1"}, "body": "ok"}
    environment = {"Variables": {"RESULT": json.dumps(result)}}
    api.route("GET /pets", api.integration(api.function("f", RETURNING, Environment=environment)))
    asking = {"Origin": "https://shop.example", "Access-Control-Request-Method": "GET"}
    ready = api.call("OPTIONS", "/pets", headers=asking)
    assert (ready.status_code, ready.content) == (204, b"")
    assert ready.headers["access-control-allow-origin"] == "https://shop.example"
    assert ready.headers["access-control-allow-methods"] == "GET,POST"
    assert ready.headers["access-control-allow-headers"] == "x-custom,content-type"
    assert ready.headers["access-control-max-age"] == "300"
    assert ready.headers["access-control-allow-credentials"] == "true"
    stranger = api.call("OPTIONS", "/pets", headers={**asking, "Origin": "https://evil.example"})
    assert not [name for name in stranger.headers if name.startswith("access-control")]
    got = api.call("GET", "/pets", headers={"Origin": "https://shop.example"})
    assert got.headers.get_list("access-control-allow-origin") == ["https://shop.example"]
    assert got.headers["access-control-expose-headers"] == "x-seen"
    other = api.call("GET", "/pets", headers={"Origin": "https://evil.example"})
    assert (other.status_code, "access-control-allow-origin" in other.headers) == (200, False)
    assert "access-control-allow-origin" in api.call("GET", "/none", headers=asking).headers


def test_http_proxies_and_parameter_mapping(cloud: Cloud, aws: Aws, endpoint: str) -> None:
    """Source: http-api-develop-integrations-http.html and http-api-parameter-mapping.html."""
    api = HttpApiMaker(cloud, aws, "proxy")
    target = api.integration(
        endpoint + "/shop/{id}",
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="POST",
        PayloadFormatVersion="1.0",
        RequestParameters={
            "append:header.x-route": "$context.routeKey",
            "overwrite:querystring.q": "$request.path.id",
            "remove:querystring.secret": "''",
            "append:header.x-name": "$request.body.name",
            "overwrite:header.x-static": "plain ${request.header.x-mine} text",
        },
        ResponseParameters={
            "207": {"overwrite:statuscode": "201", "append:header.x-was": "$response.header.x-endpoint"}
        },
    )
    api.route("ANY /items/{id}", target)
    answer = api.call("PUT", "/items/7?q=1&secret=x&z=2", headers={"X-Mine": "mine"}, content=b'{"name": "ann"}')
    assert (answer.status_code, answer.headers["x-was"]) == (201, "yes")
    seen = answer.json()
    headers = {name.lower(): value for name, value in seen["headers"].items()}
    assert (seen["method"], seen["body"]) == ("POST", '{"name": "ann"}')
    assert seen["path"] == "/shop/7?z=2&q=7"
    assert headers["x-route"] == "ANY /items/{id}"
    assert headers["x-name"] == "ann"
    assert headers["x-static"] == "plain mine text"
    assert headers["forwarded"].startswith("by=")


def test_an_endpoint_that_is_not_there(cloud: Cloud, aws: Aws) -> None:
    """Source: https://repost.aws/knowledge-center/api-gateway-http-503-errors."""
    api = HttpApiMaker(cloud, aws, "down")
    proxy = {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "GET", "PayloadFormatVersion": "1.0"}
    target = api.integration("http://127.0.0.1:9/", **proxy)
    api.route("GET /", target)
    answer = api.call("GET", "/")
    assert (answer.status_code, answer.text) == (503, '{"message":"Service Unavailable"}')


AUTHORIZER = """
def handler(event, context):
    simple = event["version"] == "2.0"
    token = (event["identitySource"][0] if simple else event["identitySource"])
    if token == "broken":
        raise ValueError("x")
    print("RAN {}")
    told = {"level": 7, "asked": event.get("routeArn") or event["methodArn"]}
    if simple:
        return {"isAuthorized": token == "good", "context": told}
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow" if token == "good" else "Deny", "Resource": "*"}
    return {"principalId": "ann", "policyDocument": {"Statement": [statement]}, "context": told}
"""


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_lambda_authorizers(cloud: Cloud, aws: Aws, version: str) -> None:
    """Source: http-api-lambda-authorizer.html: simple and policy answers, identity sources, results remembered until
    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename-cache-authorizers.html."""
    api = HttpApiMaker(cloud, aws, f"auth{version[0]}")
    arn = api.function("authorizer", AUTHORIZER)
    authorizer = api.client.create_authorizer(
        ApiId=api.api,
        Name="a",
        AuthorizerType="REQUEST",
        AuthorizerUri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations",
        AuthorizerPayloadFormatVersion=version,
        EnableSimpleResponses=version == "2.0",
        IdentitySource=["$request.header.X-Key"],
        AuthorizerResultTtlInSeconds=300,
    )["AuthorizerId"]
    target = api.integration(api.function("echo"))
    api.route("GET /pets/{id}", target, AuthorizationType="CUSTOM", AuthorizerId=authorizer)
    for key, status in [(None, 401), ("bad", 403), ("broken", 500)]:
        answer = api.call("GET", "/pets/1", headers={"X-Key": key} if key else {})
        assert answer.status_code == status, key
    for _ in range(2):
        told = api.call("GET", "/pets/1", headers={"X-Key": "good"}).json()["requestContext"]["authorizer"]["lambda"]
        assert told["level"] == 7
        assert told["asked"].endswith(f":{api.api}/$default/GET/pets/1")

    def asked() -> int:
        return len([line for line in api.functions.lines(f"{api.name}-authorizer") if line.startswith("RAN")])

    assert asked() == 2
    api.client.reset_authorizers_cache(ApiId=api.api, StageName="$default")
    assert api.call("GET", "/pets/1", headers={"X-Key": "good"}).status_code == 200
    assert asked() == 3


def test_iam_authorization(cloud: Cloud, aws: Aws, account: str) -> None:
    """Source: http-api-access-control-iam.html: a request must be signed with Signature Version 4."""
    api = HttpApiMaker(cloud, aws, "iam")
    api.route("GET /", answering(api, "in"), AuthorizationType="AWS_IAM")
    answer = api.call("GET", "/")
    assert (answer.status_code, answer.text) == (403, '{"message":"Forbidden"}')
    keys = aws.client("iam")
    keys.create_user(UserName="caller")
    key = keys.create_access_key(UserName="caller")["AccessKey"]

    def signed(access_key: str, secret: str) -> int:
        request = AWSRequest("GET", f"http://{api.api}.execute-api.localhost:{cloud.port}/")
        SigV4Auth(Credentials(access_key, secret), "execute-api", "us-east-1").add_auth(request)
        return cloud.http.get(request.url, headers=dict(request.headers.items())).status_code

    assert signed(account, "test") == 200
    assert signed(account, "wrong") == 403
    assert signed(key["AccessKeyId"], key["SecretAccessKey"]) == 403
    arn = f"arn:aws:execute-api:us-east-1:{account}:{api.api}/$default/GET/"
    policy = {"Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": arn}]}
    keys.put_user_policy(
        UserName="caller", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", **policy})
    )
    assert signed(key["AccessKeyId"], key["SecretAccessKey"]) == 200


def test_throttling(cloud: Cloud, aws: Aws) -> None:
    """Source: http-api-throttling.html: 429 ``Too Many Requests``; a route's own limits come first."""
    api = HttpApiMaker(cloud, aws, "slow")
    api.route("GET /pets", answering(api, "pets"))
    settings = {"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 2}
    api.client.update_stage(ApiId=api.api, StageName="$default", RouteSettings={"GET /pets": settings})
    assert [api.call("GET", "/pets").status_code for _ in range(3)] == [200, 200, 429]
    assert api.call("GET", "/pets").text == '{"message":"Too Many Requests"}'


def test_access_logs(cloud: Cloud, aws: Aws, account: str) -> None:
    """Source: http-api-logging.html and http-api-logging-variables.html."""
    api = HttpApiMaker(cloud, aws, "logged")
    logs = aws.client("logs")
    logs.create_log_group(logGroupName="api-access")
    api.route("GET /pets", answering(api, "pets"))
    destination = f"arn:aws:logs:us-east-1:{account}:log-group:api-access"
    api.jwt_route("GET /closed", answering(api, "closed"), "https://issuer.example", "me")
    names = (
        *("routeKey", "status", "responseLength", "error.message", "error.responseType", "authorizer.error"),
        *("integration.integrationStatus", "integration.status", "integration.error", "dataProcessed"),
    )
    text = json.dumps([f"$context.{name}" for name in (*names, "awsEndpointRequestId")])
    settings = {"DestinationArn": destination, "Format": text}
    api.client.update_stage(ApiId=api.api, StageName="$default", AccessLogSettings=settings)
    api.call("GET", "/pets")
    api.call("GET", "/none")
    api.call("GET", "/closed")
    wait_until(lambda: len(logs.filter_log_events(logGroupName="api-access")["events"]) == 3, "three lines", 60)
    lines = [json.loads(one["message"]) for one in logs.filter_log_events(logGroupName="api-access")["events"]]
    requests = {one[0]: one.pop() for one in lines}
    refused = next(one for one in lines if one[0] == "GET /closed").pop(5)
    assert {one[0]: tuple(one[1:]) for one in lines} == {
        "GET /pets": ("200", "4", "-", "-", "-", "200", "200", "-", "4"),
        "-": ("404", "23", "Not Found", "RESOURCE_NOT_FOUND", "-", "-", "-", "-", "23"),
        "GET /closed": ("401", "26", "Unauthorized", "UNAUTHORIZED", "-", "-", "-", "26"),
    }
    assert uuid.UUID(requests.pop("GET /pets"))
    assert set(requests.values()) == {"-"}
    assert len(refused) > len("-"), "why, in words of our own"


def test_custom_domain_names(cloud: Cloud, aws: Aws) -> None:
    """Source: http-api-mappings.html: the longest mapping key wins, as a prefix of any kind when there are keys of
    several levels (its example ``ordersandmore``); the key is in format 1.0's `path` only. Restrictions: the same page;
    https://github.com/aws/aws-cdk/issues/22660."""
    api = HttpApiMaker(cloud, aws, "domain")
    echo = api.integration(api.function("echo"))
    api.route("$default", echo)
    name = f"api-{random.SystemRandom().randrange(10**9)}.example.test"
    certificate = f"arn:aws:acm:us-east-1:{api.client.meta.region_name}:certificate/1"
    configuration = [{"CertificateArn": certificate, "EndpointType": "REGIONAL"}]
    api.client.create_domain_name(DomainName=name, DomainNameConfigurations=configuration)
    mapping = {"DomainName": name, "ApiId": api.api, "Stage": "$default"}
    asked = [
        ("shop", [("/shop/pets", "/pets"), ("/shop", "/")]),
        ("shop/v2", [("/shop/v2/pets", "/pets"), ("/shop/v22", "/2"), ("/shopping", "/ping"), ("/shop/v/2", "/v/2")]),
    ]
    for key, paths in asked:
        api.client.create_api_mapping(**mapping, ApiMappingKey=key)
        assert (cloud.http.get(f"http://{name}/shopping").status_code == 403) is (key == "shop")
        for path, raw in paths:
            event = cloud.http.get(f"http://{name}{path}").json()
            assert event["rawPath"] == raw, path
            assert event["requestContext"]["domainName"].startswith(name)
    for key, code in [("shop", "ConflictException"), ("/shop", "BadRequestException"), ("a b", "BadRequestException")]:
        with pytest.raises(ClientError) as refused:
            api.client.create_api_mapping(**mapping, ApiMappingKey=key)
        assert refused.value.response["Error"]["Code"] == code
    assert cloud.http.get(f"http://{name}/other").status_code == 403
    assert cloud.http.get("http://unknown.example.test/shop").status_code == 403


def test_import_of_a_definition(cloud: Cloud, aws: Aws, endpoint: str) -> None:
    """Source: http-api-open-api.html: ImportApi and ReimportApi take OpenAPI 3.0."""
    client = aws.client("apigatewayv2")

    def definition(path: str) -> str:
        integration = {"type": "HTTP_PROXY", "httpMethod": "GET", "uri": endpoint, "payloadFormatVersion": "1.0"}
        operation = {"responses": {}, "x-amazon-apigateway-integration": integration}
        body = {"openapi": "3.0.1", "info": {"title": "imported", "version": "1"}, "paths": {path: {"get": operation}}}
        return json.dumps({**body, "x-amazon-apigateway-cors": {"allowOrigins": ["*"]}})

    made = client.import_api(Body=definition("/one"))
    assert (made["Name"], made["ProtocolType"]) == ("imported", "HTTP")
    assert made["CorsConfiguration"]["AllowOrigins"] == ["*"]
    client.create_stage(ApiId=made["ApiId"], StageName="$default", AutoDeploy=True)
    host = f"http://{made['ApiId']}.execute-api.localhost"
    assert cloud.http.get(f"{host}/one").status_code == 207
    client.reimport_api(ApiId=made["ApiId"], Body=definition("/two"))
    assert (cloud.http.get(f"{host}/one").status_code, cloud.http.get(f"{host}/two").status_code) == (404, 207)
    with pytest.raises(ClientError) as refused:
        client.import_api(Body="[]")
    assert refused.value.response["Error"]["Code"] == "BadRequestException"


def test_what_is_not_built_says_so(cloud: Cloud, aws: Aws) -> None:
    """Unsupported features are refused when they are asked for, by name."""
    api = HttpApiMaker(cloud, aws, "not")
    with pytest.raises(ClientError, match="VPC links"):
        api.client.create_vpc_link(Name="v", SubnetIds=["subnet-1"])
    with pytest.raises(ClientError, match="VPC links"):
        api.integration("http://x", IntegrationType="HTTP_PROXY", ConnectionType="VPC_LINK", ConnectionId="v")
    with pytest.raises(ClientError, match="mutual TLS"):
        api.client.create_domain_name(DomainName="m.test", MutualTlsAuthentication={"TruststoreUri": "s3://b/k"})
    with pytest.raises(ClientError, match="already exists"):
        target = answering(api, "x")
        api.route("GET /", target)
        api.route("GET /", target)
