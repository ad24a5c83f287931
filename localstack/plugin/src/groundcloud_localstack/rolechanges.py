"""What a changed role of a template takes: LocalStack 4.14 drops changes of inline policies and of most else, and makes
the role anew, under another name, for the rest. Pure.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Call = tuple[str, dict[str, Any]]
"""boto3's name of an operation of IAM, and its parameters but for the role's name."""

_PLAIN = {"Description": "", "MaxSessionDuration": 3600}
"""Properties of UpdateRole, with what a role has that names none."""

_VERSION = "2012-10-17"


def role_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Call]:
    """The calls that make of a role with the properties `before` one with those `after`; no right is missing meanwhile
    that both have."""
    return [
        *_trust(before, after),
        *_plain(before, after),
        *_boundary(before, after),
        *_managed(before.get("ManagedPolicyArns") or (), after.get("ManagedPolicyArns") or ()),
        *_inline(before.get("Policies") or (), after.get("Policies") or ()),
        *_tags(before.get("Tags") or (), after.get("Tags") or ()),
    ]


def _trust(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Call]:
    name = "AssumeRolePolicyDocument"
    if before.get(name) == after.get(name):
        return []
    return [("update_assume_role_policy", {"PolicyDocument": _text(after.get(name))})]


def _plain(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Call]:
    if all(before.get(name) == after.get(name) for name in _PLAIN):
        return []
    return [
        (
            "update_role",
            {
                "Description": str(after.get("Description", _PLAIN["Description"])),
                "MaxSessionDuration": int(after.get("MaxSessionDuration", _PLAIN["MaxSessionDuration"])),
            },
        )
    ]


def _boundary(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Call]:
    wanted = after.get("PermissionsBoundary")
    if before.get("PermissionsBoundary") == wanted:
        return []
    if wanted:
        return [("put_role_permissions_boundary", {"PermissionsBoundary": wanted})]
    return [("delete_role_permissions_boundary", {})]


def _managed(before: Any, after: Any) -> list[Call]:
    attached: list[Call] = [("attach_role_policy", {"PolicyArn": arn}) for arn in after if arn not in before]
    return [*attached, *(("detach_role_policy", {"PolicyArn": arn}) for arn in before if arn not in after)]


def _inline(before: Any, after: Any) -> list[Call]:
    had = {policy["PolicyName"]: policy["PolicyDocument"] for policy in before}
    wanted = {policy["PolicyName"]: policy["PolicyDocument"] for policy in after}
    put: list[Call] = [
        ("put_role_policy", {"PolicyName": name, "PolicyDocument": _text(document)})
        for name, document in wanted.items()
        if had.get(name) != document
    ]
    return [*put, *(("delete_role_policy", {"PolicyName": name}) for name in had if name not in wanted)]


def _tags(before: Any, after: Any) -> list[Call]:
    put = [tag for tag in after if tag not in before]
    gone = [tag["Key"] for tag in before if tag["Key"] not in {kept["Key"] for kept in after}]
    tagged: list[Call] = [("tag_role", {"Tags": put})] if put else []
    return [*tagged, *([("untag_role", {"TagKeys": gone})] if gone else [])]


def _text(document: Any) -> str:
    """A policy as IAM takes it, which wants a version."""
    return json.dumps({"Version": _VERSION, **document}) if isinstance(document, dict) else str(document)
