"""First-class integrations of HTTP APIs: each subtype calls its service as the integration's role.

Page: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html
"""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.fakes.lambda_world import wait_until
from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.httpapi_maker import HttpApiMaker


class ServiceApi(HttpApiMaker):
    """An HTTP API whose routes call services as a role that may do `actions`."""

    def __init__(self, cloud: Cloud, aws: Aws, *actions: str) -> None:
        super().__init__(cloud, aws, "services")
        trust = {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
        allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        iam = aws.client("iam")
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        self.role = str(iam.create_role(RoleName="api", AssumeRolePolicyDocument=document)["Role"]["Arn"])
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        iam.put_role_policy(RoleName="api", PolicyName="p", PolicyDocument=policy)

    def service(self, key: str, subtype: str, **parameters: str) -> str:
        """The id of the integration of a new route."""
        made = self.client.create_integration(
            ApiId=self.api,
            IntegrationType="AWS_PROXY",
            IntegrationSubtype=subtype,
            PayloadFormatVersion="1.0",
            CredentialsArn=self.role,
            RequestParameters=parameters,
        )
        assert made["IntegrationSubtype"] == subtype
        self.route(key, f"integrations/{made['IntegrationId']}")
        return str(made["IntegrationId"])


def test_queues(cloud: Cloud, aws: Aws) -> None:
    """SQS-SendMessage, SQS-ReceiveMessage, SQS-DeleteMessage, SQS-PurgeQueue on the page of this module."""
    api = ServiceApi(cloud, aws, "sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage")
    sqs = aws.client("sqs")
    queue = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    made = api.service("POST /jobs", "SQS-SendMessage", QueueUrl=queue, MessageBody="$request.body.message")
    shown = api.client.get_integration(ApiId=api.api, IntegrationId=made)
    assert (shown["IntegrationSubtype"], "RequestTemplates" in shown) == ("SQS-SendMessage", False)
    receiving = {"MaxNumberOfMessages": "1", "AttributeNames": "All"}
    api.service("GET /jobs", "SQS-ReceiveMessage", QueueUrl=queue, **receiving)
    api.service("DELETE /jobs", "SQS-DeleteMessage", QueueUrl=queue, ReceiptHandle="$request.querystring.handle")
    api.service("POST /purge", "SQS-PurgeQueue", QueueUrl=queue)
    answer = api.call("POST", "/jobs", json={"message": "do it"})
    assert (answer.status_code, "<MessageId>" in answer.text) == (200, True), answer.text
    received = api.call("GET", "/jobs")
    assert (received.status_code, "<Body>do it</Body>" in received.text) == (200, True), received.text
    handle = received.text.partition("<ReceiptHandle>")[2].partition("<")[0]
    assert api.call("DELETE", "/jobs", params={"handle": handle}).status_code == 200
    assert api.call("POST", "/jobs", json={}).status_code == 400
    # The role may not purge; the service's own refusal comes back.
    purged = api.call("POST", "/purge")
    assert (purged.status_code, "AccessDenied" in purged.text) == (403, True), purged.text


def test_events(cloud: Cloud, aws: Aws) -> None:
    """EventBridge-PutEvents on the page of this module."""
    api = ServiceApi(cloud, aws, "events:PutEvents")
    api.service("POST /", "EventBridge-PutEvents", Detail="$request.body", DetailType="order", Source="shop")
    answer = api.call("POST", "/", json={"id": 1})
    assert (answer.status_code, answer.json()["FailedEntryCount"]) == (200, 0)


def test_streams(cloud: Cloud, aws: Aws) -> None:
    """Kinesis-PutRecord on the page of this module."""
    api = ServiceApi(cloud, aws, "kinesis:PutRecord")
    kinesis = aws.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName="s", WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    api.service("POST /", "Kinesis-PutRecord", StreamName="s", Data="$request.body.text", PartitionKey="one")
    answer = api.call("POST", "/", json={"text": "hello"})
    assert (answer.status_code, "SequenceNumber" in answer.text) == (200, True), answer.text
    shard = kinesis.list_shards(StreamName="s")["Shards"][0]["ShardId"]
    place = {"StreamName": "s", "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    records = kinesis.get_records(ShardIterator=kinesis.get_shard_iterator(**place)["ShardIterator"])["Records"]
    assert [record["Data"] for record in records] == [b"hello"]


def test_state_machines(cloud: Cloud, aws: Aws) -> None:
    """StepFunctions-StartExecution, StartSyncExecution and StopExecution on the page of this module."""
    api = ServiceApi(cloud, aws, "states:StartExecution", "states:StartSyncExecution", "states:StopExecution")
    machines = aws.client("stepfunctions")

    def machine(name: str, kind: str) -> str:
        definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
        made = machines.create_state_machine(name=name, definition=json.dumps(definition), roleArn=api.role, type=kind)
        return str(made["stateMachineArn"])

    standard, express = machine("standard", "STANDARD"), machine("express", "EXPRESS")
    api.service("POST /start", "StepFunctions-StartExecution", StateMachineArn=standard, Input="$request.body")
    api.service("POST /run", "StepFunctions-StartSyncExecution", StateMachineArn=express, Input="$request.body")
    api.service("POST /stop", "StepFunctions-StopExecution", ExecutionArn="$request.querystring.arn")
    started = api.call("POST", "/start", json={"a": 1})
    assert started.status_code == 200, started.text
    arn = started.json()["executionArn"]
    wait_until(lambda: machines.describe_execution(executionArn=arn)["status"] == "SUCCEEDED", "the execution", 60)
    run = api.call("POST", "/run", json={"a": 1})
    assert (run.status_code, json.loads(run.json()["output"])) == (200, {"a": 1}), run.text
    assert api.call("POST", "/stop", params={"arn": "nonsense"}).status_code == 400


def test_integrations_that_there_are_not_are_refused(cloud: Cloud, aws: Aws) -> None:
    """The page of this module lists every subtype; `MOCK` is "supported only for WebSocket APIs":
    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html."""
    api = HttpApiMaker(cloud, aws, "unknown")
    made = {"ApiId": api.api, "IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "1.0"}
    with pytest.raises(ClientError, match="Invalid IntegrationSubtype: SQS-Nothing"):
        api.client.create_integration(**made, IntegrationSubtype="SQS-Nothing")
    with pytest.raises(ClientError, match="supported only for WebSocket APIs"):
        api.client.create_integration(ApiId=api.api, IntegrationType="MOCK")
