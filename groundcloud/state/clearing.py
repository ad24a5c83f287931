"""What has to go before a resource can be deleted: the objects of a bucket, the policies of a role."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from groundcloud.ports import AwsCaller, Scope

Call = Callable[[str, dict[str, Any]], Awaitable[Any]]
"""One operation of the resource's service, as the account's administrator. Raises `AwsError`."""

_Clear = Callable[[Call, dict[str, Any]], Awaitable[None]]


def caller(aws: AwsCaller, service: str, scope: Scope) -> Call:
    async def call(operation: str, params: dict[str, Any]) -> Any:
        return await aws.call(service, operation, params, scope=scope)

    return call


async def _bucket(call: Call, bucket: dict[str, Any]) -> None:
    while True:
        page = await call("ListObjectVersions", bucket)
        found = [*(page.get("Versions") or ()), *(page.get("DeleteMarkers") or ())]
        if not found:
            break
        objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found if one.get("VersionId")]
        await call("DeleteObjects", {**bucket, "Delete": {"Objects": objects, "Quiet": True}})
        if not page.get("IsTruncated"):
            break


async def _rule(call: Call, rule: dict[str, Any]) -> None:
    place = {"Rule": rule["Name"], "EventBusName": rule["EventBusName"]}
    targets = (await call("ListTargetsByRule", place)).get("Targets") or ()
    if targets:
        await call("RemoveTargets", {**place, "Ids": [target["Id"] for target in targets], "Force": True})


async def _user_pool(call: Call, pool: dict[str, Any]) -> None:
    domain = (await call("DescribeUserPool", pool))["UserPool"].get("Domain")
    if domain:
        await call("DeleteUserPoolDomain", {**pool, "Domain": domain})


async def _instance_profile(call: Call, profile: dict[str, Any]) -> None:
    for role in (await call("GetInstanceProfile", profile))["InstanceProfile"].get("Roles") or ():
        await call("RemoveRoleFromInstanceProfile", {**profile, "RoleName": role["RoleName"]})


async def _policies_of(kind: str, call: Call, owner: dict[str, Any]) -> None:
    for attached in (await call(f"ListAttached{kind}Policies", owner)).get("AttachedPolicies") or ():
        await call(f"Detach{kind}Policy", {**owner, "PolicyArn": attached["PolicyArn"]})
    for name in (await call(f"List{kind}Policies", owner)).get("PolicyNames") or ():
        await call(f"Delete{kind}Policy", {**owner, "PolicyName": name})


async def _role(call: Call, role: dict[str, Any]) -> None:
    await _policies_of("Role", call, role)


async def _user(call: Call, user: dict[str, Any]) -> None:
    await _policies_of("User", call, user)
    for key in (await call("ListAccessKeys", user)).get("AccessKeyMetadata") or ():
        await call("DeleteAccessKey", {**user, "AccessKeyId": key["AccessKeyId"]})
    for group in (await call("ListGroupsForUser", user)).get("Groups") or ():
        await call("RemoveUserFromGroup", {**user, "GroupName": group["GroupName"]})


async def _group(call: Call, group: dict[str, Any]) -> None:
    await _policies_of("Group", call, group)


CLEARING: dict[str, _Clear] = {
    "DeleteBucket": _bucket,
    "DeleteRule": _rule,
    "DeleteUserPool": _user_pool,
    "DeleteInstanceProfile": _instance_profile,
    "DeleteRole": _role,
    "DeleteUser": _user,
    "DeleteGroup": _group,
}
"""By the operation that deletes."""
