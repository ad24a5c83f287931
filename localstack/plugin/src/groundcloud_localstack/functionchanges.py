"""What a function of a template takes beside what LocalStack 4.14 gives it: that drops some properties, and keeps
what a changed template has no more. Pure.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Call = tuple[str, dict[str, Any]]
"""boto3's name of an operation of Lambda, and its parameters but for the function."""

_NONE: dict[str, Any] = {
    "DeadLetterConfig": {"TargetArn": ""},
    "Description": "",
    "Environment": {"Variables": {}},
    "Layers": [],
    "MemorySize": 128,
    "Timeout": 3,
    "TracingConfig": {"Mode": "PassThrough"},
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
}
"""What a function has whose template says nothing of it, of what LocalStack changes."""


def with_nothing_left(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """`after`, with what a function has by itself for what only `before` says."""
    return {**{name: none for name, none in _NONE.items() if name in before}, **after}


def function_settings(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Call]:
    """The calls that put what LocalStack drops; for a function that was made, `before` is empty."""
    return [
        *_storage(before, after),
        *_reserve(before.get("ReservedConcurrentExecutions"), after.get("ReservedConcurrentExecutions")),
        *_recursion(before.get("RecursiveLoop", "Terminate"), after.get("RecursiveLoop", "Terminate")),
        *(_tags(before.get("Tags") or (), after.get("Tags") or ()) if before else ()),
    ]


def _storage(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Call]:
    size, had = (int((each.get("EphemeralStorage") or {}).get("Size", 512)) for each in (after, before))
    return [] if size == had else [("update_function_configuration", {"EphemeralStorage": {"Size": size}})]


def _reserve(had: Any, wanted: Any) -> list[Call]:
    if str(had) == str(wanted):
        return []
    if wanted is None:
        return [("delete_function_concurrency", {})]
    return [("put_function_concurrency", {"ReservedConcurrentExecutions": int(wanted)})]


def _recursion(had: str, wanted: str) -> list[Call]:
    return [] if had == wanted else [("put_function_recursion_config", {"RecursiveLoop": wanted})]


def _tags(had: Any, wanted: Any) -> list[Call]:
    put = {tag["Key"]: str(tag["Value"]) for tag in wanted if tag not in had}
    gone = sorted({tag["Key"] for tag in had} - {tag["Key"] for tag in wanted})
    tagged: list[Call] = [("tag_resource", {"Tags": put})] if put else []
    return [*tagged, *([("untag_resource", {"TagKeys": gone})] if gone else [])]
