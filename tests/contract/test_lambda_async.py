"""Asynchronous calls end as AWS says: retried, given up, told to a queue, a topic, a bus, a bucket or a function.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from groundcloud.errors import AwsError
from tests.fakes.fake_engine import SCOPE
from tests.fakes.lambda_world import LambdaWorld, wait_until

FAILS = """
import json
def handler(event, context):
    print(json.dumps({"ran": context.aws_request_id, "event": event}))
    raise ValueError("no luck")
"""
WORKS = """
import json
def handler(event, context):
    print(json.dumps({"ran": context.aws_request_id, "event": event}))
    return {"got": event}
"""
QUEUE = f"arn:aws:sqs:{SCOPE.region}:{SCOPE.account}:failures"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LambdaWorld]:
    world = LambdaWorld(tmp_path, pure=False)
    world.engine.on("sqs", "GetQueueUrl", lambda params, scope: {"QueueUrl": f"http://q/{params['QueueName']}"})
    for service, operation in (("sqs", "SendMessage"), ("sns", "Publish"), ("s3", "PutObject")):
        world.engine.on(service, operation, lambda params, scope: {})
    world.engine.on("events", "PutEvents", lambda params, scope: {"FailedEntryCount": 0})
    yield world
    world.close()


def configure(world: LambdaWorld, **config: object) -> None:
    world.engine.on("lambda", "GetFunctionEventInvokeConfig", lambda params, scope: config)


def runs(world: LambdaWorld, name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in world.log(name) if line.startswith('{"ran"')]


def send(world: LambdaWorld, name: str, event: object = None, qualifier: str | None = None) -> str:
    answer = world.http(name, json.dumps(event).encode(), qualifier, X_Amz_Invocation_Type="Event")
    assert answer.status == 202
    assert answer.body == b""
    return str(answer.headers.get("x-amzn-RequestId"))


def until_runs(world: LambdaWorld, name: str, count: int) -> None:
    """Wait for the end of the run: only then is the time of the next one fixed."""

    def ended() -> bool:
        return sum(line.startswith("REPORT") for line in world.log(name)) == count

    wait_until(ended, f"{count} runs of {name}")
    assert len(runs(world, name)) == count


def until_asked(world: LambdaWorld, service: str, operation: str) -> dict:
    wait_until(lambda: bool(world.engine.asked(service, operation)), f"{service} {operation}")
    (params,) = world.engine.asked(service, operation)
    return params


def fail_for_good(world: LambdaWorld, name: str, attempts: int = 3) -> None:
    """Let time pass as far as the retries need it."""
    for attempt, delay in enumerate((60, 120), start=1):
        if attempt < attempts:
            until_runs(world, name, attempt)
            world.clock.shift += delay
    until_runs(world, name, attempts)


def test_a_failed_event_is_run_again_after_one_minute_and_after_two_more(world: LambdaWorld) -> None:
    """Source: invocation-async-error-handling: two retries, one minute and two minutes; the same request id."""
    world.deploy("fails", FAILS, DeadLetterConfig={"TargetArn": QUEUE})
    request_id = send(world, "fails", {"n": 1})
    until_runs(world, "fails", 1)
    world.clock.shift += 55
    assert len(runs(world, "fails")) == 1
    world.clock.shift += 5
    until_runs(world, "fails", 2)
    world.clock.shift += 100
    assert len(runs(world, "fails")) == 2
    world.clock.shift += 20
    until_runs(world, "fails", 3)
    assert {run["ran"] for run in runs(world, "fails")} == {request_id}
    message = until_asked(world, "sqs", "SendMessage")
    assert message["MessageBody"] == '{"n": 1}'
    assert message["MessageAttributes"] == {
        "RequestID": {"DataType": "String", "StringValue": request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": "no luck"},
    }


def test_the_number_of_retries_is_the_functions_own(world: LambdaWorld) -> None:
    """Source: API_PutFunctionEventInvokeConfig, MaximumRetryAttempts."""
    configure(world, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": QUEUE}})
    world.deploy("once", FAILS)
    request_id = send(world, "once", [1])
    record = json.loads(until_asked(world, "sqs", "SendMessage")["MessageBody"])
    assert record["version"] == "1.0"
    assert record["requestContext"] == {
        "requestId": request_id,
        "functionArn": f"arn:aws:lambda:{SCOPE.region}:{SCOPE.account}:function:once:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 1,
    }
    assert record["requestPayload"] == [1]
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert record["responsePayload"]["errorMessage"] == "no luck"
    assert len(runs(world, "once")) == 1


@pytest.mark.parametrize(
    ("target", "service", "operation"),
    [
        (f"arn:aws:sns:{SCOPE.region}:{SCOPE.account}:t", "sns", "Publish"),
        (QUEUE, "sqs", "SendMessage"),
        ("arn:aws:s3:::bucket", "s3", "PutObject"),
        (f"arn:aws:events:{SCOPE.region}:{SCOPE.account}:event-bus/default", "events", "PutEvents"),
    ],
)
def test_success_is_told_too(world: LambdaWorld, target: str, service: str, operation: str) -> None:
    """Source: invocation-async-retain-records, destinations."""
    configure(world, DestinationConfig={"OnSuccess": {"Destination": target}})
    world.deploy("works", WORKS)
    send(world, "works", {"a": 1})
    params = until_asked(world, service, operation)
    entry = params["Entries"][0] if service == "events" else {}
    text = entry.get("Detail") or params.get("Message") or params.get("MessageBody") or params.get("Body")
    record = json.loads(text)
    assert record["requestContext"]["condition"] == "Success"
    assert record["responsePayload"] == {"got": {"a": 1}}
    assert "functionError" not in record["responseContext"]
    if entry:
        assert entry["DetailType"] == "Lambda Function Invocation Result - Success"
        assert entry["Source"] == "lambda"
    if service == "s3":
        assert params["Key"].startswith("aws/lambda/async/works/")


def test_a_destination_may_be_another_function(world: LambdaWorld) -> None:
    world.deploy("works", WORKS)
    next_arn = f"arn:aws:lambda:{SCOPE.region}:{SCOPE.account}:function:next"
    world.deploy("next", WORKS)

    def config(params: dict, scope: object) -> dict:
        return (
            {"DestinationConfig": {"OnSuccess": {"Destination": next_arn}}} if params["FunctionName"] == "works" else {}
        )

    world.engine.on("lambda", "GetFunctionEventInvokeConfig", config)
    send(world, "works", 7)
    until_runs(world, "next", 1)
    assert runs(world, "next")[0]["event"]["responsePayload"] == {"got": 7}


def test_an_event_that_is_too_old_is_given_up(world: LambdaWorld) -> None:
    """Source: invocation-async-configuring, maximum age of event."""
    configure(world, MaximumEventAgeInSeconds=60, DestinationConfig={"OnFailure": {"Destination": QUEUE}})
    world.deploy("fails", FAILS)
    send(world, "fails")
    until_runs(world, "fails", 1)
    world.clock.shift += 60
    record = json.loads(until_asked(world, "sqs", "SendMessage")["MessageBody"])
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert record["requestContext"]["approximateInvokeCount"] == 1
    assert len(runs(world, "fails")) == 1


def test_reserved_concurrency_of_zero_sends_the_event_away_unrun(world: LambdaWorld) -> None:
    """Source: invocation-async-error-handling: with reserved concurrency 0 events go to the dead-letter queue."""
    world.deploy("never", WORKS, reserved=0, DeadLetterConfig={"TargetArn": QUEUE})
    send(world, "never", {"n": 1})
    assert until_asked(world, "sqs", "SendMessage")["MessageBody"] == '{"n": 1}'
    assert runs(world, "never") == []


def test_what_is_throttled_waits_and_is_not_counted_as_an_attempt(world: LambdaWorld) -> None:
    """Source: invocation-async-error-handling: throttles go back to the queue, from 1 s to 5 minutes."""
    configure(world, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": QUEUE}})
    slow = "import time\ndef handler(event, context):\n    print('{\"ran\": 1}')\n    time.sleep(0.3)\n"
    world.deploy("slow", slow, reserved=1)
    for _ in range(3):
        send(world, "slow")
    until_runs(world, "slow", 1)
    wait_until(lambda: bool(advance(world)) and len(runs(world, "slow")) == 3, "all three have run")
    assert world.engine.asked("sqs", "SendMessage") == []


def advance(world: LambdaWorld) -> bool:
    world.clock.shift += 1
    return True


def test_what_waits_is_run_after_the_next_start(tmp_path: Path) -> None:
    first = LambdaWorld(tmp_path, pure=False)
    first.deploy("fails", FAILS)
    request_id = send(first, "fails", "kept")
    until_runs(first, "fails", 1)
    first.close()
    second = LambdaWorld(tmp_path, pure=False)
    try:
        second.deploy("fails", FAILS)
        assert runs(second, "fails") == []
        second.clock.shift += 60
        until_runs(second, "fails", 1)
        assert runs(second, "fails")[0] == {"ran": request_id, "event": "kept"}
    finally:
        second.close()
    assert not list(tmp_path.glob("state/*.tmp"))


def test_metrics_count_what_came_and_what_was_dropped(world: LambdaWorld) -> None:
    """Source: monitoring-metrics-types: AsyncEventsReceived, AsyncEventsDropped, DeadLetterErrors."""

    def refuse(params: dict, scope: object) -> dict:
        raise AwsError("AWS.SimpleQueueService.NonExistentQueue", "gone", 400)

    world.engine.on("sqs", "GetQueueUrl", refuse)
    configure(world, MaximumRetryAttempts=0)
    world.deploy("fails", FAILS, DeadLetterConfig={"TargetArn": QUEUE})
    send(world, "fails")
    sums: dict[str, float] = {}

    def told() -> bool:
        world.run(world.runtime.flush_metrics())
        sums.clear()
        for params in world.engine.asked("cloudwatch", "PutMetricData"):
            for datum in params["MetricData"]:
                if datum["Dimensions"] == [{"Name": "FunctionName", "Value": "fails"}]:
                    total = sum(value * count for value, count in zip(datum["Values"], datum["Counts"], strict=True))
                    sums[datum["MetricName"]] = sums.get(datum["MetricName"], 0) + total
        return "DeadLetterErrors" in sums

    wait_until(told, "the metrics")
    del sums["Duration"]
    assert sums == {
        "AsyncEventsReceived": 1,
        "AsyncEventsDropped": 1,
        "DeadLetterErrors": 1,
        "Invocations": 1,
        "Errors": 1,
        "Throttles": 0,
        "ConcurrentExecutions": 1,
    }


def test_an_event_of_the_engine_is_queued_once_and_retried_here(world: LambdaWorld) -> None:
    """What S3, SNS or EventBridge began: the engine gets an empty success at once, and retries nothing itself."""
    config = world.engine.add_function("fails", {"app.py": FAILS})
    began = world.runtime.invoke_from_engine(config, b"", {"Records": []}, "engine-id", asynchronous=True)
    assert world.run(began) == {"body": None, "log": ""}
    fail_for_good(world, "fails")
    assert len({run["ran"] for run in runs(world, "fails")}) == 1
