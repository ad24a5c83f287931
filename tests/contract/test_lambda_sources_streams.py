"""What a mapping does with a stream's records that its function fails on.

https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
"""

from __future__ import annotations

import json
from typing import Any

from tests.fakes.lambda_world import wait_until
from tests.support.aws import Aws
from tests.support.functions import Functions
from tests.support.queues import queue

RAISING = """
import json
def handler(event, context):
    numbers = [record["dynamodb"]["NewImage"]["n"]["N"] for record in event["Records"]]
    print("RAN " + json.dumps(numbers))
    if "2" in numbers:
        raise ValueError("two")
"""
REPORTING = """
import json
def handler(event, context):
    records = [record["dynamodb"] for record in event["Records"]]
    print("RAN " + json.dumps([record["NewImage"]["n"]["N"] for record in records]))
    bad = [record["SequenceNumber"] for record in records if record["NewImage"]["n"]["N"] in "23"]
    return {"batchItemFailures": [{"itemIdentifier": one} for one in reversed(bad)]}
"""
KINESIS = """
import base64, json
def handler(event, context):
    records = [record["kinesis"] for record in event["Records"]]
    bodies = [base64.b64decode(record["data"]).decode() for record in records]
    print("RAN " + json.dumps(bodies))
    if "2" in bodies:
        raise ValueError("two")
"""


def stream_of_five(aws: Aws) -> str:
    """A stream with the items 0 to 4; its ARN."""
    client = aws.client("dynamodb")
    table = client.create_table(
        TableName="items",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    items = [{"PutRequest": {"Item": {"id": {"S": str(n)}, "n": {"N": str(n)}}}} for n in range(5)]
    client.batch_write_item(RequestItems={"items": items})
    return str(table["LatestStreamArn"])


def told(aws: Aws, url: str) -> dict[str, Any]:
    """The one record in a queue that is somebody's destination."""
    found: list[dict[str, Any]] = []

    def arrived() -> bool:
        found.extend(aws.client("sqs").receive_message(QueueUrl=url).get("Messages", []))
        return bool(found)

    wait_until(arrived, "a record in the destination", 60)
    (message,) = found
    return dict(json.loads(message["Body"]))


def test_a_batch_is_split_down_to_the_record_that_fails_and_that_is_given_up(functions: Functions, aws: Aws) -> None:
    """Splits consume none of the retries; the discarded record is told to the destination, and the shard goes on.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
    """
    url, arn = queue(aws, "lost")
    source = stream_of_five(aws)
    function = functions.make("splitting", RAISING, "dynamodb:*", "sqs:*")
    functions.api.create_event_source_mapping(
        FunctionName="splitting",
        EventSourceArn=source,
        StartingPosition="TRIM_HORIZON",
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    record = told(aws, url)
    wait_until(lambda: functions.runs("splitting")[-1:] == [["3", "4"]], "the rest was processed", 60)
    assert functions.runs("splitting") == [
        ["0", "1", "2", "3", "4"],
        ["0", "1", "2"],
        ["0", "1"],
        ["2"],
        ["2"],
        ["3", "4"],
    ]
    context, info = record["requestContext"], record["DDBStreamBatchInfo"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("RetryAttemptsExhausted", 2)
    assert context["functionArn"] == function
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    assert (record["version"], info["batchSize"], info["streamArn"]) == ("1.0", 1, source)
    assert info["startSequenceNumber"] == info["endSequenceNumber"]
    assert info["shardId"].startswith("shardId-")


def test_what_is_before_the_lowest_reported_record_is_done(functions: Functions, aws: Aws) -> None:
    """Source: https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html"""
    url, arn = queue(aws, "lost")
    functions.make("reporting", REPORTING, "dynamodb:*", "sqs:*")
    functions.api.create_event_source_mapping(
        FunctionName="reporting",
        EventSourceArn=stream_of_five(aws),
        StartingPosition="TRIM_HORIZON",
        FunctionResponseTypes=["ReportBatchItemFailures"],
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    assert told(aws, url)["DDBStreamBatchInfo"]["batchSize"] == 3
    assert functions.runs("reporting") == [["0", "1", "2", "3", "4"], ["2", "3", "4"]]


def test_a_kinesis_stream_s_batches_are_given_up_too(functions: Functions, aws: Aws) -> None:
    """Into a bucket goes the whole batch. Source:
    https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html"""
    aws.client("s3").create_bucket(Bucket=f"lost-{aws.account}")
    kinesis = aws.client("kinesis")
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName="clicks")
    source = kinesis.describe_stream_summary(StreamName="clicks")["StreamDescriptionSummary"]["StreamARN"]
    kinesis.put_records(StreamName="clicks", Records=[{"Data": str(n).encode(), "PartitionKey": "p"} for n in (1, 2)])
    functions.make("clicking", KINESIS, "kinesis:*", "s3:*")
    mapping = functions.api.create_event_source_mapping(
        FunctionName="clicking",
        EventSourceArn=source,
        StartingPosition="TRIM_HORIZON",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:s3:::lost-{aws.account}"}},
    )
    s3 = aws.client("s3")

    def objects() -> list[dict[str, Any]]:
        return s3.list_objects_v2(Bucket=f"lost-{aws.account}").get("Contents", [])

    wait_until(lambda: len(objects()) == 1, "the batch is in the bucket", 60)
    key = objects()[0]["Key"]
    record = json.loads(s3.get_object(Bucket=f"lost-{aws.account}", Key=key)["Body"].read())
    assert key.startswith(f"aws/lambda/{mapping['UUID']}/{record['KinesisBatchInfo']['shardId']}/")
    assert record["KinesisBatchInfo"]["batchSize"] == 2
    assert [one["kinesis"]["partitionKey"] for one in record["payload"]["Records"]] == ["p", "p"]
    assert functions.runs("clicking") == [["1", "2"]]
