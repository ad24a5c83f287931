"""Names that only the engine can turn into ARNs: secrets (their ARN ends in letters of AWS's), aliases of keys, roles
and users with a path; and facts that a condition may ask for: an item's leading key, a resource's tags."""

from __future__ import annotations

from typing import Any

from groundcloud.iam.asking import answer_of
from groundcloud.iam.checks import Check
from groundcloud.iam.identities import Identities
from groundcloud.iam.limits import MAX_CACHED_CALLERS
from groundcloud.iam.params import Call
from groundcloud.iam.storage_rules import leading_values
from groundcloud.ports import AwsCaller, Changes, Scope

_SECRET, _ALIAS = "secret:", "alias/"
_REGION = "us-east-1"
"""Where services without regions are signed for, whose ARNs name none."""


class Lookups:
    def __init__(self, aws: AwsCaller, changes: Changes, identities: Identities) -> None:
        self._aws = aws
        self._changes = changes
        self._identities = identities
        self._kept: dict[tuple[str, str], tuple[int, str]] = {}

    def clear(self) -> None:
        """Forget every name."""
        self._kept.clear()

    async def complete(self, check: Check, call: Call) -> Check:
        """The check with the resource's real ARN, as far as the engine knows one."""
        parts = check.resource.split(":", 5)
        if len(parts) != 6:
            return check
        service, scope, rest = parts[2], Scope(parts[4], parts[3] or _REGION), parts[5]
        found = ""
        if service == "secretsmanager" and rest.startswith(_SECRET) and call.operation != "CreateSecret":
            asked = {"SecretId": check.resource if rest[-7:-6] == "-" else rest.removeprefix(_SECRET)}
            found = await self._arn("secretsmanager", "DescribeSecret", asked, scope, check.resource)
        elif service == "kms" and rest.startswith(_ALIAS) and not call.operation.endswith("Alias"):
            found = await self._arn("kms", "DescribeKey", {"KeyId": rest}, scope, check.resource)
        elif check.action == "iam:PassRole" and rest.startswith("instance-profile/"):
            found = await self._role_of_profile(rest.rpartition("/")[2], scope)
        elif service == "iam" and rest.count("/") == 1 and not call.operation.startswith("Create"):
            found = await self._entity(rest, parts[4])
        return check._replace(resource=found) if found else check

    async def leading_keys(self, call: Call, params: dict[str, Any], check: Check) -> dict[str, tuple[str, ...]]:
        """``dynamodb:LeadingKeys``: the partition keys of the items that the call touches in the check's table."""
        parts = check.resource.split(":", 5)
        if len(parts) != 6 or not parts[5].startswith("table/"):
            return {}
        path = parts[5].split("/")
        index = path[3] if len(path) > 3 and path[2] == "index" else ""
        key = await self._partition_key(path[1], index, Scope(parts[4], parts[3]))
        values = leading_values(call, params, path[1], key) if key else ()
        return {"dynamodb:LeadingKeys": values} if values else {}

    async def resource_tags(self, check: Check) -> dict[str, tuple[str, ...]]:
        """``aws:ResourceTag/KEY`` of the resource, as the tagging API knows them."""
        parts = check.resource.split(":", 5)
        if len(parts) != 6:
            return {}
        region = parts[3] or _REGION
        asked = {"ResourceARNList": [check.resource.partition("/index/")[0]]}
        answer = await answer_of(self._aws, "resourcegroupstaggingapi", "GetResources", asked, Scope(parts[4], region))
        tags = [tag for one in (answer or {}).get("ResourceTagMappingList", []) for tag in one.get("Tags", [])]
        return {f"aws:ResourceTag/{tag['Key']}": (tag["Value"],) for tag in tags}

    async def _entity(self, rest: str, account: str) -> str:
        kind, _, name = rest.partition("/")
        if kind == "role":
            role = await self._identities.role(f"arn:aws:iam::{account}:{rest}")
            return role.arn if role else ""
        if kind == "user":
            user = await self._identities.user(account, name)
            return user.arn if user else ""
        return ""

    async def _role_of_profile(self, name: str, scope: Scope) -> str:
        answer = await answer_of(self._aws, "iam", "GetInstanceProfile", {"InstanceProfileName": name}, scope) or {}
        roles = answer.get("InstanceProfile", {}).get("Roles", [])
        return str(roles[0]["Arn"]) if roles else ""

    async def _partition_key(self, table: str, index: str, scope: Scope) -> str:
        answer = await answer_of(self._aws, "dynamodb", "DescribeTable", {"TableName": table}, scope)
        described = (answer or {}).get("Table", {})
        schema = described.get("KeySchema", [])
        for one in [*described.get("GlobalSecondaryIndexes", []), *described.get("LocalSecondaryIndexes", [])]:
            if one["IndexName"] == index:
                schema = one["KeySchema"]
        return next((part["AttributeName"] for part in schema if part["KeyType"] == "HASH"), "")

    async def _arn(self, service: str, operation: str, params: dict[str, Any], scope: Scope, name: str) -> str:
        generation = self._changes.generation(service)
        known = self._kept.get((service, name))
        if known is not None and known[0] == generation:
            return known[1]
        answer = await answer_of(self._aws, service, operation, params, scope) or {}
        arn = str(answer.get("ARN") or answer.get("KeyMetadata", {}).get("Arn") or "")
        if len(self._kept) >= MAX_CACHED_CALLERS:
            self._kept.clear()
        if arn:
            self._kept[service, name] = (generation, arn)
        return arn
