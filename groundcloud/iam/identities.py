"""Whose a key is and which policies speak for it: read from the engine's IAM, kept until IAM may have changed."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field, replace
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.iam.limits import CHAINED_SESSION_SECONDS, MAX_CACHED_CALLERS
from groundcloud.iam.model import Caller, CallerKind, Decision, NamedPolicy, PolicyKind
from groundcloud.iam.policies import EMPTY, may_depend, named
from groundcloud.iam.registry import KnownKey
from groundcloud.ports import AwsCaller, Changes, Scope

_ALL = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
_ABSENT = ("NoSuchEntity", "NoSuchEntityException")


@dataclass(frozen=True)
class Entity:
    """A user or a role as IAM has it. `missing` are attached policies that IAM has no document of, `longest` are the
    seconds that a role's sessions may have."""

    arn: str
    id: str
    identity: tuple[NamedPolicy, ...]
    boundary: NamedPolicy | None
    tags: dict[str, str]
    trust: NamedPolicy | None = None
    missing: tuple[str, ...] = ()
    longest: int = CHAINED_SESSION_SECONDS


@dataclass(eq=False)
class Principal:
    """A caller with everything that speaks for it. `decided` keeps decisions that no condition touches."""

    caller: Caller
    entity: Entity
    session: tuple[NamedPolicy, ...] | None
    key: KnownKey
    generation: int
    decided: dict[tuple[str, str, int], Decision] = field(default_factory=dict)

    def depends_on_context(self, action: str) -> bool:
        """Whether any of the policies has a condition or a variable in a statement that `action` may meet."""
        prefix = action.partition(":")[0].lower()
        return any(may_depend(policy, prefix) for policy in self.policies)

    @property
    def policies(self) -> tuple[NamedPolicy, ...]:
        boundary = (self.entity.boundary,) if self.entity.boundary else ()
        return (*self.entity.identity, *boundary, *(self.session or ()))


class Identities:
    """Resolves known keys to principals."""

    def __init__(self, aws: AwsCaller, changes: Changes, default: Scope) -> None:
        self._aws = aws
        self._changes = changes
        self._region = default.region
        self._principals: dict[str, Principal] = {}
        self._entities: dict[tuple[str, str, str], tuple[int, Entity | None]] = {}
        self._roles: dict[tuple[str, str], tuple[int, dict[str, Any]]] = {}

    def clear(self) -> None:
        """Forget every principal."""
        for kept in (self._principals, self._entities, self._roles):
            kept.clear()

    async def principal(self, key: KnownKey) -> Principal | None:
        """None when the user, its key or the role is gone: AWS then does not know the key any more."""
        generation = self._changes.generation("iam")
        known = self._principals.get(key.access_key)
        if known is not None and known.generation == generation:
            return known
        principal = await self._resolve(key, generation)
        if principal is not None:
            if len(self._principals) >= MAX_CACHED_CALLERS:
                self._principals.clear()
            self._principals[key.access_key] = principal
        return principal

    def root(self, account: str, access_key: str = "") -> Principal:
        """The root user of `account`, who signs with a key that nobody has to give out."""
        caller = root_caller(account)
        key = KnownKey(access_key, "", account, CallerKind.ROOT, caller.arn, account, "")
        return Principal(caller, _root_entity(account), None, key, 0)

    async def role(self, arn: str) -> Entity | None:
        """A role by its ARN, its trust policy included."""
        place = _place(arn)
        return await self._entity("role", *place) if place is not None else None

    async def trust(self, arn: str) -> NamedPolicy | None:
        """Whom a role trusts, without the rest of it: who starts to act as the role waits for no more. None also when
        there is no such role."""
        place = _place(arn)
        if place is None:
            return None
        try:
            return _trust(await self._get_role(*place))
        except AwsError as error:
            if error.code not in _ABSENT:
                raise
            return None

    async def user(self, account: str, name: str) -> Entity | None:
        return await self._entity("user", account, name)

    async def _resolve(self, key: KnownKey, generation: int) -> Principal | None:
        session = await self._session(key)
        if key.kind is CallerKind.ROLE_SESSION:
            role = await self.role(key.owner)
            if role is None:
                return None
            caller = Caller(
                CallerKind.ROLE_SESSION,
                arn=key.arn,
                account=key.account,
                principal_id=key.principal_id,
                name=key.arn.rpartition("/")[2],
                role_arn=role.arn,
                tags=role.tags,
                session_tags=dict(key.session_tags),
            )
            return Principal(caller, role, session, key, generation)
        if not key.owner:
            return Principal(_root_caller(key), _root_entity(key.account), session, key, generation)
        user = await self.user(key.account, key.owner)
        if user is None or not (key.is_temporary or await self._is_active(key)):
            return None
        caller = Caller(CallerKind.USER, user.arn, key.account, user.id, key.owner, tags=user.tags)
        if key.kind is CallerKind.FEDERATED_USER:
            name = key.arn.rpartition("/")[2]
            caller = replace(
                caller,
                kind=key.kind,
                arn=key.arn,
                principal_id=key.principal_id,
                name=name,
                session_tags=dict(key.session_tags),
            )
        return Principal(caller, user, session, key, generation)

    async def _is_active(self, key: KnownKey) -> bool:
        listed = await self._call("ListAccessKeys", {"UserName": key.owner}, key.account)
        return any(
            one["AccessKeyId"] == key.access_key and one.get("Status") == "Active"
            for one in listed["AccessKeyMetadata"]
        )

    async def _session(self, key: KnownKey) -> tuple[NamedPolicy, ...] | None:
        if not key.has_session_policies:
            return None
        inline = [
            named("session policy", PolicyKind.SESSION, document, key.arn) for document in key.session_policies or ()
        ]
        managed = [
            await self._managed(arn, key.account, PolicyKind.SESSION, key.arn) for arn in key.session_policy_arns or ()
        ]
        return (*inline, *(policy for policy in managed if policy is not None))

    async def _entity(self, kind: str, account: str, name: str) -> Entity | None:
        generation = self._changes.generation("iam")
        known = self._entities.get((kind, account, name))
        if known is not None and known[0] == generation:
            return known[1]
        try:
            entity = await (self._read_role(account, name) if kind == "role" else self._read_user(account, name))
        except AwsError as error:
            if error.code not in _ABSENT:
                raise
            entity = None
        if len(self._entities) >= MAX_CACHED_CALLERS:
            self._entities.clear()
        self._entities[kind, account, name] = (generation, entity)
        return entity

    async def _read_role(self, account: str, name: str) -> Entity:
        asked = {"RoleName": name}
        role = await self._get_role(account, name)
        inline, attached = await asyncio.gather(
            self._call("ListRolePolicies", asked, account), self._call("ListAttachedRolePolicies", asked, account)
        )
        policies = [
            await self._inline("GetRolePolicy", {**asked, "PolicyName": one}, account, role["Arn"])
            for one in inline["PolicyNames"]
        ]
        found, missing = await self._attached(attached, account, role["Arn"])
        return Entity(
            role["Arn"],
            role["RoleId"],
            (*policies, *found),
            await self._boundary(role, account),
            _tags(role),
            _trust(role),
            missing,
            int(role.get("MaxSessionDuration") or CHAINED_SESSION_SECONDS),
        )

    async def _get_role(self, account: str, name: str) -> dict[str, Any]:
        generation = self._changes.generation("iam")
        known = self._roles.get((account, name))
        if known is not None and known[0] == generation:
            return known[1]
        role: dict[str, Any] = (await self._call("GetRole", {"RoleName": name}, account))["Role"]
        if len(self._roles) >= MAX_CACHED_CALLERS:
            self._roles.clear()
        self._roles[account, name] = (generation, role)
        return role

    async def _read_user(self, account: str, name: str) -> Entity:
        asked = {"UserName": name}
        user = (await self._call("GetUser", asked, account))["User"]
        inline, attached, groups = await asyncio.gather(
            self._call("ListUserPolicies", asked, account),
            self._call("ListAttachedUserPolicies", asked, account),
            self._call("ListGroupsForUser", asked, account),
        )
        policies = [
            await self._inline("GetUserPolicy", {**asked, "PolicyName": one}, account, user["Arn"])
            for one in inline["PolicyNames"]
        ]
        found, missing = await self._attached(attached, account, user["Arn"])
        policies += found
        for group in groups["Groups"]:
            of_group, more = await self._of_group(group, account)
            policies += of_group
            missing += more
        return Entity(
            user["Arn"],
            user["UserId"],
            tuple(policies),
            await self._boundary(user, account),
            _tags(user),
            None,
            missing,
        )

    async def _of_group(self, group: dict[str, Any], account: str) -> tuple[list[NamedPolicy], tuple[str, ...]]:
        asked = {"GroupName": group["GroupName"]}
        inline, attached = await asyncio.gather(
            self._call("ListGroupPolicies", asked, account), self._call("ListAttachedGroupPolicies", asked, account)
        )
        policies = [
            await self._inline("GetGroupPolicy", {**asked, "PolicyName": one}, account, group["Arn"])
            for one in inline["PolicyNames"]
        ]
        found, missing = await self._attached(attached, account, group["Arn"])
        return [*policies, *found], missing

    async def _inline(self, operation: str, params: dict[str, Any], account: str, owner: str) -> NamedPolicy:
        answer = await self._call(operation, params, account)
        return named(params["PolicyName"], PolicyKind.IDENTITY, answer["PolicyDocument"], owner)

    async def _attached(
        self, answer: dict[str, Any], account: str, owner: str
    ) -> tuple[list[NamedPolicy], tuple[str, ...]]:
        found, missing = [], []
        for one in answer["AttachedPolicies"]:
            policy = await self._managed(one["PolicyArn"], account, PolicyKind.IDENTITY, owner)
            if policy is None:
                missing.append(one["PolicyArn"])
            else:
                found.append(policy)
        return found, tuple(missing)

    async def _boundary(self, entity: dict[str, Any], account: str) -> NamedPolicy | None:
        arn = (entity.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
        if not arn:
            return None
        policy = await self._managed(arn, account, PolicyKind.BOUNDARY, entity["Arn"])
        # A boundary that is gone allows nothing.
        return policy or NamedPolicy(arn, PolicyKind.BOUNDARY, EMPTY, entity["Arn"])

    async def _managed(self, arn: str, account: str, kind: PolicyKind, owner: str) -> NamedPolicy | None:
        try:
            policy = (await self._call("GetPolicy", {"PolicyArn": arn}, account))["Policy"]
            asked = {"PolicyArn": arn, "VersionId": policy["DefaultVersionId"]}
            version = (await self._call("GetPolicyVersion", asked, account))["PolicyVersion"]
        except AwsError as error:
            if error.code not in _ABSENT:
                raise
            return None
        return named(arn, kind, version["Document"], owner)

    async def _call(self, operation: str, params: dict[str, Any], account: str) -> Any:
        return await self._aws.call("iam", operation, params, scope=Scope(account, self._region))


def _place(role_arn: str) -> tuple[str, str] | None:
    """The account and the name of a role; None for what is no role's ARN."""
    parts = role_arn.split(":", 5)
    if len(parts) != 6 or not parts[5].startswith("role/"):
        return None
    return parts[4], parts[5].rpartition("/")[2]


def _trust(role: dict[str, Any]) -> NamedPolicy | None:
    document = role.get("AssumeRolePolicyDocument")
    return named(role["Arn"], PolicyKind.TRUST, document, role["Arn"]) if document else None


def _tags(entity: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag.get("Value", "") for tag in entity.get("Tags") or []}


def _root_caller(key: KnownKey) -> Caller:
    if key.kind is CallerKind.FEDERATED_USER:
        name = key.arn.rpartition("/")[2]
        return Caller(key.kind, key.arn, key.account, key.principal_id, name, session_tags=dict(key.session_tags))
    return root_caller(key.account)


def root_caller(account: str) -> Caller:
    return Caller(CallerKind.ROOT, f"arn:aws:iam::{account}:root", account, account)


def _root_entity(account: str) -> Entity:
    root = f"arn:aws:iam::{account}:root"
    everything = named("the account's root user", PolicyKind.IDENTITY, _ALL, root)
    return Entity(root, account, (everything,), None, {})
