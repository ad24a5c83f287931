"""Changes of a role that exists.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from groundcloud_localstack.rolechanges import role_changes

TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}
READ, WRITE = (
    {"Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]} for action in ("s3:Get*", "s3:Put*")
)


def policy(name: str, document: Any) -> dict[str, Any]:
    return {"PolicyName": name, "PolicyDocument": document}


def test_a_role_that_is_the_same_takes_no_call() -> None:
    role = {"AssumeRolePolicyDocument": TRUST, "Policies": [policy("a", READ)], "Tags": [{"Key": "k", "Value": "v"}]}
    assert role_changes({**role, "Arn": "arn", "RoleName": "r"}, role) == []


def test_inline_policies_are_put_and_taken_away() -> None:
    before = {"Policies": [policy("kept", READ), policy("changed", READ), policy("gone", READ)]}
    after = {"Policies": [policy("kept", READ), policy("changed", WRITE), policy("new", WRITE)]}
    written = json.dumps({"Version": "2012-10-17", **WRITE})
    assert role_changes(before, after) == [
        ("put_role_policy", {"PolicyName": "changed", "PolicyDocument": written}),
        ("put_role_policy", {"PolicyName": "new", "PolicyDocument": written}),
        ("delete_role_policy", {"PolicyName": "gone"}),
    ]


@pytest.mark.parametrize(
    ("before", "after", "calls"),
    [
        pytest.param(
            {"ManagedPolicyArns": ["a", "b"]},
            {"ManagedPolicyArns": ["b", "c"]},
            [("attach_role_policy", {"PolicyArn": "c"}), ("detach_role_policy", {"PolicyArn": "a"})],
            id="managed",
        ),
        pytest.param(
            {"AssumeRolePolicyDocument": READ},
            {"AssumeRolePolicyDocument": {**TRUST, "Version": "2008-10-17"}},
            [("update_assume_role_policy", {"PolicyDocument": json.dumps({"Version": "2008-10-17", **TRUST})})],
            id="trust",
        ),
        pytest.param(
            {"Description": "old"},
            {"MaxSessionDuration": "7200"},
            [("update_role", {"Description": "", "MaxSessionDuration": 7200})],
            id="plain",
        ),
        pytest.param(
            {},
            {"PermissionsBoundary": "a"},
            [("put_role_permissions_boundary", {"PermissionsBoundary": "a"})],
            id="boundary",
        ),
        pytest.param(
            {"PermissionsBoundary": "a"}, {}, [("delete_role_permissions_boundary", {})], id="no-boundary-any-more"
        ),
        pytest.param(
            {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "1"}]},
            {"Tags": [{"Key": "b", "Value": "2"}]},
            [("tag_role", {"Tags": [{"Key": "b", "Value": "2"}]}), ("untag_role", {"TagKeys": ["a"]})],
            id="tags",
        ),
    ],
)
def test_what_a_change_takes(before: dict[str, Any], after: dict[str, Any], calls: list[Any]) -> None:
    assert role_changes(before, after) == calls
