"""Items go past LocalStack 4.14.0 to the DynamoDB Local that it has started, and nobody can tell but by the time."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from groundcloud.hostengine.engine import HostEngine
from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.localstack import launch
from tests.support.processes import poll, quiet_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

KEY, OTHER = {"id": {"S": "one"}}, "eu-west-1"


class Both:
    """A cloud and the LocalStack behind it."""

    def __init__(self, engine: HostEngine, cloud: Cloud) -> None:
        self.engine, self.cloud = engine, cloud

    @property
    def seen(self) -> int:
        """How many operations on items LocalStack has logged."""
        lines = self.engine.log.read_text(errors="replace").splitlines()
        return sum("AWS dynamodb." in line and "Item =>" in line for line in lines)

    def wait_for_the_short_way(self, dynamodb: Any, table: str) -> None:
        """Put an item until LocalStack has not seen it, which logs a call before it answers. The way is open a moment
        after the first one, and again a moment after LocalStack has ended an idle connection."""

        def passes() -> bool:
            before = self.seen
            dynamodb.put_item(TableName=table, Item=KEY)
            return self.seen == before

        poll(passes, timeout=120, what="the short way", every=0.5)


@contextlib.contextmanager
def over_localstack(folder: Path) -> Iterator[Both]:
    port = quiet_port()
    with HostEngine(launch(folder / "localstack", f"http://127.0.0.1:{port}")) as engine:
        cloud = Cloud(folder / "cloud", port=port, profile="localstack", localstack_url=engine.address)
        try:
            yield Both(engine, cloud.start())
        finally:
            cloud.close()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    with over_localstack(tmp_path_factory.mktemp("items")) as both:
        dynamodb = both.cloud.client("dynamodb", new_account())
        make_table(dynamodb, "first")
        both.wait_for_the_short_way(dynamodb, "first")
        yield both


def make_table(dynamodb: Any, name: str, **further: Any) -> None:
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **further,
    )


def message(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_an_item_is_the_same_on_both_ways(both: Both) -> None:
    account = new_account()
    here = both.cloud.client("dynamodb", account)
    make_table(here, "items")
    both.wait_for_the_short_way(here, "items")
    here.put_item(TableName="items", Item={**KEY, "n": {"N": "1"}, "b": {"B": b"\0\xff"}})
    here.update_item(
        TableName="items", Key=KEY, UpdateExpression="SET n = n + :o", ExpressionAttributeValues={":o": {"N": "1"}}
    )
    found = here.get_item(TableName="items", Key=KEY, ConsistentRead=True)["Item"]
    assert found == {**KEY, "n": {"N": "2"}, "b": {"B": b"\0\xff"}}
    assert here.scan(TableName="items")["Items"] == [found]
    with contextlib.closing(Aws(both.engine.address, account)) as aws:
        there = aws.client("dynamodb")
        assert there.get_item(TableName="items", Key=KEY)["Item"] == found
        there.delete_item(TableName="items", Key=KEY)
    assert "Item" not in here.get_item(TableName="items", Key=KEY)


def test_accounts_and_regions_are_apart(both: Both) -> None:
    one, other = both.cloud.client("dynamodb", new_account()), both.cloud.client("dynamodb", new_account())
    make_table(one, "mine")
    one.put_item(TableName="mine", Item=KEY)
    assert message(other.get_item, TableName="mine", Key=KEY)[0] == "ResourceNotFoundException"
    with contextlib.closing(Aws(both.cloud.endpoint, new_account(), region=OTHER)) as aws:
        make_table(aws.client("dynamodb"), "mine")
        assert aws.client("dynamodb").scan(TableName="mine")["Items"] == []


def test_a_replica_of_a_global_table_has_its_items(both: Both) -> None:
    account = new_account()
    home = both.cloud.client("dynamodb", account)
    make_table(home, "global", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    home.update_table(TableName="global", ReplicaUpdates=[{"Create": {"RegionName": OTHER}}])
    home.put_item(TableName="global", Item=KEY)
    with contextlib.closing(Aws(both.cloud.endpoint, account, region=OTHER)) as aws:
        away = aws.client("dynamodb")
        assert away.get_item(TableName="global", Key=KEY)["Item"] == KEY
        away.put_item(TableName="global", Item={"id": {"S": "away"}})
    assert home.get_item(TableName="global", Key={"id": {"S": "away"}})["Item"] == {"id": {"S": "away"}}


def test_a_stream_has_what_was_written(both: Both) -> None:
    account = new_account()
    dynamodb = both.cloud.client("dynamodb", account)
    make_table(dynamodb, "streamed", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
    arn = dynamodb.describe_table(TableName="streamed")["Table"]["LatestStreamArn"]
    both.wait_for_the_short_way(dynamodb, "streamed")
    streams = both.cloud.client("dynamodbstreams", account)

    def records() -> Any:
        shards = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        start = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shards[0]["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        return streams.get_records(ShardIterator=start)["Records"]

    record = poll(records, timeout=120, what="the record of the item", every=0.5)[0]
    assert (record["eventName"], record["dynamodb"]["NewImage"]) == ("INSERT", KEY)


def test_what_has_expired_is_deleted(both: Both) -> None:
    dynamodb = both.cloud.client("dynamodb", new_account())
    make_table(dynamodb, "expiring")
    dynamodb.update_time_to_live(
        TableName="expiring", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    dynamodb.put_item(TableName="expiring", Item={**KEY, "until": {"N": "1"}})
    both.cloud.http.delete(f"{both.engine.address}/_aws/dynamodb/expired").raise_for_status()
    assert dynamodb.scan(TableName="expiring")["Items"] == []


def test_errors_are_localstacks(both: Both) -> None:
    account = new_account()
    with contextlib.closing(Aws(both.engine.address, account)) as aws:
        here, there = both.cloud.client("dynamodb", account), aws.client("dynamodb")
        make_table(here, "refusing")
        here.put_item(TableName="refusing", Item=KEY)
        for parameters in (
            {"TableName": "nowhere", "Item": KEY},
            {"TableName": "refusing", "Item": {"wrong": {"S": "key"}}},
            {"TableName": "refusing", "Item": KEY, "ConditionExpression": "attribute_not_exists(id)"},
            {"TableName": "refusing", "Item": KEY, "ConditionExpression": "this is none"},
        ):
            assert message(here.put_item, **parameters) == message(there.put_item, **parameters)


def test_a_reset_forgets_the_tables(both: Both) -> None:
    dynamodb = both.cloud.client("dynamodb", new_account())
    make_table(dynamodb, "forgotten")
    both.wait_for_the_short_way(dynamodb, "forgotten")
    assert both.cloud.control("/reset", "POST").status_code == 200
    assert message(dynamodb.get_item, TableName="forgotten", Key=KEY)[0] == "ResourceNotFoundException"
    make_table(dynamodb, "forgotten")
    both.wait_for_the_short_way(dynamodb, "forgotten")
    assert dynamodb.scan(TableName="forgotten")["Items"] == [KEY]


def test_what_a_killed_localstack_leaves_behind_is_not_asked(tmp_path: Path) -> None:
    with over_localstack(tmp_path) as both:
        dynamodb = both.cloud.client("dynamodb", new_account())
        make_table(dynamodb, "left")
        both.wait_for_the_short_way(dynamodb, "left")
        assert both.engine.pid is not None
        os.kill(both.engine.pid, signal.SIGKILL)

        def refused() -> tuple[str, str] | None:
            with contextlib.suppress(ClientError):
                dynamodb.get_item(TableName="left", Key=KEY)
                return None
            return message(dynamodb.get_item, TableName="left", Key=KEY)

        code, text = poll(refused, timeout=60, what="that nobody answers")
        assert code == "ServiceUnavailable"
        assert both.engine.address in text
