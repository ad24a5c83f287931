"""The way out of a denial: the exact statement to add, or the one to take away."""

from __future__ import annotations

from typing import Any

from groundcloud.iam.model import AccessRequest, Advice, Caller, CallerKind, Decision, PolicyKind


def statement_that_would_allow(decision: Decision) -> tuple[Advice, ...]:
    """Every change that is needed, in the order in which AWS would name them; () for an allowed request.

    A deny has to go before anything else can be said: what is missing besides shows after that.
    """
    matched = decision.matched
    if decision.allowed:
        return ()
    if matched is not None:
        return (Advice(True, matched.policy.kind, matched.policy.name, matched.statement),)
    return tuple(Advice(False, kind, "", _statement(kind, decision.request)) for kind in decision.missing)


def _statement(kind: PolicyKind, request: AccessRequest) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": request.action}
    if kind in (PolicyKind.RESOURCE, PolicyKind.TRUST):
        statement["Principal"] = _principal(request.caller)
    if kind is not PolicyKind.TRUST:
        statement["Resource"] = request.resource or "*"
    return statement


def _principal(caller: Caller) -> Any:
    if caller.kind is CallerKind.SERVICE:
        return {"Service": caller.name}
    if caller.kind in (CallerKind.WEB_IDENTITY, CallerKind.SAML):
        return {"Federated": caller.name}
    if caller.kind is CallerKind.ANONYMOUS:
        return "*"
    return {"AWS": caller.role_arn or caller.arn}
