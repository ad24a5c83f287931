"""Who looks at the cloud through the console does not change what there is to be seen."""

from __future__ import annotations

from groundcloud.settings import read_settings
from tests.support.cloud import Cloud
from ui.readers.aws import AwsDoor
from ui.readers.types import Scope


def test_what_the_console_reads_leaves_no_trace_and_what_it_writes_does(cloud: Cloud, account: str) -> None:
    tables = AwsDoor(read_settings(cloud.environ)).client("dynamodb", Scope(account, "us-east-1"))
    tables.list_tables()
    tables.create_table(
        TableName="seen",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    found = cloud.control("/traces", params={"account": account}).json()["traces"]
    assert [(each["operation"], each["spans"]) for each in found] == [("CreateTable", 1)]
