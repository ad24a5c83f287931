"""From an API call to what is to be decided about it: the one door to the rules."""

from __future__ import annotations

from typing import Any

from groundcloud.iam.checks import Check, Place, account_of_arn, dicts
from groundcloud.iam.generic_resources import generic_resources
from groundcloud.iam.operations import action_of
from groundcloud.iam.params import Call
from groundcloud.iam.passing import passed_roles
from groundcloud.iam.service_rules import RULES
from groundcloud.iam.storage_rules import dynamodb_checks, s3_checks
from groundcloud.ports import Scope


def checks_of(call: Call, params: dict[str, Any], scope: Scope) -> list[Check]:
    """Every action and resource that must be allowed, the call's own first; all of them have to be."""
    place = Place(scope)
    if call.service == "dynamodb":
        return dynamodb_checks(call, params, place)
    if call.service == "s3":
        return s3_checks(call, params)
    rule = RULES.get(call.service)
    found = rule(call, params, place) if rule else []
    if not found:
        action = action_of(call.service, call.operation, call.method)
        found = [Check(action, arn, account=account_of_arn(arn)) for arn in generic_resources(action, params, scope)]
    return [*found, *passed_roles(call, params, scope)]


def tag_keys(params: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """``aws:RequestTag/KEY`` and ``aws:TagKeys`` of the tags that the call names
    (docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html)."""
    tags: dict[str, str] = {}
    named: list[str] = []
    for name in ("Tags", "tags", "TagList", "tagList"):
        value = params.get(name)
        if isinstance(value, dict):
            tags.update({str(key): str(item) for key, item in value.items()})
        for item in dicts(value):
            key = item.get("Key", item.get("key", item.get("TagKey")))
            if isinstance(key, str):
                tags[key] = str(item.get("Value", item.get("value", item.get("TagValue", ""))))
    for name in ("TagKeys", "tagKeys"):
        value = params.get(name)
        named += [key for key in value if isinstance(key, str)] if isinstance(value, list) else []
    keys: dict[str, tuple[str, ...]] = {f"aws:RequestTag/{key}": (value,) for key, value in tags.items()}
    if tags or named:
        keys["aws:TagKeys"] = tuple(dict.fromkeys((*tags, *named)))
    return keys
