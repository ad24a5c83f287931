"""The policies of resources: buckets, functions, queues, topics, secrets, keys, tables, and roles' trust.

Read from the engine, kept until the service may have changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from groundcloud.iam.asking import answer_of
from groundcloud.iam.checks import Check
from groundcloud.iam.identities import Identities
from groundcloud.iam.limits import MAX_CACHED_CALLERS
from groundcloud.iam.model import NamedPolicy, PolicyKind
from groundcloud.iam.policies import named
from groundcloud.ports import AwsCaller, Changes, Scope, Scopes

_TRUSTING = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
_BUCKET = re.compile(r"arn:aws:s3:::([^/*]+)")


@dataclass(frozen=True)
class ResourceSide:
    """What the resource says: its policies, who owns it ("" when nobody knows), and whether it must agree."""

    policies: tuple[NamedPolicy, ...] = ()
    account: str = ""
    must_allow: bool = False


_NOTHING = ResourceSide()


class ResourcePolicies:
    def __init__(self, aws: AwsCaller, changes: Changes, scopes: Scopes, identities: Identities) -> None:
        self._aws = aws
        self._changes = changes
        self._scopes = scopes
        self._identities = identities
        self._kept: dict[tuple[str, str], tuple[int, ResourceSide]] = {}
        self._owners: dict[str, tuple[int, str]] = {}
        self._readers: dict[str, tuple[str, Callable[[Check, Scope], Awaitable[ResourceSide]]]] = {
            "s3": ("s3", self._bucket),
            "lambda": ("lambda", self._function),
            "sqs": ("sqs", self._queue),
            "sns": ("sns", self._topic),
            "secretsmanager": ("secretsmanager", self._secret),
            "kms": ("kms", self._key),
            "dynamodb": ("dynamodb", self._table),
        }

    def clear(self) -> None:
        """Forget every policy and owner."""
        self._kept.clear()
        self._owners.clear()

    def generation(self, action: str) -> int:
        """Grows when the policies that speak about `action`'s resources may have changed."""
        found = self._readers.get(action.partition(":")[0])
        return self._changes.generation(found[0]) if found else 0

    async def of(self, check: Check, scope: Scope) -> ResourceSide:
        if check.action in _TRUSTING:
            return await self._role(check)
        found = self._readers.get(check.action.partition(":")[0])
        if found is None or check.resource == "*":
            return ResourceSide(account=check.account)
        service, read = found
        key = (service, check.resource if service != "s3" else _bucket_of(check.resource))
        generation = self._changes.generation(service)
        known = self._kept.get(key)
        if known is None or known[0] != generation:
            if len(self._kept) >= MAX_CACHED_CALLERS:
                self._kept.clear()
            known = self._kept[key] = (generation, await read(check, scope))
        return known[1]

    async def has_policy(self, bucket: str, account: str) -> bool:
        """Whether `bucket` is this account's and has a policy."""
        region = self._scopes.known()[0].region
        if await self._owner_among(bucket, [account]) != account:
            return False
        side = await self.of(Check("s3:ListBucket", f"arn:aws:s3:::{bucket}"), Scope(account, region))
        return bool(side.policies)

    async def bucket_owner(self, bucket: str, first: str) -> str:
        """The account that has `bucket`, "" when there is none; `first` is asked before the others."""
        return await self._owner_among(bucket, [first, *(scope.account for scope in self._scopes.known())])

    async def _owner_among(self, bucket: str, accounts: list[str]) -> str:
        generation = self._changes.generation("s3")
        known = self._owners.get(bucket)
        if known is not None and known[0] == generation:
            return known[1]
        region = self._scopes.known()[0].region
        for account in dict.fromkeys(accounts):
            # Not HeadBucket: a bucket's policy may let strangers ask that.
            listed = await answer_of(self._aws, "s3", "ListBuckets", {"Prefix": bucket}, Scope(account, region))
            if any(one["Name"] == bucket for one in (listed or {}).get("Buckets", [])):
                if len(self._owners) >= MAX_CACHED_CALLERS:
                    self._owners.clear()
                self._owners[bucket] = (generation, account)
                return account
        return ""

    async def _role(self, check: Check) -> ResourceSide:
        role = await self._identities.role(check.resource)
        if role is None or role.trust is None:
            return ResourceSide((), check.account, must_allow=True)
        return ResourceSide((role.trust,), check.account, must_allow=True)

    async def _bucket(self, check: Check, scope: Scope) -> ResourceSide:
        bucket = _bucket_of(check.resource)
        owner = await self.bucket_owner(bucket, scope.account) if bucket else ""
        if not owner:
            return _NOTHING
        answer = await answer_of(self._aws, "s3", "GetBucketPolicy", {"Bucket": bucket}, Scope(owner, scope.region))
        return _side(answer and answer.get("Policy"), f"arn:aws:s3:::{bucket}", owner)

    async def _function(self, check: Check, scope: Scope) -> ResourceSide:
        parts = check.resource.split(":")
        if len(parts) < 7 or parts[5] != "function":
            return _NOTHING
        asked = {"FunctionName": parts[6], **({"Qualifier": parts[7]} if len(parts) > 7 else {})}
        answer = await answer_of(self._aws, "lambda", "GetPolicy", asked, Scope(parts[4], parts[3]))
        policy = answer and answer.get("Policy")
        # The engine shows a function without a policy as one without statements.
        stated = policy if policy and json.loads(policy).get("Statement") else None
        return _side(stated, check.resource, parts[4])

    async def _queue(self, check: Check, scope: Scope) -> ResourceSide:
        *_, region, account, name = check.resource.split(":")
        asked = {"QueueUrl": f"http://localhost/{account}/{name}", "AttributeNames": ["Policy"]}
        answer = await answer_of(self._aws, "sqs", "GetQueueAttributes", asked, Scope(account, region))
        return _side(answer and answer.get("Attributes", {}).get("Policy"), check.resource, account)

    async def _topic(self, check: Check, scope: Scope) -> ResourceSide:
        *_, region, account, _ = check.resource.split(":")
        answer = await answer_of(
            self._aws, "sns", "GetTopicAttributes", {"TopicArn": check.resource}, Scope(account, region)
        )
        return _side(answer and answer.get("Attributes", {}).get("Policy"), check.resource, account)

    async def _secret(self, check: Check, scope: Scope) -> ResourceSide:
        place = _scope_of(check.resource)
        answer = await answer_of(self._aws, "secretsmanager", "GetResourcePolicy", {"SecretId": check.resource}, place)
        return _side(answer and answer.get("ResourcePolicy"), check.resource, place.account)

    async def _key(self, check: Check, scope: Scope) -> ResourceSide:
        """A key's policy has to allow, though mostly by leaving it to the account
        (docs.aws.amazon.com/kms/latest/developerguide/key-policies.html)."""
        if ":key/" not in check.resource or check.resource.endswith("/*"):
            return ResourceSide(account=check.account)
        place = _scope_of(check.resource)
        asked = {"KeyId": check.resource, "PolicyName": "default"}
        answer = await answer_of(self._aws, "kms", "GetKeyPolicy", asked, place)
        side = _side(answer and answer.get("Policy"), check.resource, place.account)
        return ResourceSide(side.policies, side.account, must_allow=bool(side.policies))

    async def _table(self, check: Check, scope: Scope) -> ResourceSide:
        table = check.resource.partition("/index/")[0]
        if ":table/" not in table or table.endswith("*"):
            return ResourceSide(account=check.account)
        place = _scope_of(table)
        answer = await answer_of(self._aws, "dynamodb", "GetResourcePolicy", {"ResourceArn": table}, place)
        return _side(answer and answer.get("Policy"), table, place.account)


def _side(policy: Any, arn: str, account: str) -> ResourceSide:
    return ResourceSide((named(arn, PolicyKind.RESOURCE, policy, arn),) if policy else (), account)


def _bucket_of(resource: str) -> str:
    found = _BUCKET.match(resource)
    return found[1] if found else ""


def _scope_of(arn: str) -> Scope:
    parts = arn.split(":")
    return Scope(parts[4], parts[3])
