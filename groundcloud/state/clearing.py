"""What has to go before a resource can be deleted: the objects of a bucket, the policies of a role."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope
from groundcloud.state.errors import StaysError

Call = Callable[[str, dict[str, Any]], Awaitable[Any]]
"""One operation of the resource's service, as the account's administrator. Raises `AwsError`."""

_Clear = Callable[[Call, dict[str, Any]], Awaitable[None]]
"""Raises `StaysError` for what is not to be deleted."""


def caller(aws: AwsCaller, service: str, scope: Scope) -> Call:
    async def call(operation: str, params: dict[str, Any]) -> Any:
        return await aws.call(service, operation, params, scope=scope)

    return call


async def _bucket(call: Call, bucket: dict[str, Any]) -> None:
    await _uploads(call, bucket)
    while True:
        page = await call("ListObjectVersions", bucket)
        found = [*(page.get("Versions") or ()), *(page.get("DeleteMarkers") or ())]
        if not found:
            break
        objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found if one.get("VersionId")]
        await call("DeleteObjects", {**bucket, "Delete": {"Objects": objects, "Quiet": True}})
        if not page.get("IsTruncated"):
            break


async def _uploads(call: Call, bucket: dict[str, Any]) -> None:
    """Uploads in parts that were begun and not ended."""
    for upload in (await call("ListMultipartUploads", bucket)).get("Uploads") or ():
        await call("AbortMultipartUpload", {**bucket, "Key": upload["Key"], "UploadId": upload["UploadId"]})


async def _distribution(call: Call, distribution: dict[str, Any]) -> None:
    """Only one that is switched off can be deleted, and only by its newest ETag, which the deletion is given."""
    found = await call("GetDistributionConfig", {"Id": distribution["Id"]})
    config, tag = found["DistributionConfig"], found["ETag"]
    if config["Enabled"]:
        off = {"Id": distribution["Id"], "IfMatch": tag, "DistributionConfig": {**config, "Enabled": False}}
        tag = (await call("UpdateDistribution", off))["ETag"]
    distribution["IfMatch"] = tag


async def _hosted_zone(call: Call, zone: dict[str, Any]) -> None:
    """All records but the two that a zone always has. Listed ids have a path before them, which boto3 cuts off."""
    zone["Id"] = zone["Id"].rpartition("/")[2]
    records = (await call("ListResourceRecordSets", {"HostedZoneId": zone["Id"]}))["ResourceRecordSets"]
    name = (await call("GetHostedZone", zone))["HostedZone"]["Name"]
    own = [one for one in records if not (one["Name"] == name and one["Type"] in ("NS", "SOA"))]
    if own:
        changes = [{"Action": "DELETE", "ResourceRecordSet": one} for one in own]
        await call("ChangeResourceRecordSets", {"HostedZoneId": zone["Id"], "ChangeBatch": {"Changes": changes}})


async def _rule(call: Call, rule: dict[str, Any]) -> None:
    place = {"Rule": rule["Name"], "EventBusName": rule["EventBusName"]}
    targets = (await call("ListTargetsByRule", place)).get("Targets") or ()
    if targets:
        await call("RemoveTargets", {**place, "Ids": [target["Id"] for target in targets], "Force": True})


async def _layer(call: Call, layer: dict[str, Any]) -> None:
    """The versions that are not the newest."""
    name = {"LayerName": layer["LayerName"]}
    for version in (await call("ListLayerVersions", name)).get("LayerVersions") or ():
        if version["Version"] != layer["VersionNumber"]:
            await call("DeleteLayerVersion", {**name, "VersionNumber": version["Version"]})


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
    try:
        await call("DeleteLoginProfile", user)
    except AwsError as error:
        # Most have no password.
        if error.code != "NoSuchEntity":
            raise
    for device in (await call("ListMFADevices", user)).get("MFADevices") or ():
        await call("DeactivateMFADevice", {**user, "SerialNumber": device["SerialNumber"]})
    for key in (await call("ListAccessKeys", user)).get("AccessKeyMetadata") or ():
        await call("DeleteAccessKey", {**user, "AccessKeyId": key["AccessKeyId"]})
    for group in (await call("ListGroupsForUser", user)).get("Groups") or ():
        await call("RemoveUserFromGroup", {**user, "GroupName": group["GroupName"]})


async def _group(call: Call, group: dict[str, Any]) -> None:
    await _policies_of("Group", call, group)


async def _volume(call: Call, volume: dict[str, Any]) -> None:
    """From an instance that has ended, or the instance's own disk, which may have gone with it."""
    found = await call("DescribeVolumes", {"VolumeIds": [volume["VolumeId"]]})
    for attachment in found["Volumes"][0].get("Attachments") or ():
        await call("DetachVolume", {"VolumeId": volume["VolumeId"], "InstanceId": attachment["InstanceId"]})


async def _route_table(call: Call, table: dict[str, Any]) -> None:
    found = await call("DescribeRouteTables", {"RouteTableIds": [table["RouteTableId"]]})
    for association in found["RouteTables"][0].get("Associations") or ():
        await call("DisassociateRouteTable", {"AssociationId": association["RouteTableAssociationId"]})


async def _internet_gateway(call: Call, gateway: dict[str, Any]) -> None:
    found = await call("DescribeInternetGateways", {"InternetGatewayIds": [gateway["InternetGatewayId"]]})
    networks = [each["VpcId"] for each in found["InternetGateways"][0].get("Attachments") or ()]
    if networks and any(each["IsDefault"] for each in (await call("DescribeVpcs", {"VpcIds": networks}))["Vpcs"]):
        raise StaysError
    for network in networks:
        await call("DetachInternetGateway", {**gateway, "VpcId": network})


async def _key(call: Call, key: dict[str, Any]) -> None:
    found = (await call("DescribeKey", {"KeyId": key["KeyId"]}))["KeyMetadata"]
    if found.get("KeyManager") == "AWS" or found["KeyState"].startswith("Pending") and found.get("DeletionDate"):
        raise StaysError


CLEARING: dict[str, _Clear] = {
    "DeleteBucket": _bucket,
    "DeleteRule": _rule,
    "DeleteDistribution": _distribution,
    "DeleteHostedZone": _hosted_zone,
    "DeleteLayerVersion": _layer,
    "DeleteUserPool": _user_pool,
    "DeleteInstanceProfile": _instance_profile,
    "DeleteRole": _role,
    "DeleteUser": _user,
    "DeleteGroup": _group,
    "DeleteVolume": _volume,
    "DeleteRouteTable": _route_table,
    "DeleteInternetGateway": _internet_gateway,
    "ScheduleKeyDeletion": _key,
}
"""By the operation that deletes."""
