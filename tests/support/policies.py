"""Runs a system under the policies that are generated from what its functions were seen to do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from tests.support.cloud import Cloud
from tests.support.users import deny, document

Policies = dict[str, str]


def replaced(cloud: Cloud, role: str, wanted: Policies) -> Policies:
    """Give the role these inline policies, by name, in place of its own; returns those."""
    iam = cloud.client("iam")
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    had: Policies = {}
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        had[name] = json.dumps(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    for name, text in wanted.items():
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=text)
    return had


def advice(cloud: Cloud, function: str) -> dict[str, Any]:
    """What `make policy` shows."""
    return dict(cloud.control("/iam/policy", params={"function": function}).json())


def run_under_generated(
    cloud: Cloud, functions: Iterable[str], story: Callable[[], None], is_refused: Callable[[], bool]
) -> None:
    """`story`, then again with what was generated from it; `is_refused` says that without any policy nothing works."""
    story()
    found = {name: advice(cloud, name) for name in functions}
    for name, one in found.items():
        assert one["seen"] > 0 and one["missing"] == [], (name, one)
    roles = {one["role"].rpartition("/")[2]: json.dumps(one["policy"]) for one in found.values()}
    nothing = {"generated": document(deny("*", "*"))}
    had = {role: replaced(cloud, role, nothing) for role in roles}
    try:
        assert is_refused()
        for role, generated in roles.items():
            replaced(cloud, role, {"generated": generated})
        story()
    finally:
        for role, policies in had.items():
            replaced(cloud, role, policies)
