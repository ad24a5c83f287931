"""What a changed resource of a template takes, for types that LocalStack 4.14 makes and cannot change. Pure.

LocalStack answers UPDATE_COMPLETE for them and leaves them as they are.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Properties = Mapping[str, Any]
Call = tuple[str, dict[str, Any]]
"""boto3's name of an operation of the type's service, and its parameters."""


@dataclass(frozen=True)
class Change:
    """How one type is changed: boto3's name of its service, the properties that `calls` put right from what they were
    to what they shall be."""

    service: str
    properties: frozenset[str]
    calls: Callable[[Properties, Properties], list[Call]]


AGAIN: dict[str, tuple[str, ...]] = {
    "AWS::ApiGateway::GatewayResponse": (),
    "AWS::CloudWatch::Alarm": ("AlarmName",),
    "AWS::S3::BucketPolicy": (),
    "AWS::SNS::TopicPolicy": ("Id",),
    "AWS::SecretsManager::ResourcePolicy": (),
}
"""Types made by an operation that puts: made again, they are changed. Kept is what a template may leave open."""


def changed(before: Properties, after: Properties, learned: Iterable[str]) -> list[str]:
    """The names of the properties that differ; what CloudFormation has `learned` of a resource is no property."""
    gone = set(before) - set(after) - set(learned)
    return sorted({name for name, value in after.items() if _same(before.get(name)) != _same(value)} | gone)


def _same(value: Any) -> Any:
    """A value without what LocalStack may have made of it: numbers of texts, a name of DynamoDB's own."""
    if isinstance(value, Mapping):
        return {"SSEEnabled" if name == "Enabled" else name: _same(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_same(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, int | float) else value


def _table(before: Properties, after: Properties) -> list[Call]:
    table = {"TableName": before["TableName"]}
    plain = {
        name: after[name]
        for name in ("BillingMode", "ProvisionedThroughput")
        if name in after and before.get(name) != after[name]
    }
    calls: list[Call] = [("update_table", {**table, **plain})] if plain else []
    calls += [("update_table", {**table, **change}) for change in _stream(before, after)]
    calls += [("update_table", {**table, **change}) for change in _indexes(before, after)]
    ttl = "TimeToLiveSpecification"
    if before.get(ttl) != after.get(ttl):
        wanted = after.get(ttl) or {**before[ttl], "Enabled": False}
        calls.append(("update_time_to_live", {**table, ttl: wanted}))
    return [*calls, *_tags(str(before["Arn"]), before.get("Tags") or (), after.get("Tags") or ())]


def _tags(arn: str, before: Iterable[Properties], after: Iterable[Properties]) -> list[Call]:
    put = [dict(tag) for tag in after if tag not in before]
    kept = {tag["Key"] for tag in after}
    gone = [tag["Key"] for tag in before if tag["Key"] not in kept]
    tagged: list[Call] = [("tag_resource", {"ResourceArn": arn, "Tags": put})] if put else []
    return [*tagged, *([("untag_resource", {"ResourceArn": arn, "TagKeys": gone})] if gone else [])]


def _stream(before: Properties, after: Properties) -> Iterable[dict[str, Any]]:
    """A stream that changes is another one."""
    name = "StreamSpecification"
    if before.get(name) == after.get(name):
        return
    if before.get(name):
        yield {name: {"StreamEnabled": False}}
    if after.get(name):
        yield {name: {"StreamEnabled": True, "StreamViewType": after[name]["StreamViewType"]}}


def _indexes(before: Properties, after: Properties) -> Iterable[dict[str, Any]]:
    """DynamoDB makes or deletes one index at a time; one whose keys change is another one."""
    name = "GlobalSecondaryIndexes"
    had = {index["IndexName"]: index for index in before.get(name) or ()}
    wanted = {index["IndexName"]: index for index in after.get(name) or ()}
    for index in had:
        if had[index] != wanted.get(index):
            yield {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": index}}]}
    for index, description in wanted.items():
        if had.get(index) != description:
            yield {
                "AttributeDefinitions": after.get("AttributeDefinitions") or [],
                "GlobalSecondaryIndexUpdates": [{"Create": description}],
            }


def _rule(before: Properties, after: Properties) -> list[Call]:
    name = str(before["Id"]).rpartition("|")[2]
    bus = {"EventBusName": after["EventBusName"]} if after.get("EventBusName") else {}
    kept = ("ScheduleExpression", "State", "Description", "RoleArn")
    rule: dict[str, Any] = {key: after[key] for key in kept if key in after}
    if "EventPattern" in after:
        pattern = after["EventPattern"]
        rule["EventPattern"] = pattern if isinstance(pattern, str) else json.dumps(pattern)
    calls: list[Call] = [("put_rule", {"Name": name, **bus, **rule})]
    wanted = after.get("Targets") or []
    ids = {target["Id"] for target in wanted}
    gone = [target["Id"] for target in before.get("Targets") or [] if target["Id"] not in ids]
    if gone:
        calls.append(("remove_targets", {"Rule": name, **bus, "Ids": gone}))
    return [*calls, ("put_targets", {"Rule": name, **bus, "Targets": wanted})] if wanted else calls


def _log_group(before: Properties, after: Properties) -> list[Call]:
    group = {"logGroupName": before["LogGroupName"]}
    if "RetentionInDays" in after:
        return [("put_retention_policy", {**group, "retentionInDays": after["RetentionInDays"]})]
    return [("delete_retention_policy", group)]


def _url(_before: Properties, after: Properties) -> list[Call]:
    wanted = {"Cors": after.get("Cors") or {}, "InvokeMode": after.get("InvokeMode") or "BUFFERED"}
    function = {"FunctionName": after["TargetFunctionArn"], "AuthType": after["AuthType"]}
    if after.get("Qualifier"):
        function["Qualifier"] = after["Qualifier"]
    return [("update_function_url_config", {**function, **wanted})]


def _alias(before: Properties, after: Properties) -> list[Call]:
    wanted = {
        "FunctionVersion": after["FunctionVersion"],
        "Description": after.get("Description") or "",
        "RoutingConfig": after.get("RoutingConfig") or {},
    }
    return [("update_alias", {"FunctionName": before["FunctionName"], "Name": before["Name"], **wanted})]


_TABLE = frozenset(
    {"AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes"}
    | {"ProvisionedThroughput", "StreamSpecification", "Tags", "TimeToLiveSpecification"}
)
_RULE = ("Description", "EventPattern", "RoleArn", "ScheduleExpression", "State", "Targets")

CHANGES: dict[str, Change] = {
    "AWS::DynamoDB::Table": Change("dynamodb", _TABLE, _table),
    "AWS::Events::Rule": Change("events", frozenset(_RULE), _rule),
    "AWS::Lambda::Alias": Change("lambda", frozenset({"Description", "FunctionVersion", "RoutingConfig"}), _alias),
    "AWS::Lambda::Url": Change("lambda", frozenset({"AuthType", "Cors", "InvokeMode"}), _url),
    "AWS::Logs::LogGroup": Change("logs", frozenset({"RetentionInDays"}), _log_group),
}
"""Each has a test against LocalStack itself."""
