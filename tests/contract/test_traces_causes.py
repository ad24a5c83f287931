"""What is delivered later hangs under what caused it.

Sources: docs.aws.amazon.com/lambda/latest/dg/lambda-services.html (what invokes functions, and with which events),
docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html (`AWSTraceHeader`), and for what is a
child of what `groundcloud/trace/README.md`.
"""

from __future__ import annotations

import json

from tests.support.aws import Aws
from tests.support.functions import NOTING, Functions
from tests.support.traces import Traces, span_of

CALLING = """
import boto3, json
def handler(event, context):
    boto3.client("lambda").invoke(FunctionName="called", InvocationType="Event", Payload=json.dumps(event))
"""


def assert_caused(traces: Traces, function: str, operation: str, kind: str = "delivery") -> None:
    """`function` ran under a call of `operation`, in one trace with it."""
    trace = traces.of(function, spans=2, operation=operation)
    run = next(span for span in trace["spans"] if span["function"] == function and span["kind"] != "init")
    assert run["kind"] == kind
    assert run["parentId"] == span_of(trace, operation)["spanId"]
    assert any("RAN " in line["message"] for line in run["logs"])


def test_an_asynchronous_call_hangs_under_the_run_that_made_it(functions: Functions, traces: Traces) -> None:
    functions.make("called", NOTING)
    functions.make("caller", CALLING, "lambda:InvokeFunction")
    functions.call("caller", {"n": 1})

    trace = traces.of("called", spans=4)

    spans = {span["spanId"]: span for span in trace["spans"]}
    run = next(span for span in trace["spans"] if span["function"] == "called" and span["kind"] == "invocation")
    asked = spans[run["parentId"]]
    assert (asked["service"], asked["operation"], asked["status"]) == ("lambda", "Invoke", 202)
    assert spans[asked["parentId"]]["function"] == "caller"


def test_a_queues_delivery_hangs_under_its_message(functions: Functions, aws: Aws, traces: Traces) -> None:
    url = aws.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    functions.make("on-job", NOTING, "sqs:*")
    arn = f"arn:aws:sqs:{aws.region}:{functions.aws.account}:jobs"
    functions.api.create_event_source_mapping(FunctionName="on-job", EventSourceArn=arn)

    aws.client("sqs").send_message(QueueUrl=url, MessageBody="work")

    assert_caused(traces, "on-job", "SendMessage")


def test_a_streams_delivery_hangs_under_its_write(functions: Functions, aws: Aws, traces: Traces) -> None:
    table = aws.client("dynamodb").create_table(
        TableName="items",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    functions.make("on-item", NOTING, "dynamodb:*")
    functions.api.create_event_source_mapping(
        FunctionName="on-item", EventSourceArn=table["LatestStreamArn"], StartingPosition="TRIM_HORIZON"
    )

    aws.client("dynamodb").put_item(TableName="items", Item={"id": {"S": "one"}, "n": {"N": "1"}})

    assert_caused(traces, "on-item", "PutItem")


def test_a_kinesis_delivery_hangs_under_its_record(functions: Functions, aws: Aws, traces: Traces) -> None:
    kinesis = aws.client("kinesis")
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    arn = kinesis.describe_stream(StreamName="clicks")["StreamDescription"]["StreamARN"]
    functions.make("on-click", NOTING, "kinesis:*")
    functions.api.create_event_source_mapping(
        FunctionName="on-click", EventSourceArn=arn, StartingPosition="TRIM_HORIZON"
    )

    kinesis.put_record(StreamName="clicks", Data=b"click", PartitionKey="k")

    assert_caused(traces, "on-click", "PutRecord")


def test_a_buckets_event_hangs_under_its_upload(functions: Functions, aws: Aws, traces: Traces) -> None:
    s3, bucket = aws.client("s3"), f"traced-{functions.aws.account}"
    s3.create_bucket(Bucket=bucket)
    arn = functions.make("on-object", NOTING)
    functions.allow("on-object", "s3")
    wanted = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [wanted]}
    )

    s3.put_object(Bucket=bucket, Key="a/b c.txt", Body=b"1234")

    assert_caused(traces, "on-object", "PutObject")


def test_a_topics_message_hangs_under_its_publication(functions: Functions, aws: Aws, traces: Traces) -> None:
    sns = aws.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    arn = functions.make("on-news", NOTING)
    functions.allow("on-news", "sns")
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)

    sns.publish(TopicArn=topic, Message="hello")

    assert_caused(traces, "on-news", "Publish")


def test_a_buss_event_hangs_under_its_putting(functions: Functions, aws: Aws, traces: Traces) -> None:
    events = aws.client("events")
    events.put_rule(Name="orders", EventPattern=json.dumps({"source": ["shop"]}))
    arn = functions.make("on-order", NOTING)
    functions.allow("on-order", "events")
    events.put_targets(Rule="orders", Targets=[{"Id": "one", "Arn": arn}])

    events.put_events(Entries=[{"Source": "shop", "DetailType": "Ordered", "Detail": "{}"}])

    assert_caused(traces, "on-order", "PutEvents")


def test_a_pools_trigger_hangs_under_the_sign_up(functions: Functions, aws: Aws, traces: Traces) -> None:
    arn = functions.make("before-sign-up", NOTING)
    functions.allow("before-sign-up", "cognito-idp")
    cognito = aws.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="people", LambdaConfig={"PreSignUp": arn})["UserPool"]["Id"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="web")["UserPoolClient"]["ClientId"]

    cognito.sign_up(ClientId=client, Username="ann", Password="Groundcloud1!")

    assert_caused(traces, "before-sign-up", "SignUp", "trigger")
