"""AWS integrations of services in REST APIs, called as the integration's role.

Pages named here are below https://docs.aws.amazon.com/apigateway/latest/developerguide/ unless they are whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.gateway_maker import ApiMaker

MACHINE = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})


def trust(principal: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class World:
    """An API whose methods call services, and what they call."""

    def __init__(self, cloud: Cloud) -> None:
        self.aws = Aws(cloud.endpoint, new_account())
        self.api = ApiMaker(cloud, self.aws, "services")
        self.role = self.make_role("calls", "apigateway.amazonaws.com", "*")
        self.table = "things"
        self.aws.client("dynamodb").create_table(
            TableName=self.table,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.queue = self.aws.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
        self.topic = self.aws.client("sns").create_topic(Name="news")["TopicArn"]
        self.aws.client("s3").create_bucket(Bucket=f"files-{self.aws.account}")
        self.aws.client("ssm").put_parameter(Name="/a/b", Value="secret", Type="String")
        self.machine = self.aws.client("stepfunctions").create_state_machine(
            name="machine", definition=MACHINE, roleArn=self.role
        )["stateMachineArn"]

    def make_role(self, name: str, principal: str, action: str) -> str:
        iam = self.aws.client("iam")
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(principal))["Role"]["Arn"]
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
        return str(role)

    def service(self, verb: str, path: str, uri: str, **integration: Any) -> None:
        """A method that calls `uri` (without its prefix) by POST; statuses 400 to 599 answer 502 with the body."""
        where = {"restApiId": self.api.api, "resourceId": self.api.resource(path), "httpMethod": verb}
        responses = integration.pop("responses", {"200": {}, "502": {"selectionPattern": "[45]\\d\\d"}})
        settings = {
            "type": "AWS",
            "integrationHttpMethod": "POST",
            "uri": f"arn:aws:apigateway:us-east-1:{uri}",
            "credentials": self.role,
            **integration,
        }
        parameters = {
            value: False
            for value in settings.get("requestParameters", {}).values()
            if value.startswith("method.request.") and not value.startswith("method.request.body")
        }
        self.api.method(verb, path, integration=settings, requestParameters=parameters)
        for status, response in responses.items():
            headers = dict.fromkeys(response.get("responseParameters") or {}, False)
            self.api.client.put_method_response(**where, statusCode=status, responseParameters=headers)
            self.api.client.put_integration_response(**where, statusCode=status, **response)


def template(text: str, content_type: str = "application/json") -> dict[str, str]:
    return {content_type: text}


def add_tables(made: World) -> None:
    put_item = '{"TableName":"things","Item":{"id":{"S":"$context.requestId"},"v":{"S":$input.json("$.v")}}}'
    made.service("POST", "/items", "dynamodb:action/PutItem", requestTemplates=template(put_item))
    scan = '[#foreach($i in $input.path("$.Items")){"v":"$i.v.S"}#if($foreach.hasNext),#end#end]'
    made.service(
        "GET",
        "/items",
        "dynamodb:action/Scan",
        requestTemplates=template('{"TableName":"things"}'),
        responses={"200": {"responseTemplates": template(scan)}},
    )
    weak = made.make_role("weak", "apigateway.amazonaws.com", "sqs:*")
    made.service("POST", "/denied", "dynamodb:action/PutItem", credentials=weak, requestTemplates=template(put_item))
    strange = made.make_role("strange", "lambda.amazonaws.com", "*")
    made.service("POST", "/untrusted", "dynamodb:action/Scan", credentials=strange)


def add_queues(made: World) -> None:
    account = made.aws.account
    made.service(
        "POST",
        "/queue/form",
        f"sqs:path/{account}/jobs",
        requestParameters={"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"},
        requestTemplates=template("Action=SendMessage&MessageBody=$util.urlEncode($input.body)"),
    )
    made.service(
        "POST",
        "/queue/action",
        "sqs:action/SendMessage",
        requestParameters={
            "integration.request.querystring.QueueUrl": f"'{made.queue}'",
            "integration.request.querystring.MessageBody": "method.request.body.text",
        },
    )
    made.service("GET", "/queue/action", f"sqs:action/ReceiveMessage&QueueUrl={made.queue}&MaxNumberOfMessages=10")
    made.service(
        "POST",
        "/topic",
        "sns:action/Publish",
        requestParameters={
            "integration.request.querystring.TopicArn": f"'{made.topic}'",
            "integration.request.querystring.Message": "method.request.body",
        },
    )


def add_json_services(made: World) -> None:
    made.service("GET", "/parameter", "ssm:action/GetParameter", requestTemplates=template('{"Name":"/a/b"}'))
    start = f'{{"stateMachineArn":"{made.machine}","input":"$util.escapeJavaScript($input.json(\'$\'))"}}'
    made.service("POST", "/run", "states:action/StartExecution", requestTemplates=template(start))
    event = '{"Entries":[{"Source":"me","DetailType":"thing","Detail":"$util.escapeJavaScript($input.body)"}]}'
    made.service("POST", "/event", "events:action/PutEvents", requestTemplates=template(event))


def add_files(made: World) -> None:
    account = made.aws.account
    s3 = f"s3:path/files-{account}/{{key}}"
    key = {"integration.request.path.key": "method.request.path.key"}
    made.service(
        "PUT",
        "/files/{key+}",
        s3,
        integrationHttpMethod="PUT",
        requestParameters={**key, "integration.request.header.Content-Type": "method.request.header.Content-Type"},
    )
    made.service(
        "GET",
        "/files/{key+}",
        s3,
        integrationHttpMethod="GET",
        requestParameters=key,
        responses={
            "200": {
                "responseParameters": {
                    "method.response.header.Content-Type": "integration.response.header.Content-Type",
                    "method.response.header.ETag": "integration.response.header.ETag",
                }
            },
            "404": {"selectionPattern": "404"},
            "502": {"selectionPattern": "[45]\\d\\d"},
        },
    )


@pytest.fixture(scope="module")
def world(cloud: Cloud) -> Iterator[World]:
    made = World(cloud)
    for add in (add_tables, add_queues, add_json_services, add_files):
        add(made)
    made.api.deploy()
    yield made
    made.aws.close()


def test_dynamodb_by_action(world: World) -> None:
    """https://aws.amazon.com/blogs/compute/using-amazon-api-gateway-as-a-proxy-for-dynamodb/: mapped both ways."""
    assert world.api.call("POST", "/items", json={"v": "one"}).status_code == 200
    response = world.api.call("GET", "/items")
    assert (response.status_code, response.json()) == (200, [{"v": "one"}])


def test_the_role_limits_what_the_integration_may_do(world: World) -> None:
    """getting-started-aws-proxy.html: the call is made as the execution role."""
    response = world.api.call("POST", "/denied", json={"v": "one"})
    assert response.status_code == 502
    assert "is not authorized to perform: dynamodb:PutItem" in response.text
    assert "assumed-role/weak/BackplaneAssumeRoleSession" in response.text


def test_a_role_that_does_not_trust_api_gateway_is_a_500(world: World) -> None:
    """permissions.html: the role must let apigateway.amazonaws.com assume it."""
    response = world.api.call("POST", "/untrusted", json={})
    assert (response.status_code, response.json()) == (500, {"message": "Internal server error"})


def test_sqs_by_path_and_by_action(world: World) -> None:
    """https://docs.aws.amazon.com/prescriptive-guidance/latest/patterns/integrate-amazon-api-gateway-with-amazon-sqs-to-handle-asynchronous-rest-apis.html"""
    by_path = world.api.call("POST", "/queue/form", content=b"a & b", headers={"Content-Type": "application/json"})
    assert by_path.status_code == 200, by_path.text
    by_action = world.api.call("POST", "/queue/action", json={"text": "c=d"})
    assert by_action.status_code == 200, by_action.text
    sent = by_action.json()["SendMessageResponse"]
    assert sent["SendMessageResult"]["MessageId"] and sent["ResponseMetadata"]["RequestId"]
    messages = world.api.call("GET", "/queue/action").json()["ReceiveMessageResponse"]["ReceiveMessageResult"]
    assert sorted(one["Body"] for one in messages["messages"]) == ["a & b", "c=d"]


def test_sns_by_action(world: World) -> None:
    """API_PutIntegration.html, `uri`: {service}:action/{name}."""
    response = world.api.call("POST", "/topic", content=b"hello")
    assert response.status_code == 200, response.text
    assert response.json()["PublishResponse"]["PublishResult"]["MessageId"]


@pytest.mark.parametrize(
    ("verb", "path", "key"),
    [("GET", "/parameter", "Parameter"), ("POST", "/run", "executionArn"), ("POST", "/event", "Entries")],
)
def test_json_services_by_action(world: World, verb: str, path: str, key: str) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/tutorial-api-gateway.html; the others likewise."""
    response = world.api.call(verb, path, json={"a": 1} if verb == "POST" else None)
    assert response.status_code == 200, response.text
    assert key in response.json()


def test_s3_by_path(world: World) -> None:
    """integrating-api-with-aws-services-s3.html: path parameters, mapped headers, statuses by pattern."""
    stored = world.api.call("PUT", "/files/a/b%20c.txt", content=b"text", headers={"Content-Type": "text/x-own"})
    assert stored.status_code == 200, stored.text
    read = world.api.call("GET", "/files/a/b%20c.txt")
    assert (read.status_code, read.text, read.headers["content-type"]) == (200, "text", "text/x-own")
    assert read.headers["etag"].startswith('"')
    assert world.api.call("GET", "/files/nothing").status_code == 404
