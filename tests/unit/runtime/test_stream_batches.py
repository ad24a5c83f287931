"""What is left of a stream's batch after a call, and how the engine is kept sending it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from groundcloud.runtime.mappings import Mapping, Mappings, choose_mapping
from groundcloud.runtime.streams import StreamRetries, retries
from groundcloud.runtime.streams.batch import (
    Batch,
    first_failed,
    in_lanes,
    stream_records,
    tried_enough,
    what_is_left,
)
from tests.fakes.fake_clock import FakeClock
from tests.fakes.fake_engine import SCOPE

STREAM = "arn:aws:dynamodb:us-east-1:111111111111:table/t/stream/1"
FUNCTION = "arn:aws:lambda:us-east-1:111111111111:function:f"
CONFIG = {"FunctionArn": FUNCTION, "FunctionName": "f", "Version": "$LATEST"}
NOW = 1_800_000_000.0


def record(number: int) -> dict[str, Any]:
    return {
        "eventSource": "aws:dynamodb",
        "eventSourceARN": STREAM,
        "dynamodb": {"SequenceNumber": str(number), "ApproximateCreationDateTime": NOW},
    }


def batch(*numbers: int, attempts: int = 0) -> Batch:
    return Batch(tuple(record(number) for number in numbers), attempts)


def test_only_batches_of_streams_are_its_business() -> None:
    assert stream_records({"Records": [record(1)]}) == [record(1)]
    others: list[object] = [{"Records": [{"eventSource": "aws:sqs"}]}, {"Records": []}, {}, [], None, {"Records": [1]}]
    assert all(stream_records(one) == [] for one in others)


@pytest.mark.parametrize(
    ("answer", "index"),
    [
        (None, None),
        ({}, None),
        ({"batchItemFailures": []}, None),
        ({"batchItemFailures": None}, None),
        ({"batchItemFailures": [{"itemIdentifier": "3"}, {"itemIdentifier": "2"}]}, 1),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, 0),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, 0),
        ({"batchItemFailures": [{"wrong": "2"}]}, 0),
        ({"batchItemFailures": ["2"]}, 0),
    ],
    ids=["nothing", "empty", "none", "null", "lowest", "blank", "null id", "bad key", "no object"],
)
def test_the_lowest_of_the_reported_items(answer, index) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html"""
    assert first_failed(batch(1, 2, 3).records, answer) == index


def test_what_is_left() -> None:
    whole, bisecting = Mapping(), Mapping(bisects=True)
    assert what_is_left(batch(1, 2, 3), whole, None) == [batch(1, 2, 3, attempts=1)]
    assert what_is_left(batch(1, 2, 3), bisecting, None) == [batch(1, 2), batch(3)]
    assert what_is_left(batch(1), bisecting, None) == [batch(1, attempts=1)]
    assert what_is_left(batch(1, 2, 3), whole, 1) == [batch(2, 3, attempts=1)]
    assert what_is_left(batch(1, 2, 3), bisecting, 1) == [batch(2, 3)]
    assert what_is_left(batch(1, 2, 3), bisecting, 0) == [batch(1, 2), batch(3)]


def test_tries() -> None:
    assert not tried_enough(batch(1, attempts=1_000_000), Mapping())
    assert tried_enough(batch(1, attempts=1), Mapping(retries=0))
    assert not tried_enough(batch(1, attempts=1), Mapping(retries=1))


def test_the_mapping_of_the_function_that_is_called() -> None:
    mappings = {
        "EventSourceMappings": [
            {"UUID": "a", "FunctionArn": f"{FUNCTION}:live"},
            {"UUID": "b", "FunctionArn": FUNCTION},
        ]
    }
    assert choose_mapping(mappings, FUNCTION).uuid == "b"
    assert choose_mapping(mappings, f"{FUNCTION}:1").uuid == "a"
    assert choose_mapping({"EventSourceMappings": []}, FUNCTION) == Mapping()


class World:
    """An engine that sends batches, and a function that fails on some numbers."""

    def __init__(self, *bad: str, **mapping: Any) -> None:
        self.bad = set(bad)
        self.throttled = False
        self.calls: list[list[str]] = []
        self.told: list[dict[str, Any]] = []
        self.mapping = {"UUID": "m", "FunctionArn": FUNCTION, **mapping}
        self.clock = FakeClock(NOW)
        self.retries = StreamRetries(self.run, self, Mappings(self, self), self.clock, SCOPE)

    def generation(self, service: str, account: str = "") -> int:
        return 1

    async def call(self, service: str, operation: str, params: Any = None, *, scope: Any) -> Any:
        if operation == "SendMessage":
            self.told.append(json.loads(params["MessageBody"]))
        return {
            "ListEventSourceMappings": {"EventSourceMappings": [self.mapping]},
            "DescribeStream": {"StreamDescription": {"Shards": [{"ShardId": "shardId-1"}]}},
            "GetQueueUrl": {"QueueUrl": "http://queue"},
            "SendMessage": {},
        }[operation]

    async def run(self, config: Any, code: Any, event: Any, request_id: str, *, asynchronous: bool = False) -> Any:
        numbers = [one["dynamodb"]["SequenceNumber"] for one in event["Records"]]
        self.calls.append(numbers)
        if self.throttled:
            return {"error": True, "throttle": True}
        return {"body": None, "error": True} if self.bad & set(numbers) else {"body": None}

    def send(self, *numbers: int) -> bool:
        """Whether the engine may go on."""
        event = {"Records": [record(number) for number in numbers]}
        return not asyncio.run(self.retries.invoke(CONFIG, None, event, "id")).get("error")


def test_the_same_batch_goes_on_where_it_was_and_takes_what_came_behind_it() -> None:
    world = World("2", BisectBatchOnFunctionError=True)
    assert not world.send(1, 2)
    assert not world.send(1, 2, 3)
    world.bad.clear()
    assert world.send(1, 2, 3)
    assert world.calls == [["1", "2"], ["1"], ["2"], ["2"], ["2"], ["3"]]
    assert world.send(4)
    assert world.calls[-1] == ["4"]


def test_another_batch_begins_anew() -> None:
    world = World("1")
    assert not world.send(1, 2)
    assert world.send(5)
    assert world.calls == [["1", "2"], ["5"]]


def test_throttles_are_no_tries() -> None:
    world = World(MaximumRetryAttempts=0)
    world.throttled = True
    assert [world.send(1) for _ in range(3)] == [False] * 3
    world.throttled = False
    assert world.send(1)


def test_a_batch_that_is_too_old_is_given_up() -> None:
    destination = {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:111111111111:q"}}
    world = World("1", MaximumRecordAgeInSeconds=60, DestinationConfig=destination)
    assert not world.send(1, 2)
    world.clock.pass_seconds(61)
    assert world.send(1, 2)
    (told,) = world.told
    assert told["requestContext"]["condition"] == "RecordAgeExceeded"
    assert (told["DDBStreamBatchInfo"]["batchSize"], told["DDBStreamBatchInfo"]["shardId"]) == (2, "shardId-1")


def test_what_is_left_can_be_forgotten() -> None:
    world = World("2", BisectBatchOnFunctionError=True)
    assert not world.send(1, 2)
    world.retries.clear()
    assert not world.send(1, 2)
    assert world.calls == [["1", "2"], ["1"], ["2"]] * 2


def kinesis(key: str, number: int, size: int = 1) -> dict[str, Any]:
    told = {"partitionKey": key, "sequenceNumber": str(number), "data": "x" * size}
    return {"eventSource": "aws:kinesis", "eventSourceARN": "arn", "eventID": f"shardId-1:{number}", "kinesis": told}


def test_what_has_to_stay_in_order_is_in_one_lane() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/kinesis-tutorial.html: in order at the partition-key level"""
    sent = [kinesis(key, number) for number, key in enumerate("abcabcabc")]
    lanes = in_lanes(sent, 10)
    of_keys = [[one["kinesis"]["partitionKey"] for part in lane for one in part.records] for lane in lanes if lane]
    assert sorted("".join(keys) for keys in of_keys) == ["aaa", "bbb", "ccc"]
    assert in_lanes(sent, 1) == [[Batch(tuple(sent))]]


def test_a_call_has_six_megabytes_of_records_at_most() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching"""
    sent = [kinesis("a", number, 2_500_000) for number in range(5)]
    assert [len(part.records) for part in in_lanes(sent, 1)[0]] == [2, 2, 1]


def test_a_window_ends_with_its_time_or_a_whole_batch() -> None:
    world = World(BatchSize=3, MaximumBatchingWindowInSeconds=5)
    assert not world.send(1)
    world.clock.pass_seconds(4)
    assert not world.send(1, 2)
    assert not world.calls
    world.clock.pass_seconds(1)
    assert world.send(1, 2)
    assert not world.send(3)
    assert world.send(3, 4, 5)
    assert world.calls == [["1", "2"], ["3", "4", "5"]]


def test_the_engine_is_not_kept_waiting_by_a_function_that_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread of it reads all sources: it hears of a slow batch when it sends that again."""
    monkeypatch.setattr(retries, "ENGINE_WAITS_SECONDS", 0.01)
    world = World()
    ran = asyncio.Event()

    async def slow(*_asked: Any, **_options: Any) -> Any:
        world.calls.append(["began"])
        await ran.wait()
        return {"body": None}

    world.retries = StreamRetries(slow, world, Mappings(world, world), world.clock, SCOPE)

    async def send() -> bool:
        answer = await world.retries.invoke(CONFIG, None, {"Records": [record(1), record(2)]}, "id")
        return not answer.get("error")

    async def scenario() -> None:
        assert not await send()
        assert not await send()
        ran.set()
        async with asyncio.timeout(60):
            while not await send():
                await asyncio.sleep(0)
        await world.retries.close()

    asyncio.run(scenario())
    assert world.calls == [["began"]]
