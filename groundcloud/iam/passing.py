"""Roles that a call hands to a service: each needs ``iam:PassRole`` on the role.

Source: docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html. That a member of an operation's input names
a role, its model says: every such member of a writing operation passes it. Which service gets the role
(``iam:PassedToService``) is the called one, unless the reference of the service names another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.model import Shape

from groundcloud.engines.models import service_model
from groundcloud.iam.checks import Check, account_of_arn, dicts, text
from groundcloud.iam.operations import prefix_of
from groundcloud.iam.params import Call
from groundcloud.ports import Scope

_ROLE_MEMBER = re.compile(r"(?!.*(principal|backend|customrole)).*role(arn)?", re.IGNORECASE)
_HANDS_NOTHING_ON = re.compile(r"(Assume|Batch|Delete|Deregister|Describe|Disassociate|Get|List|Remove|Search|Test)")
_DELETING = frozenset({("cloudformation", "DeleteStack")})
_JUDGED_OTHERWISE = frozenset({"dynamodb", "iam", "lakeformation", "organizations", "s3", "sso-admin", "sts"})
_OTHER_MEMBERS = {
    ("apigateway", "CreateAuthorizer"): "authorizercredentials",
    ("apigateway", "PutIntegration"): "credentials",
    ("apigatewayv2", "CreateAuthorizer"): "authorizercredentialsarn",
    ("apigatewayv2", "CreateIntegration"): "credentialsarn",
    ("apigatewayv2", "UpdateAuthorizer"): "authorizercredentialsarn",
    ("apigatewayv2", "UpdateIntegration"): "credentialsarn",
    ("cognito-identity", "SetIdentityPoolRoles"): "roles",
}
"""Members that are not called after roles."""

_BY_NAME = frozenset({"glue"})
"""Services that take a role's name, too."""

_PASSED_TO = {
    ("cloudwatch", "PutMetricStream"): "streams.metrics.cloudwatch",
    ("ec2", "CreateFlowLogs"): "vpc-flow-logs",
    ("ec2", "RequestSpotFleet"): "spotfleet",
    ("ecs", "RegisterTaskDefinition"): "ecs-tasks",
    ("ecs", "RunTask"): "ecs-tasks",
    ("ecs", "StartTask"): "ecs-tasks",
    ("rds", "CreateDBInstance"): "monitoring.rds",
    ("rds", "ModifyDBInstance"): "monitoring.rds",
}
_PROFILED = frozenset({"AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation", "RunInstances"})


def passed_roles(call: Call, params: dict[str, Any], scope: Scope) -> list[Check]:
    """One ``iam:PassRole`` for each role in the call's parameters; of an instance profile, which stands for its role,
    with the profile's ARN (`Lookups` knows the role)."""
    if call.service == "ec2" and call.operation in _PROFILED:
        return [_passed(profile, "ec2") for profile in _profiles(params, scope)]
    if call.service == "iam" and call.operation == "AddRoleToInstanceProfile":
        return [_passed(_role_arn(text(params, "RoleName"), scope), "ec2")]
    members = role_members(call.service, call.operation)
    if not members:
        return []
    roles = dict.fromkeys(_roles(params, members, call.service in _BY_NAME, scope))
    service = _PASSED_TO.get((call.service, call.operation)) or prefix_of(call.service)
    return [_passed(role, service) for role in roles]


@cache
def role_members(service: str, operation: str) -> frozenset[str]:
    """The members, in small letters, by which the operation takes roles; none for one that passes none."""
    if service in _JUDGED_OTHERWISE or (_HANDS_NOTHING_ON.match(operation) and (service, operation) not in _DELETING):
        return frozenset()
    model = service_model(service)
    shape = model.operation_model(operation).input_shape if operation in model.operation_names else None
    found = frozenset(_named(shape, frozenset())) if shape is not None else frozenset()
    other = _OTHER_MEMBERS.get((service, operation))
    return found | {other} if other else found


def _named(shape: Shape, above: frozenset[str]) -> Iterator[str]:
    if shape.type_name == "list":
        yield from _named(shape.member, above)
    elif shape.type_name == "structure" and shape.name not in above:
        for name, member in shape.members.items():
            if member.type_name == "string" and _ROLE_MEMBER.fullmatch(name):
                yield name.lower()
            yield from _named(member, above | {shape.name})


def _roles(value: Any, members: frozenset[str], by_name: bool, scope: Scope) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _roles(item, members, by_name, scope)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name.lower() not in members:
                yield from _roles(item, members, by_name, scope)
                continue
            for role in item.values() if isinstance(item, dict) else [item]:
                if isinstance(role, str) and ":role/" in role:
                    yield role
                elif isinstance(role, str) and role and by_name:
                    yield _role_arn(role, scope)


def _profiles(params: dict[str, Any], scope: Scope) -> Iterator[str]:
    for profile in dicts([params.get("IamInstanceProfile")]):
        if found := text(profile, "Arn"):
            yield found
        elif name := text(profile, "Name"):
            yield f"arn:aws:iam::{scope.account}:instance-profile/{name}"


def _role_arn(name: str, scope: Scope) -> str:
    return f"arn:aws:iam::{scope.account}:role/{name}"


def _passed(role: str, service: str) -> Check:
    return Check("iam:PassRole", role, {"iam:PassedToService": (f"{service}.amazonaws.com",)}, account_of_arn(role))
