"""What the engine's CloudFormation ignores of functions and roles, set by their own APIs.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
"""

from __future__ import annotations

from typing import Any

from groundcloud.ports import AwsCaller, Scope

FUNCTION, ROLE = "AWS::Lambda::Function", "AWS::IAM::Role"
FUNCTION_SETTINGS = (
    "DeadLetterConfig",
    "KmsKeyArn",
    "RecursiveLoop",
    "ReservedConcurrentExecutions",
    "VpcConfig",
)
ROLE_SETTINGS = ("PermissionsBoundary",)

_NAMES = {"KmsKeyArn": "KMSKeyArn"}
"""Where Lambda's API has another name for a member of a configuration."""
_NONE: dict[str, Any] = {
    "DeadLetterConfig": {"TargetArn": ""},
    "KmsKeyArn": "",
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
}
"""A configuration without it."""
_MEMBERS = {
    "DeadLetterConfig": ("TargetArn",),
    "VpcConfig": ("SubnetIds", "SecurityGroupIds", "Ipv6AllowedForDualStack"),
}


async def put_function(
    engine: AwsCaller, scope: Scope, function: str, wanted: dict[str, Any], dropped: list[str]
) -> None:
    """Set what `wanted` has on the function of that name and take away what was `dropped`. Raises `AwsError`."""
    named = {"FunctionName": function}
    configuration = {_NAMES.get(name, name): _NONE[name] for name in dropped if name in _NONE}
    configuration |= {_NAMES.get(name, name): _shaped(name, wanted[name]) for name in _NONE if name in wanted}
    if configuration:
        await engine.call("lambda", "UpdateFunctionConfiguration", named | configuration, scope=scope)
    reserved = wanted.get("ReservedConcurrentExecutions")
    if reserved is not None:
        limit = {"ReservedConcurrentExecutions": int(reserved)}
        await engine.call("lambda", "PutFunctionConcurrency", named | limit, scope=scope)
    elif "ReservedConcurrentExecutions" in dropped:
        await engine.call("lambda", "DeleteFunctionConcurrency", named, scope=scope)
    if "RecursiveLoop" in (*wanted, *dropped):
        loop = {"RecursiveLoop": wanted.get("RecursiveLoop", "Terminate")}
        await engine.call("lambda", "PutFunctionRecursionConfig", named | loop, scope=scope)


async def put_role(engine: AwsCaller, scope: Scope, role: str, wanted: dict[str, Any], dropped: list[str]) -> None:
    """The same for a role and its permissions boundary."""
    boundary = wanted.get("PermissionsBoundary")
    if boundary:
        params = {"RoleName": role, "PermissionsBoundary": boundary}
        await engine.call("iam", "PutRolePermissionsBoundary", params, scope=scope)
    elif dropped:
        await engine.call("iam", "DeleteRolePermissionsBoundary", {"RoleName": role}, scope=scope)


def _shaped(name: str, value: Any) -> Any:
    if name not in _MEMBERS or not isinstance(value, dict):
        return value
    known = {member: value[member] for member in _MEMBERS[name] if member in value}
    if "Ipv6AllowedForDualStack" in known:
        known["Ipv6AllowedForDualStack"] = str(known["Ipv6AllowedForDualStack"]).lower() == "true"
    return known
