"""Batches that are waited for, and those of one shard that run beside each other.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.fakes.lambda_world import wait_until
from tests.support.aws import Aws
from tests.support.functions import Functions
from tests.support.queues import queue

WHOLE = """
import base64, json
def handler(event, context):
    def body(one):
        return one["body"] if "body" in one else base64.b64decode(one["kinesis"]["data"]).decode()
    print("RAN " + json.dumps([body(one) for one in event["Records"]]))
"""
LONG = 300
"""The longest window: none of these tests waits for its end."""


def clicks(aws: Aws) -> str:
    """A stream of one shard; its ARN."""
    kinesis = aws.client("kinesis")
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName="clicks")
    return str(kinesis.describe_stream_summary(StreamName="clicks")["StreamDescriptionSummary"]["StreamARN"])


def test_messages_wait_for_a_batch_that_is_larger_than_one_receive(functions: Functions, aws: Aws) -> None:
    """A batch of more than ten messages needs a window, and is sent when it is whole; what was processed is deleted.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
    """
    url, arn = queue(aws, "jobs", VisibilityTimeout="600")
    functions.make("jobs", WHOLE, "sqs:*")
    functions.api.create_event_source_mapping(
        FunctionName="jobs", EventSourceArn=arn, BatchSize=12, MaximumBatchingWindowInSeconds=LONG
    )
    sqs = aws.client("sqs")
    for number in range(12):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    wait_until(lambda: bool(functions.runs("jobs")), "the batch was processed", 60)
    (bodies,) = functions.runs("jobs")
    assert sorted(bodies, key=int) == [str(number) for number in range(12)]

    def left() -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(told[name]) for name in names)

    wait_until(lambda: left() == 0, "the messages were deleted", 60)


def test_a_stream_s_records_wait_for_a_whole_batch(functions: Functions, aws: Aws) -> None:
    """Source: https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html"""
    source, kinesis = clicks(aws), aws.client("kinesis")
    functions.make("clicks", WHOLE, "kinesis:*")
    functions.api.create_event_source_mapping(
        FunctionName="clicks",
        EventSourceArn=source,
        StartingPosition="TRIM_HORIZON",
        BatchSize=3,
        MaximumBatchingWindowInSeconds=LONG,
    )
    for number in range(3):
        kinesis.put_record(StreamName="clicks", Data=str(number).encode(), PartitionKey="p")
    wait_until(lambda: functions.runs("clicks") == [["0", "1", "2"]], "one batch of three", 60)


def test_partition_keys_run_beside_each_other_each_in_order(functions: Functions, aws: Aws) -> None:
    """`BatchSize` of a stream is 100, where a mapping does not say.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html and
    https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
    """
    source, kinesis = clicks(aws), aws.client("kinesis")
    records = [{"Data": f"{key}{n}".encode(), "PartitionKey": key} for n in range(10) for key in "abc"]
    kinesis.put_records(StreamName="clicks", Records=records)
    functions.make("lanes", WHOLE, "kinesis:*")
    mapping = functions.api.create_event_source_mapping(
        FunctionName="lanes", EventSourceArn=source, StartingPosition="TRIM_HORIZON", ParallelizationFactor=10
    )
    assert mapping["BatchSize"] == 100

    def seen() -> Iterator[str]:
        return (body for bodies in functions.runs("lanes") for body in bodies)

    wait_until(lambda: len(list(seen())) == 30, "all records", 60)
    assert len(functions.runs("lanes")) == 3, "each key is in a lane of its own"
    assert [body for body in seen() if body[0] == "a"] == [f"a{n}" for n in range(10)]


def test_mappings_of_streams_in_a_template(functions: Functions, aws: Aws) -> None:
    """Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html"""
    properties = {"EventSourceArn": clicks(aws), "FunctionName": "templated", "StartingPosition": "LATEST"}
    template = {"Resources": {"M": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}}}
    functions.make("templated", WHOLE, "kinesis:*")
    stacks = aws.client("cloudformation")
    stacks.create_stack(StackName="mapped", TemplateBody=json.dumps(template))
    stacks.get_waiter("stack_create_complete").wait(StackName="mapped", WaiterConfig={"Delay": 0.1, "MaxAttempts": 600})
    (mapping,) = functions.api.list_event_source_mappings(FunctionName="templated")["EventSourceMappings"]
    assert mapping["BatchSize"] == 100
