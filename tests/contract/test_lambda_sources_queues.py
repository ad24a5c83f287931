"""Streams and queues call functions once for each batch, in this cloud's runtime.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
"""

from __future__ import annotations

import base64
import json

from tests.fakes.lambda_world import wait_until
from tests.support.aws import Aws
from tests.support.functions import NOTING, Functions
from tests.support.queues import queue


def test_a_table_s_stream(functions: Functions, aws: Aws) -> None:
    """Source: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html"""
    table = aws.client("dynamodb").create_table(
        TableName="items",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]
    functions.make("on-item", NOTING, "dynamodb:*")
    functions.api.create_event_source_mapping(
        FunctionName="on-item", EventSourceArn=table["LatestStreamArn"], StartingPosition="TRIM_HORIZON", BatchSize=1
    )
    aws.client("dynamodb").put_item(TableName="items", Item={"id": {"S": "one"}, "n": {"N": "1"}})
    ((record,),) = [event["Records"] for event in functions.events("on-item")]
    assert (record["eventName"], record["eventSource"]) == ("INSERT", "aws:dynamodb")
    assert record["dynamodb"]["NewImage"] == {"id": {"S": "one"}, "n": {"N": "1"}}
    assert record["eventSourceARN"] == table["LatestStreamArn"]


def test_a_queue(functions: Functions, aws: Aws) -> None:
    """Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"""
    url, arn = queue(aws, "jobs")
    functions.make("on-job", NOTING, "sqs:*")
    functions.api.create_event_source_mapping(FunctionName="on-job", EventSourceArn=arn)
    aws.client("sqs").send_message(
        QueueUrl=url, MessageBody="work", MessageAttributes={"k": {"DataType": "String", "StringValue": "v"}}
    )
    ((record,),) = [event["Records"] for event in functions.events("on-job")]
    assert (record["body"], record["eventSource"], record["eventSourceARN"]) == ("work", "aws:sqs", arn)
    assert record["messageAttributes"]["k"]["stringValue"] == "v"
    wait_until(lambda: left(aws, url) == 0, "the message was deleted")


def left(aws: Aws, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    values = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(values[name]) for name in names)


PARTIAL = """
import json
def handler(event, context):
    print("RAN " + json.dumps({"event": [record["body"] for record in event["Records"]]}))
    bad = [record["messageId"] for record in event["Records"] if record["body"] == "bad"]
    return {"batchItemFailures": [{"itemIdentifier": one} for one in bad]}
"""


def test_what_a_batch_reports_as_failed_comes_again_and_ends_in_the_dead_letter_queue(
    functions: Functions, aws: Aws
) -> None:
    """Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html"""
    dead_url, dead_arn = queue(aws, "dead")
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, arn = queue(aws, "partial", VisibilityTimeout="1", RedrivePolicy=redrive)
    sqs = aws.client("sqs")
    sqs.send_message_batch(
        QueueUrl=url,
        Entries=[{"Id": "1", "MessageBody": "good"}, {"Id": "2", "MessageBody": "bad"}],
    )
    functions.make("partly", PARTIAL, "sqs:*", Timeout=1)
    functions.api.create_event_source_mapping(
        FunctionName="partly", EventSourceArn=arn, FunctionResponseTypes=["ReportBatchItemFailures"]
    )
    wait_until(lambda: left(aws, dead_url) == 1, "the bad message is in the dead-letter queue", 30)
    assert sqs.receive_message(QueueUrl=dead_url)["Messages"][0]["Body"] == "bad"
    assert left(aws, url) == 0
    seen = [body for run in functions.runs("partly") for body in run["event"]]
    assert sorted(seen) == ["bad", "bad", "good"]


def test_a_kinesis_stream(functions: Functions, aws: Aws) -> None:
    """Source: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html"""
    kinesis = aws.client("kinesis")
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName="clicks")
    arn = kinesis.describe_stream_summary(StreamName="clicks")["StreamDescriptionSummary"]["StreamARN"]
    functions.make("on-click", NOTING, "kinesis:*")
    functions.api.create_event_source_mapping(
        FunctionName="on-click", EventSourceArn=arn, StartingPosition="TRIM_HORIZON"
    )
    kinesis.put_record(StreamName="clicks", Data=b"here", PartitionKey="p")
    ((record,),) = [event["Records"] for event in functions.events("on-click")]
    assert record["eventSource"] == "aws:kinesis"
    assert base64.b64decode(record["kinesis"]["data"]) == b"here"
