"""Which requests to DynamoDB may go past LocalStack, and how they go on."""

from __future__ import annotations

import pytest

from groundcloud.engines.localstack.itemcalls import (
    ItemCall,
    for_dynamodb_local,
    is_checked_by_localstack,
    item_call,
)

ROOTS = frozenset({"test", "admin"})


def found(
    target: str = "DynamoDB_20120810.PutItem",
    credential: str = "111122223333/20260101/eu-west-1/dynamodb/aws4_request",
    kind: str = "application/x-amz-json-1.0",
    **others: str,
) -> ItemCall | None:
    headers = {
        "X-Amz-Target": target,
        "content-type": kind,
        "authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=00",
        **{name.replace("_", "-"): value for name, value in others.items()},
    }
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    return item_call(pairs, ROOTS, "000000000000")


def test_an_operation_on_items_names_whose_they_are() -> None:
    assert found() == ItemCall("DynamoDB_20120810.PutItem", "111122223333", "eu-west-1")
    by_name = found(credential="admin/20260101/us-east-1/dynamodb/aws4_request")
    assert by_name == ItemCall("DynamoDB_20120810.PutItem", "000000000000", "us-east-1")


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"target": "DynamoDB_20120810.CreateTable"}, id="tables"),
        pytest.param({"target": "DynamoDB_20120810.TransactWriteItems"}, id="transactions"),
        pytest.param({"target": "DynamoDB_20120810.ExecuteStatement"}, id="partiql"),
        pytest.param({"target": "DynamoDBStreams_20120810.GetRecords"}, id="streams"),
        pytest.param({"credential": "ASIAQWERTZ/20260101/us-east-1/dynamodb/aws4_request"}, id="a-session's-key"),
        pytest.param({"credential": "111122223333/20260101/us-east-1/s3/aws4_request"}, id="another-service"),
        pytest.param({"kind": "application/x-amz-json-1.1"}, id="another-protocol"),
        pytest.param({"origin": "http://page.example"}, id="a-browser"),
        pytest.param({"content_encoding": "gzip"}, id="packed"),
    ],
)
def test_everything_else_is_localstacks(changed: dict[str, str]) -> None:
    assert found(**changed) is None


def test_a_query_of_an_index_for_all_attributes_is_localstacks_to_check() -> None:
    query, scan = (ItemCall(f"DynamoDB_20120810.{name}", "111122223333", "us-east-1") for name in ("Query", "Scan"))
    body = b'{"TableName": "t", "IndexName": "i", "Select": "ALL_ATTRIBUTES"}'
    assert is_checked_by_localstack(query, body)
    assert not is_checked_by_localstack(scan, body)
    assert not is_checked_by_localstack(query, b'{"TableName": "t"}')


def test_dynamodb_local_keeps_accounts_and_regions_apart_by_the_key() -> None:
    request = for_dynamodb_local("DynamoDB_20120810.GetItem", "111122223333", "eu-west-1", b"{}")
    assert (request.method, request.raw_path, request.body) == ("POST", "/", b"{}")
    assert "Credential=111122223333euwest1/20000101/eu-west-1/dynamodb/" in str(request.headers.get("Authorization"))
