"""Messages of a queue that wait for each other."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from groundcloud.runtime.mappings import Mappings
from groundcloud.runtime.queues import QueueWindows
from groundcloud.runtime.queues.messages import failed_messages, queue_records, record_of
from tests.fakes.fake_clock import FakeClock
from tests.fakes.fake_engine import SCOPE

QUEUE = "arn:aws:sqs:us-east-1:111111111111:jobs"
FUNCTION = "arn:aws:lambda:us-east-1:111111111111:function:f"
CONFIG = {"FunctionArn": FUNCTION, "FunctionName": "f", "Version": "$LATEST"}


def message(name: str) -> dict[str, Any]:
    return {
        "MessageId": name,
        "ReceiptHandle": f"r-{name}",
        "Body": name,
        "MD5OfBody": "m",
        "Attributes": {
            "SenderId": "me",
            "ApproximateReceiveCount": "1",
            "MessageGroupId": "no FIFO queue has a window",
        },
        "MessageAttributes": {"n": {"DataType": "Binary", "BinaryValue": b"x"}},
    }


def event(*names: str) -> dict[str, Any]:
    return {"Records": [record_of(message(name), QUEUE) for name in names]}


def test_a_message_as_the_function_gets_it() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"""
    assert record_of(message("one"), QUEUE) == {
        "messageId": "one",
        "receiptHandle": "r-one",
        "body": "one",
        "attributes": {"SenderId": "me", "ApproximateReceiveCount": "1"},
        "messageAttributes": {"n": {"dataType": "Binary", "binaryValue": "eA=="}},
        "md5OfBody": "m",
        "eventSource": "aws:sqs",
        "eventSourceARN": QUEUE,
        "awsRegion": "us-east-1",
    }
    assert queue_records(event("one")) == event("one")["Records"]
    others: list[object] = [{"Records": [{"eventSource": "aws:s3"}]}, {"Records": []}, {}, [], None, {"Records": [1]}]
    assert all(queue_records(one) == [] for one in others)


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (None, set()),
        ({"batchItemFailures": None}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "b"}]}, {"b"}),
        ({"batchItemFailures": [{"itemIdentifier": "c"}]}, None),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, None),
        ({"batchItemFailures": [{"wrong": "b"}]}, None),
        ({"batchItemFailures": ["b"]}, None),
    ],
    ids=["nothing", "null", "one", "unknown", "blank", "bad key", "no object"],
)
def test_what_a_function_reports(answer, failed) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting"""
    assert failed_messages(event("a", "b")["Records"], answer) == failed


class World:
    """A queue with `left` in it that the engine has not received, and a function."""

    def __init__(self, *left: str, **mapping: Any) -> None:
        self.left = list(left)
        self.deleted: list[str] = []
        self.calls: list[list[str]] = []
        self.asked = False
        self.answer: Any = {"body": None}
        self.mapping = {"UUID": "m", "FunctionArn": FUNCTION, **mapping}
        self.clock = FakeClock()
        self.windows = QueueWindows(self.run, self, Mappings(self, self), self.clock, SCOPE)

    def generation(self, service: str, account: str = "") -> int:
        return 1

    async def call(self, service: str, operation: str, params: Any = None, *, scope: Any) -> Any:
        self.asked = True
        if operation == "ReceiveMessage":
            taken, self.left = self.left[: params["MaxNumberOfMessages"]], self.left[params["MaxNumberOfMessages"] :]
            return {"Messages": [message(name) for name in taken]} if taken else {}
        if operation == "DeleteMessageBatch":
            self.deleted += [entry["ReceiptHandle"] for entry in params["Entries"]]
        return {
            "ListEventSourceMappings": {"EventSourceMappings": [self.mapping]},
            "GetQueueUrl": {"QueueUrl": "http://queue"},
            "DeleteMessageBatch": {},
        }[operation]

    async def run(self, config: Any, code: Any, event: Any, request_id: str, *, asynchronous: bool = False) -> Any:
        self.calls.append([one["messageId"] for one in event["Records"]])
        return self.answer

    async def opened(self) -> None:
        """A window was opened: it is, once the mapping was asked for and this loop has gone round a few times."""
        while not self.asked:
            await asyncio.sleep(0)
        for _ in range(10):
            await asyncio.sleep(0)

    async def send(self, *names: str) -> bool:
        """Whether the engine may delete them."""
        async with asyncio.timeout(60):
            return not (await self.windows.invoke(CONFIG, None, event(*names), "id")).get("error")


def test_batches_wait_for_each_other_until_one_is_whole() -> None:
    world = World(BatchSize=3, MaximumBatchingWindowInSeconds=300)

    async def scenario() -> None:
        assert await asyncio.gather(world.send("a"), world.send("b", "c")) == [True, True]

    asyncio.run(scenario())
    assert world.calls == [["a", "b", "c"]]


def test_what_does_not_fit_is_in_the_next_batch() -> None:
    world = World(BatchSize=3, MaximumBatchingWindowInSeconds=300)

    async def scenario() -> None:
        assert all(await asyncio.gather(world.send("a", "b"), world.send("c", "d"), world.send("e")))

    asyncio.run(scenario())
    assert world.calls == [["a", "b"], ["c", "d", "e"]]


def test_what_the_engine_leaves_in_the_queue_is_received_and_what_succeeded_deleted() -> None:
    names = [str(number) for number in range(13)]
    world = World(
        *names, BatchSize=14, MaximumBatchingWindowInSeconds=300, FunctionResponseTypes=["ReportBatchItemFailures"]
    )
    world.answer = {"body": {"batchItemFailures": [{"itemIdentifier": "3"}, {"itemIdentifier": "a"}]}}
    assert asyncio.run(world.send("a"))
    assert world.calls == [["a", *names]]
    assert world.deleted == [f"r-{name}" for name in names if name != "3"]


def test_nothing_is_deleted_when_the_function_fails() -> None:
    world = World("b", BatchSize=2, MaximumBatchingWindowInSeconds=300)
    world.answer = {"body": None, "error": True}
    assert not asyncio.run(world.send("a"))
    assert (world.calls, world.deleted) == ([["a", "b"]], [])


def test_a_window_ends_with_its_time() -> None:
    world = World("b", BatchSize=10, MaximumBatchingWindowInSeconds=5, FilterCriteria={"Filters": [{"Pattern": "{}"}]})

    async def scenario() -> None:
        first = asyncio.create_task(world.send("a"))
        await world.opened()
        world.clock.pass_seconds(5)
        assert await first

    asyncio.run(scenario())
    assert world.calls == [["a"]], "what filters drop is the engine's to say"


def test_those_who_wait_are_let_go() -> None:
    world = World(BatchSize=10, MaximumBatchingWindowInSeconds=300)

    async def scenario(let_go: Any) -> None:
        waiting = asyncio.create_task(world.send("a"))
        await world.opened()
        await let_go()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    async def cleared() -> None:
        world.windows.clear("222222222222")
        world.windows.clear("111111111111")

    asyncio.run(scenario(cleared))
    world.asked = False
    asyncio.run(scenario(world.windows.close))
    assert world.calls == []


def test_without_a_window_a_batch_goes_on_at_once() -> None:
    world = World("b", BatchSize=10, FunctionResponseTypes=["ReportBatchItemFailures"])
    assert asyncio.run(world.send("a"))
    world.answer = {"body": {"batchItemFailures": [{"itemIdentifier": "nobody"}]}}
    assert not asyncio.run(world.send("a"))
    assert world.calls == [["a"], ["a"]]
