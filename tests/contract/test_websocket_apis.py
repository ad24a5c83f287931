"""WebSocket APIs: connecting, messages, routes, `@connections`, disconnecting.

Pages named here are below https://docs.aws.amazon.com/apigateway/latest/developerguide/.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from botocore.exceptions import ClientError
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.endpoint import Endpoint, serving
from tests.support.websocket_maker import WebSocketMaker, ask, dial

NOTING = """
import json
def handler(event, context):
    print("RAN " + json.dumps({"event": event}))
    return {"statusCode": 200, "body": json.dumps(event)}
"""


Make = Callable[..., WebSocketMaker]


@pytest.fixture
def make(cloud: Cloud, aws: Aws) -> Iterator[Make]:
    yield lambda name, **settings: WebSocketMaker(cloud, aws, name, **settings)


def test_the_events_of_a_connection(make: Make) -> None:
    """Source: apigateway-websocket-api-route-keys-connect-disconnect.html and
    apigateway-websocket-api-mapping-template-reference.html."""
    api = make("events")
    noting = api.function("noting", NOTING)
    api.on("$connect", noting)
    api.on("$disconnect", noting)
    api.on("$default", noting, answers=True)
    with api.open("?room=1", additional_headers={"X-Token": "abc"}, user_agent_header="tests") as client:
        message = ask(client, "no json")
        context = message["requestContext"]
        assert message["body"] == "no json"
        assert message["isBase64Encoded"] is False
        assert "headers" not in message
        assert (context["routeKey"], context["eventType"]) == ("$default", "MESSAGE")
        assert context["messageDirection"] == "IN"
        assert context["messageId"]
        connection = context["connectionId"]
        client.close(1001, "bye")
    events = api.functions.events(f"{api.name}-noting", 3)
    by_kind = {event["requestContext"]["eventType"]: event for event in events}
    connected = by_kind["CONNECT"]
    assert connected["queryStringParameters"] == {"room": "1"}
    assert connected["multiValueQueryStringParameters"] == {"room": ["1"]}
    assert connected["headers"]["x-token"] == "abc"
    assert connected["headers"]["Sec-WebSocket-Version"] == "13"
    assert connected["multiValueHeaders"]["User-Agent"] == ["tests"]
    assert connected["isBase64Encoded"] is False
    told = connected["requestContext"]
    assert (told["routeKey"], told["stage"], told["apiId"]) == ("$connect", "prod", api.api)
    assert told["connectionId"] == connection
    assert told["identity"] == {"sourceIp": "127.0.0.1", "userAgent": "tests"}
    assert told["domainName"].startswith(f"{api.api}.execute-api.localhost")
    assert isinstance(told["connectedAt"], int)
    assert "messageId" not in told
    gone = by_kind["DISCONNECT"]["requestContext"]
    assert (gone["routeKey"], gone["connectionId"]) == ("$disconnect", connection)
    assert (gone["disconnectStatusCode"], gone["disconnectReason"]) == (1001, "bye")


def test_messages_take_the_route_that_they_select(make: Make) -> None:
    """Source: websocket-api-develop-routes.html and apigateway-websocket-api-selection-expressions.html."""
    api = make("routes", RouteSelectionExpression="$request.body.message.action")
    echo = api.function("echo", NOTING)
    for key in ("$default", "join", "leave"):
        api.on(key, echo, answers=True)
    with api.open() as client:
        for message, key in [
            ({"message": {"action": "join"}}, "join"),
            ({"message": {"action": "leave"}}, "leave"),
            ({"message": {"action": "unknown"}}, "$default"),
            ({"message": {"action": "$connect"}}, "$default"),
            ({"message": {"action": ["join"]}}, "$default"),
            ({"action": "join"}, "$default"),
            ("join", "$default"),
        ]:
            assert ask(client, message)["requestContext"]["routeKey"] == key, message


def test_a_message_that_no_route_takes(make: Make) -> None:
    """Source: websocket-api-develop-routes.html: without a $default route "API Gateway returns an error"."""
    api = make("none")
    api.on("join", api.function("echo", NOTING))
    with api.open() as client:
        error = ask(client, {"action": "sing"})
    assert error["message"] == "Forbidden"
    assert error["connectionId"]


def test_a_route_without_a_response_answers_nothing(make: Make) -> None:
    """Source: apigateway-websocket-api-route-response.html: "if you don't have a route response … one-way"."""
    api = make("oneway")
    echo = api.function("echo", NOTING)
    api.on("quiet", echo)
    api.on("loud", echo, answers=True)
    with api.open() as client:
        client.send('{"action": "quiet"}')
        assert ask(client, {"action": "loud"})["requestContext"]["routeKey"] == "loud"
        with pytest.raises(TimeoutError):
            client.recv(timeout=0.3)


def test_a_failing_route_tells_the_client(make: Make) -> None:
    """Source: apigateway-websocket-api-overview.html; AWS sends ``Internal server error`` with both ids."""
    api = make("fails")
    api.on("$default", api.function("bad", "def handler(e, c):\n    raise ValueError('secret')"))
    with api.open() as client:
        error = ask(client, "x")
    assert error["message"] == "Internal server error"
    assert {"connectionId", "requestId"} <= set(error)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("return {'statusCode': 401}", 401),
        ("return {'statusCode': 403, 'body': 'no'}", 403),
        ("return {'statusCode': 500}", 500),
        ("raise ValueError('x')", 502),
    ],
)
def test_connect_may_refuse_before_the_upgrade(make: Make, code: str, status: int) -> None:
    """Source: apigateway-websocket-api-route-keys-connect-disconnect.html: "If the integration … fails, the connection
    isn't made"."""
    api = make("refuses")
    api.on("$connect", api.function("f", f"def handler(e, c):\n    {code}"))
    with pytest.raises(InvalidStatus) as refused:
        api.open()
    assert refused.value.response.status_code == status


def test_the_subprotocol_that_connect_chose(make: Make) -> None:
    """Source: websocket-connect-route-subprotocol.html."""
    api = make("sub")
    code = (
        "def handler(e, c):\n"
        "    offered = e['headers']['Sec-WebSocket-Protocol'].split(', ')\n"
        "    return {'statusCode': 200, 'headers': {'Sec-WebSocket-Protocol': offered[-1]}}"
    )
    api.on("$connect", api.function("f", code))
    with api.open(subprotocols=["one", "two"]) as client:  # type: ignore[list-item]
        assert client.subprotocol == "two"


class Backend(Endpoint):
    """Answers what it was asked."""

    def do_POST(self) -> None:
        body = self.content().decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = {"path": self.path, "headers": headers, "body": body}
        self.reply(json.dumps(seen).encode())


def test_data_is_mapped_to_an_endpoint(make: Make) -> None:
    """Source: websocket-api-data-mapping.html: from the body, `context`, stage variables and static values to headers,
    query and path."""
    api = make("mapped")
    api.client.update_stage(ApiId=api.api, StageName="prod", StageVariables={"color": "red"})
    with serving(Backend) as endpoint:
        target = api.integration(
            endpoint + "/rooms/{room}",
            IntegrationType="HTTP_PROXY",
            IntegrationMethod="POST",
            PayloadFormatVersion="1.0",
            RequestParameters={
                "integration.request.header.connectionId": "context.connectionId",
                "integration.request.header.X-Color": "stageVariables.color",
                "integration.request.header.X-Static": "'fixed'",
                "integration.request.header.X-Absent": "route.request.body.absent",
                "integration.request.querystring.name": "route.request.body.user.name",
                "integration.request.path.room": "route.request.body.room",
            },
        )
        route = api.route("$default", target, RouteResponseSelectionExpression="$default")
        api.client.create_route_response(ApiId=api.api, RouteId=route, RouteResponseKey="$default")
        with api.open() as client:
            said = {"room": 7, "user": {"name": "ann"}}
            seen = ask(client, said)
    assert seen["path"] == "/rooms/7?name=ann"
    assert json.loads(seen["body"]) == said
    assert (seen["headers"]["x-color"], seen["headers"]["x-static"]) == ("red", "fixed")
    assert seen["headers"]["connectionid"].endswith("=")
    assert "x-absent" not in seen["headers"]


AUTHORIZER = """
def handler(event, context):
    token = event["queryStringParameters"].get("token")
    if token == "broken":
        raise ValueError("x")
    if token == "unauthorized":
        raise Exception("Unauthorized")
    effect = "Allow" if token == "good" else "Deny"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    return {
        "principalId": "ann",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"level": 7, "kind": event["type"]},
    }
"""


def test_a_lambda_authorizer_at_connect(make: Make) -> None:
    """Source: apigateway-websocket-api-lambda-auth.html: REQUEST only, at `$connect`; its context is in each event."""
    api = make("auth")
    arn = api.function("authorizer", AUTHORIZER)
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    source = ["route.request.querystring.token"]
    made = api.client.create_authorizer(
        ApiId=api.api, Name="a", AuthorizerType="REQUEST", AuthorizerUri=uri, IdentitySource=source
    )
    echo = api.function("echo", NOTING)
    api.on("$connect", echo, AuthorizationType="CUSTOM", AuthorizerId=made["AuthorizerId"])
    api.on("$default", echo, answers=True)
    for query, status in [("", 401), ("?token=bad", 403), ("?token=broken", 500), ("?token=unauthorized", 401)]:
        with pytest.raises(InvalidStatus) as refused:
            api.open(query)
        assert refused.value.response.status_code == status, query
    with api.open("?token=good") as client:
        told = ask(client, "x")["requestContext"]["authorizer"]
    assert (told["principalId"], told["level"], told["kind"]) == ("ann", "7", "REQUEST")
    assert isinstance(told["integrationLatency"], int)


def test_iam_at_connect(make: Make) -> None:
    """Source: apigateway-websocket-control-access-iam.html: unsigned handshakes are refused."""
    api = make("iam")
    api.on("$connect", api.function("f", NOTING), AuthorizationType="AWS_IAM")
    with pytest.raises(InvalidStatus) as refused:
        api.open()
    assert refused.value.response.status_code == 403


def test_posting_to_a_connection(make: Make, cloud: Cloud) -> None:
    """Source: apigateway-how-to-call-websocket-api-connections.html."""
    api = make("post")
    api.on("$default", api.function("echo", NOTING), answers=True)
    manage = api.management()
    with api.open() as client:
        connection = ask(client, "hi")["requestContext"]["connectionId"]
        manage.post_to_connection(ConnectionId=connection, Data="for you é".encode())
        assert client.recv(timeout=60) == "for you é"
        shown = manage.get_connection(ConnectionId=connection)
        assert shown["Identity"]["SourceIp"] == "127.0.0.1"
        assert shown["LastActiveAt"] >= shown["ConnectedAt"]
        # The endpoint alone is enough for who has no other address: a function in the cloud.
        api.aws.client("apigatewaymanagementapi").post_to_connection(ConnectionId=connection, Data=b"again")
        assert client.recv(timeout=60) == "again"
        with pytest.raises(ClientError) as large:
            manage.post_to_connection(ConnectionId=connection, Data=b"x" * (128 * 1024 + 1))
        assert large.value.response["Error"]["Code"] == "PayloadTooLargeException"
        manage.delete_connection(ConnectionId=connection)
        with pytest.raises(ConnectionClosed):
            client.recv(timeout=60)
    for operation in (manage.get_connection, manage.delete_connection):
        with pytest.raises(manage.exceptions.GoneException) as gone:
            operation(ConnectionId=connection)
        assert gone.value.response["ResponseMetadata"]["HTTPStatusCode"] == 410
    unsigned = cloud.http.post(f"/_aws/execute-api/{api.api}/prod/@connections/{connection}", content=b"x")
    assert (unsigned.status_code, unsigned.json()["message"]) == (403, "Missing Authentication Token")


def test_a_wrong_signature_posts_nothing(make: Make) -> None:
    """Source: apigateway-websocket-control-access-iam.html: `execute-api:ManageConnections` is authorized by IAM."""
    api = make("forged")
    api.on("$default", api.function("echo", NOTING), answers=True)
    with api.open() as client:
        connection = ask(client, "hi")["requestContext"]["connectionId"]
        with pytest.raises(ClientError) as refused:
            api.management("wrong").post_to_connection(ConnectionId=connection, Data=b"x")
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
        with pytest.raises(TimeoutError):
            client.recv(timeout=0.3)


def test_a_handler_posts_back(make: Make) -> None:
    """Source: apigateway-how-to-call-websocket-api-connections.html, from a Lambda function with its own role."""
    api = make("back")
    code = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    target = event['requestContext']['connectionId']\n"
        "    boto3.client('apigatewaymanagementapi').post_to_connection(ConnectionId=target, Data=b'from inside')\n"
        "    return {'statusCode': 200}\n"
    )
    arn = api.functions.make(f"{api.name}-post", code, "execute-api:ManageConnections")
    api.functions.api.add_permission(
        FunctionName=arn, StatementId="api", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
    )
    api.on("$default", arn)
    with api.open() as client:
        client.send("go")
        assert client.recv(timeout=60) == "from inside"


def test_what_is_too_large_or_binary_ends_the_connection(make: Make) -> None:
    """Source: apigateway-execution-service-websocket-limits-table.html (a message has 128 KB, a frame 32 KB: close code
    1009) and websocket-api-develop-binary-media-types.html (binary frames: close code 1003)."""
    api = make("limits")
    api.on("$default", api.function("echo", NOTING))
    frame = "x" * (32 * 1024)
    for message, code in [([frame] * 4 + ["x"], 1009), (frame + "x", 1009), (b"\x00\x01", 1003)]:
        with api.open() as client:
            client.send(message)
            with pytest.raises(ConnectionClosed) as closed:
                client.recv(timeout=60)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == code


def test_a_large_message_in_frames_arrives_whole(make: Make) -> None:
    """Source: apigateway-execution-service-websocket-limits-table.html: "a message larger than 32 KB must be split into
    multiple frames, each 32 KB or smaller"."""
    api = make("frames")
    code = "def handler(event, context):\n    return {'statusCode': 200, 'body': str(len(event['body']))}"
    api.on("$default", api.function("count", code), answers=True)
    with api.open() as client:
        for frames in ([32 * 1024] * 4, [1, 32 * 1024, 5]):
            client.send(["x" * size for size in frames])
            assert client.recv(timeout=60) == str(sum(frames))


def test_unknown_stages_and_paths(make: Make, cloud: Cloud) -> None:
    """Source: apigateway-set-up-websocket-deployment.html: the address is ``wss://{api}.execute-api…/{stage}``."""
    api = make("where")
    for path in ("/none", "/prod/below"):
        with pytest.raises(InvalidStatus) as refused:
            dial(cloud, f"ws://{api.api}.execute-api.localhost:{cloud.port}{path}")
        assert refused.value.response.status_code == 403


def test_many_connections_come_and_go(make: Make) -> None:
    """Nothing of a connection is left behind it."""
    api = make("many")
    api.on("$default", api.function("echo", NOTING), answers=True)
    manage = api.management()
    with ExitStack() as opened:
        clients = [opened.enter_context(api.open()) for _ in range(60)]
        ids = {ask(client, "hi")["requestContext"]["connectionId"] for client in clients}
        assert len(ids) == 60
        for connection in ids:
            manage.post_to_connection(ConnectionId=connection, Data=b"all")
        assert {client.recv(timeout=60) for client in clients} == {"all"}
    with pytest.raises(manage.exceptions.GoneException):
        manage.post_to_connection(ConnectionId=ids.pop(), Data=b"x")
