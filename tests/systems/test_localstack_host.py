"""LocalStack 4.14.0 itself, installed from PyPI and npm and run without Docker."""

from __future__ import annotations

import contextlib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from groundcloud.hostengine.engine import HostEngine
from tests.support.aws import Aws
from tests.support.localstack import launch
from tests.support.processes import poll, quiet_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostEngine]:
    with HostEngine(launch(tmp_path_factory.mktemp("localstack"), f"http://127.0.0.1:{quiet_port()}")) as engine:
        yield engine


@pytest.fixture
def aws_here(engine: HostEngine) -> Iterator[Aws]:
    with contextlib.closing(Aws(engine.address, "test")) as aws:
        yield aws


def test_dynamodb_local_of_npm_keeps_items(aws_here: Aws) -> None:
    dynamodb = aws_here.client("dynamodb")
    dynamodb.create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.put_item(TableName="table", Item={"k": {"S": "a"}})
    assert dynamodb.get_item(TableName="table", Key={"k": {"S": "a"}})["Item"] == {"k": {"S": "a"}}


def test_s3_keeps_objects(aws_here: Aws) -> None:
    s3 = aws_here.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"text")
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"text"


def test_kinesis_of_npm_keeps_records(aws_here: Aws) -> None:
    kinesis = aws_here.client("kinesis")
    kinesis.create_stream(StreamName="clicks", ShardCount=1)

    def active() -> bool:
        described = kinesis.describe_stream_summary(StreamName="clicks")["StreamDescriptionSummary"]
        return bool(described["StreamStatus"] == "ACTIVE")

    poll(active, timeout=120, what="the stream")
    shard = kinesis.put_record(StreamName="clicks", Data=b"text", PartitionKey="one")["ShardId"]
    start = kinesis.get_shard_iterator(StreamName="clicks", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = kinesis.get_records(ShardIterator=start["ShardIterator"])["Records"]
    assert [record["Data"] for record in records] == [b"text"]


def test_it_listens_on_no_other_address_of_the_machine(engine: HostEngine) -> None:
    port = urlsplit(engine.address).port
    socket.create_connection(("127.0.0.1", port), timeout=60).close()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.2", port), timeout=60)


def test_it_ends_with_everything_it_started(tmp_path: Path) -> None:
    engine = HostEngine(launch(tmp_path, f"http://127.0.0.1:{quiet_port()}"))
    with engine:
        with contextlib.closing(Aws(engine.address, "test")) as aws:
            aws.client("dynamodb").list_tables()
        assert "DynamoDBLocal.jar" in commands(tmp_path)
    poll(lambda: not commands(tmp_path), timeout=120, what="the end of all its processes")


def commands(folder: Path) -> str:
    """The commands of the processes that name a file below `folder`."""
    listed = subprocess.run(["ps", "-axww", "-o", "args="], capture_output=True, text=True, check=True).stdout
    return "\n".join(line for line in listed.splitlines() if f"{folder}/" in line)
