"""The decision about a call: maps it to actions and resources, gathers the policies, evaluates, and keeps a record.

Modes: ``enforce`` refuses what is denied; ``audit`` decides and records the same but lets everything through; ``off``
neither decides nor records. Signatures are verified in every mode.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, NamedTuple

from groundcloud.iam.checks import Check
from groundcloud.iam.decisions import DecisionLog
from groundcloud.iam.evaluate import decide
from groundcloud.iam.identities import Identities, Principal
from groundcloud.iam.limits import MAX_CACHED_DECISIONS
from groundcloud.iam.lookups import Lookups
from groundcloud.iam.mapping import checks_of, tag_keys
from groundcloud.iam.model import (
    AccessRequest,
    Caller,
    CallerKind,
    Decision,
    DecisionKind,
    Document,
    PolicyKind,
    PolicySet,
)
from groundcloud.iam.operations import NEVER_DENIED
from groundcloud.iam.origin import Origin, origin_keys
from groundcloud.iam.params import Call, read_params
from groundcloud.iam.policies import may_depend
from groundcloud.iam.registry import KnownKey
from groundcloud.iam.resource_policies import ResourcePolicies, ResourceSide
from groundcloud.iam.seen import SeenActions
from groundcloud.ports import AwsCaller, Changes, Scope, Scopes

ENFORCE, AUDIT, OFF = "enforce", "audit", "off"
ANONYMOUS = Caller(CallerKind.ANONYMOUS)

More = Callable[[Check], Awaitable[dict[str, tuple[str, ...]]]]


class Verdict(NamedTuple):
    """`refused` is the decision that refuses the call, None when it may go on; `account` is whose resources it is
    about, as whose administrator it goes on."""

    refused: Decision | None
    account: str
    is_denied: bool = False


class AccessControl:
    """Decides about calls of known callers."""

    def __init__(
        self,
        aws: AwsCaller,
        changes: Changes,
        scopes: Scopes,
        identities: Identities,
        seen: SeenActions,
        log: DecisionLog,
        mode: str,
    ) -> None:
        self.mode = mode
        self._changes = changes
        self._identities = identities
        self._resources = ResourcePolicies(aws, changes, scopes, identities)
        self._lookups = Lookups(aws, changes, identities)
        self._seen = seen
        self._log = log

    @property
    def resources(self) -> ResourcePolicies:
        return self._resources

    def clear(self) -> None:
        """Forget every resource that was looked up."""
        self._resources.clear()
        self._lookups.clear()

    async def judge(self, call: Call, scope: Scope, principal: Principal, origin: Origin) -> Verdict:
        """Decide about every action that the call needs; the first denial refuses it."""
        if self.mode == OFF:
            return Verdict(None, scope.account)
        params = read_params(call)
        account, denied = scope.account, False

        async def more(check: Check) -> dict[str, tuple[str, ...]]:
            return await self._wanted_keys(call, params, check, principal)

        for position, found in enumerate(checks_of(call, params, scope)):
            check = await self._lookups.complete(found, call)
            if check.action in NEVER_DENIED:
                continue
            decision, owner = await self._decision(check, scope, principal, origin, tag_keys(params), more)
            if position == 0 and owner:
                account = owner
            self._note(decision, origin, _name(call), principal.key)
            if not decision.allowed:
                denied = True
                if self.mode == ENFORCE:
                    return Verdict(decision, account, is_denied=True)
        return Verdict(None, account, is_denied=denied)

    async def judge_anonymous(self, call: Call, scope: Scope, owner: str, origin: Origin) -> Verdict:
        """The same for a request without a signature, about resources of `owner`: only their policies can let it in."""
        if self.mode == OFF:
            return Verdict(None, owner)
        params, keys = read_params(call), origin_keys(origin, None)
        denied = False
        for check in checks_of(call, params, Scope(owner, scope.region)):
            side = await self._resources.of(check, Scope(owner, scope.region))
            request = AccessRequest(ANONYMOUS, check.action, check.resource, owner, {**keys, **check.context})
            decision = self.decide_by(request, PolicySet(resource=side.policies), origin, _name(call))
            if not decision.allowed:
                denied = True
                if self.mode == ENFORCE:
                    return Verdict(decision, owner, is_denied=True)
        return Verdict(None, owner, is_denied=denied)

    async def decide_for(
        self, principal: Principal, check: Check, scope: Scope, origin: Origin, operation: str
    ) -> Decision:
        """One decision about one action on one resource, for a part that asks by itself."""
        if self.mode == OFF:
            return _unasked(principal.caller, check)

        async def none(_: Check) -> dict[str, tuple[str, ...]]:
            return {}

        decision, _ = await self._decision(check, scope, principal, origin, {}, none)
        self._note(decision, origin, operation, principal.key)
        return decision

    async def decide_for_anybody(self, check: Check, scope: Scope, origin: Origin, operation: str) -> Decision:
        """The same for a request without a signature, about a resource of `scope`'s account."""
        side = await self._resources.of(check, scope)
        keys = {**origin_keys(origin, None), **check.context}
        request = AccessRequest(ANONYMOUS, check.action, check.resource, scope.account, keys)
        return self.decide_by(request, PolicySet(resource=side.policies), origin, operation)

    def decide_by(
        self,
        request: AccessRequest,
        policies: PolicySet,
        origin: Origin,
        operation: str,
        key: KnownKey | None = None,
        *,
        is_last: bool = True,
    ) -> Decision:
        """One decision by policies that the asking part has read itself. `is_last` is false where somebody else is
        asked too when no policy speaks: such a decision refuses nothing."""
        if self.mode == OFF:
            return Decision(request, DecisionKind.ALLOWED)
        decision = decide(request, policies)
        if is_last or decision.kind is not DecisionKind.IMPLICIT_DENY:
            self._note(decision, origin, operation, key)
        return decision

    def refuses(self, decision: Decision) -> bool:
        """Whether the mode makes a refusal of it."""
        return not decision.allowed and self.mode == ENFORCE

    async def _decision(
        self,
        check: Check,
        scope: Scope,
        principal: Principal,
        origin: Origin,
        tags: dict[str, tuple[str, ...]],
        more: More,
    ) -> tuple[Decision, str]:
        """The decision and the owner of the resource; remembered where no condition has a say."""
        memory = (check.action, check.resource, self._resources.generation(check.action))
        known = principal.decided.get(memory)
        if known is not None:
            return known, known.request.resource_account
        side = await self._resources.of(check, scope)
        owner = side.account or check.account
        context = {**origin_keys(origin, principal.key), **tags, **check.context, **await more(check)}
        request = AccessRequest(principal.caller, check.action, check.resource, owner, context)
        decision = decide(request, _policies(principal, side))
        if not _depends(principal, side, check.action):
            if len(principal.decided) >= MAX_CACHED_DECISIONS:
                principal.decided.clear()
            principal.decided[memory] = decision
        return decision, owner

    async def _wanted_keys(
        self, call: Call, params: dict[str, Any], check: Check, principal: Principal
    ) -> dict[str, tuple[str, ...]]:
        """Keys that cost a question, where a policy names them."""
        keys: dict[str, tuple[str, ...]] = {}
        texts = [_text(policy.document) for policy in principal.policies]
        if call.service == "dynamodb" and any("dynamodb:leadingkeys" in text for text in texts):
            keys.update(await self._lookups.leading_keys(call, params, check))
        if any("resourcetag/" in text for text in texts):
            keys.update(await self._lookups.resource_tags(check))
        return keys

    def _note(self, decision: Decision, origin: Origin, operation: str, key: KnownKey | None) -> None:
        request = decision.request
        if decision.allowed and request.caller.kind is CallerKind.ROOT:
            return  # the developer's own calls would bury everybody else's
        self._log.add(origin.now, origin.request_id, operation, decision, self.mode, self.refuses(decision))
        if key is not None and key.kind is CallerKind.ROLE_SESSION:
            role = request.caller.role_arn or key.owner
            self._seen.note(role, request.caller.name, request.action, request.resource, request.context)


def _name(call: Call) -> str:
    return f"{call.service}:{call.operation}"


def _unasked(caller: Caller, check: Check) -> Decision:
    return Decision(AccessRequest(caller, check.action, check.resource, check.account), DecisionKind.ALLOWED)


def _policies(principal: Principal, side: ResourceSide) -> PolicySet:
    return PolicySet(
        principal.entity.identity, principal.entity.boundary, principal.session, side.policies, side.must_allow
    )


def _depends(principal: Principal, side: ResourceSide, action: str) -> bool:
    prefix = action.partition(":")[0].lower()
    # A trust policy is IAM's, whose changes renew the principal; but not when it is another account's.
    is_trust = any(policy.kind is PolicyKind.TRUST for policy in side.policies)
    return is_trust or principal.depends_on_context(action) or any(may_depend(one, prefix) for one in side.policies)


@cache
def _text(document: Document) -> str:
    return json.dumps([statement.source for statement in document.statements]).lower()
