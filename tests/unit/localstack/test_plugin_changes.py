"""Changes of resources whose types LocalStack's CloudFormation makes and cannot change.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from __future__ import annotations

from typing import Any

import pytest
from groundcloud_localstack.changes import AGAIN, CHANGES, changed

TABLE = {"TableName": "t", "Arn": "arn:t", "BillingMode": "PAY_PER_REQUEST"}
RULE = {"Id": "bus|rule", "Arn": "arn:rule"}
FIRST, SECOND = ({"IndexName": name, "KeySchema": []} for name in ("first", "second"))


def calls(kind: str, before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return CHANGES[f"AWS::{kind}"].calls(before, after)


def test_what_cloudformation_learned_is_no_property() -> None:
    before = {"Name": "n", "Arn": "arn", "Size": 5, "On": True, "Gone": 1}
    assert changed(before, {"Size": "5", "On": "true", "New": 1}, ["Name", "Arn"]) == ["Gone", "New"]
    assert changed(before, {"Size": 6, "On": False, "Gone": 1}, ["Name", "Arn"]) == ["On", "Size"]


def test_a_property_that_dynamodb_calls_otherwise_is_the_same() -> None:
    assert changed({"SSESpecification": {"Enabled": True}}, {"SSESpecification": {"SSEEnabled": True}}, []) == []


def test_no_type_is_changed_in_two_ways() -> None:
    assert not AGAIN.keys() & CHANGES.keys()


def test_indexes_are_made_and_deleted_one_at_a_time() -> None:
    before = {**TABLE, "GlobalSecondaryIndexes": [FIRST]}
    after = {**TABLE, "GlobalSecondaryIndexes": [SECOND], "AttributeDefinitions": ["a"]}
    delete, create = calls("DynamoDB::Table", before, after)
    assert delete[1]["GlobalSecondaryIndexUpdates"] == [{"Delete": {"IndexName": "first"}}]
    assert create[1]["GlobalSecondaryIndexUpdates"] == [{"Create": SECOND}]
    assert create[1]["AttributeDefinitions"] == ["a"]


def test_a_stream_of_another_kind_is_another_stream() -> None:
    before = {**TABLE, "StreamSpecification": {"StreamViewType": "NEW_IMAGE"}}
    after = {**TABLE, "StreamSpecification": {"StreamViewType": "KEYS_ONLY"}}
    found = [parameters["StreamSpecification"] for _, parameters in calls("DynamoDB::Table", before, after)]
    assert found == [{"StreamEnabled": False}, {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}]


def test_expiry_capacity_and_tags_of_a_table() -> None:
    expiry = {"AttributeName": "until", "Enabled": True}
    before = {**TABLE, "TimeToLiveSpecification": expiry, "Tags": [{"Key": "a", "Value": "1"}]}
    after = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": {}, "Tags": [{"Key": "b", "Value": "2"}]}
    assert calls("DynamoDB::Table", before, after) == [
        ("update_table", {"TableName": "t", "BillingMode": "PROVISIONED", "ProvisionedThroughput": {}}),
        ("update_time_to_live", {"TableName": "t", "TimeToLiveSpecification": {**expiry, "Enabled": False}}),
        ("tag_resource", {"ResourceArn": "arn:t", "Tags": [{"Key": "b", "Value": "2"}]}),
        ("untag_resource", {"ResourceArn": "arn:t", "TagKeys": ["a"]}),
    ]


def test_a_rules_targets_come_and_go() -> None:
    before = {**RULE, "Targets": [{"Id": "old", "Arn": "a"}]}
    after = {"EventBusName": "bus", "EventPattern": {"source": ["app"]}, "Targets": [{"Id": "new", "Arn": "b"}]}
    put, remove, targets = calls("Events::Rule", before, after)
    assert put[1] == {"Name": "rule", "EventBusName": "bus", "EventPattern": '{"source": ["app"]}'}
    assert (remove[1]["Ids"], targets[1]["Targets"]) == (["old"], after["Targets"])
    assert [operation for operation, _ in calls("Events::Rule", before, {})] == ["put_rule", "remove_targets"]


@pytest.mark.parametrize(
    ("after", "operation"),
    [({"RetentionInDays": 7}, "put_retention_policy"), ({}, "delete_retention_policy")],
    ids=["kept-for-days", "kept-for-ever"],
)
def test_how_long_a_log_group_is_kept(after: dict[str, Any], operation: str) -> None:
    assert [call[0] for call in calls("Logs::LogGroup", {"LogGroupName": "g"}, after)] == [operation]


def test_what_a_template_has_no_more_of_an_alias_and_a_url_is_taken_away() -> None:
    ((_, alias),) = calls("Lambda::Alias", {"FunctionName": "f", "Name": "live"}, {"FunctionVersion": "2"})
    assert (alias["FunctionVersion"], alias["Description"], alias["RoutingConfig"]) == ("2", "", {})
    ((_, url),) = calls("Lambda::Url", {}, {"TargetFunctionArn": "f", "Qualifier": "live", "AuthType": "NONE"})
    assert url == {
        "FunctionName": "f",
        "Qualifier": "live",
        "AuthType": "NONE",
        "Cors": {},
        "InvokeMode": "BUFFERED",
    }
