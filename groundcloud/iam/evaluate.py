"""The decision: may this caller do this action on this resource, and if not, why not.

Sources, below docs.aws.amazon.com/IAM/latest/UserGuide/:
reference_policies_evaluation-logic_policy-eval-denyallow.html, reference_policies_evaluation-logic-cross-account.html,
access_policies.html#policies_session, access_policies_boundaries.html.

1. A Deny that applies, in any policy, is final.
2. Within the account an identity-based or a resource-based Allow is enough; a permissions boundary and session policies
   limit it, except where the resource's policy names the caller itself (`Reach.CALLER`). A policy that names only the
   caller's account leaves the decision to the account's identity-based policies.
3. Across accounts both sides have to allow. A trust policy (and what `resource_must_allow` says) always has to.
4. The root user of the resource's account needs no policy. Services, anonymous callers and web identities have
   nothing but the resource's policy.
"""

from __future__ import annotations

from collections.abc import Iterable

from groundcloud.iam.model import (
    AccessRequest,
    CallerKind,
    Decision,
    DecisionKind,
    MatchedStatement,
    NamedPolicy,
    PolicyKind,
    PolicySet,
    Reach,
    Statement,
)

_WITHOUT_IDENTITY = frozenset((CallerKind.SERVICE, CallerKind.ANONYMOUS, CallerKind.WEB_IDENTITY, CallerKind.SAML))


class _Found:
    """The first deny and the furthest-reaching allow among some policies."""

    __slots__ = ("allow", "deny", "reach")

    def __init__(self) -> None:
        self.allow: tuple[NamedPolicy, Statement] | None = None
        self.deny: tuple[NamedPolicy, Statement] | None = None
        self.reach = Reach.NOT_NAMED


def decide(request: AccessRequest, policies: PolicySet) -> Decision:
    """Decide about one action on one resource. Pure: the same request and policies give the same decision."""
    identity = _look(policies.identity, request)
    boundary = _look((policies.boundary,), request) if policies.boundary else None
    session = _look(policies.session, request) if policies.session is not None else None
    resource = _look_at_resource(policies.resource, request, is_bounded=boundary is not None)
    for found in (identity, boundary, session, resource):
        if found is not None and found.deny is not None:
            return _decision(request, DecisionKind.EXPLICIT_DENY, found.deny)
    if request.caller.kind in _WITHOUT_IDENTITY:
        return _by_resource_only(request, policies, resource)
    if request.caller.kind is CallerKind.ROOT:
        if not request.is_cross_account and not _must_allow(policies):
            return Decision(request, DecisionKind.ALLOWED)
        return _by_resource_only(request, policies, resource)
    return _by_both(request, policies, identity, boundary, session, resource)


def _by_both(
    request: AccessRequest,
    policies: PolicySet,
    identity: _Found,
    boundary: _Found | None,
    session: _Found | None,
    resource: _Found,
) -> Decision:
    is_foreign = request.is_cross_account
    if not is_foreign and resource.reach is Reach.CALLER:
        return _decision(request, DecisionKind.ALLOWED, resource.allow)
    by_resource = resource.allow if not is_foreign and resource.reach is Reach.ENTITY else None
    missing: list[PolicyKind] = []
    if identity.allow is None and by_resource is None:
        missing.append(PolicyKind.IDENTITY)
    if boundary is not None and boundary.allow is None:
        missing.append(PolicyKind.BOUNDARY)
    if session.allow is None if session is not None else request.caller.kind is CallerKind.FEDERATED_USER:
        missing.append(PolicyKind.SESSION)
    if (is_foreign or _must_allow(policies)) and resource.reach is Reach.NOT_NAMED:
        missing.append(_resource_kind(policies))
    if missing:
        return Decision(request, DecisionKind.IMPLICIT_DENY, None, tuple(missing))
    return _decision(request, DecisionKind.ALLOWED, identity.allow or by_resource)


def _by_resource_only(request: AccessRequest, policies: PolicySet, resource: _Found) -> Decision:
    if resource.allow is not None:
        return _decision(request, DecisionKind.ALLOWED, resource.allow)
    return Decision(request, DecisionKind.IMPLICIT_DENY, None, (_resource_kind(policies),))


def _look(policies: Iterable[NamedPolicy], request: AccessRequest) -> _Found:
    found = _Found()
    for policy in policies:
        for statement in policy.document.statements:
            if statement.is_allow and found.allow is not None:
                continue
            if not statement.applies(request):
                continue
            if not statement.is_allow:
                found.deny = (policy, statement)
                return found
            found.allow = (policy, statement)
    return found


def _look_at_resource(policies: Iterable[NamedPolicy], request: AccessRequest, *, is_bounded: bool) -> _Found:
    found = _Found()
    for policy in policies:
        for statement in policy.document.statements:
            reach = _reach(statement, request, is_bounded)
            if reach is Reach.NOT_NAMED or (statement.is_allow and reach <= found.reach):
                continue
            if not statement.applies(request):
                continue
            if not statement.is_allow:
                found.deny = (policy, statement)
                return found
            found.allow, found.reach = (policy, statement), reach
    return found


def _reach(statement: Statement, request: AccessRequest, is_bounded: bool) -> Reach:
    """A Deny with NotPrincipal spares nobody who has a permissions boundary (access_policies_boundaries.html)."""
    if is_bounded and not statement.is_allow and "NotPrincipal" in statement.source:
        return Reach.CALLER
    return statement.reach(request.caller) if statement.reach is not None else Reach.NOT_NAMED


def _must_allow(policies: PolicySet) -> bool:
    return policies.resource_must_allow or _resource_kind(policies) is PolicyKind.TRUST


def _resource_kind(policies: PolicySet) -> PolicyKind:
    return policies.resource[0].kind if policies.resource else PolicyKind.RESOURCE


def _decision(request: AccessRequest, kind: DecisionKind, found: tuple[NamedPolicy, Statement] | None) -> Decision:
    if found is None:
        return Decision(request, kind)
    policy, statement = found
    return Decision(request, kind, MatchedStatement(policy, statement.index, statement.sid, statement.source))
