"""AWS's own sentence for a denial.

Sources: docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html; for S3, which puts the resource in
quotes, docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html; for web identities
docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html and what the service answers.
"""

from __future__ import annotations

from groundcloud.iam.model import AccessRequest, Caller, CallerKind, Decision, DecisionKind, PolicyKind

_EXPLICIT = {
    PolicyKind.IDENTITY: "an identity-based policy",
    PolicyKind.BOUNDARY: "a permissions boundary",
    PolicyKind.SESSION: "a session policy",
    PolicyKind.RESOURCE: "a resource-based policy",
    PolicyKind.TRUST: "the role trust policy",
}


def message(decision: Decision) -> str:
    """The text of the ``AccessDenied`` error, "" for an allowed request."""
    request = decision.request
    if decision.allowed:
        return ""
    if request.caller.kind in (CallerKind.WEB_IDENTITY, CallerKind.SAML):
        return f"Not authorized to perform {request.action}"
    start = f"User: {_name(request.caller)} is not authorized to perform: {request.action}{_on_resource(request)}"
    return f"{start}{_reason(decision)}"


def _name(caller: Caller) -> str:
    return "anonymous" if caller.kind is CallerKind.ANONYMOUS else caller.arn or caller.name


def _on_resource(request: AccessRequest) -> str:
    if not request.resource:
        return ""
    quote = '"' if request.action_name.startswith("s3:") else ""
    return f" on resource: {quote}{request.resource}{quote}"


def _reason(decision: Decision) -> str:
    """Of several kinds of policy that deny, AWS names one."""
    if decision.kind is DecisionKind.EXPLICIT_DENY and decision.matched is not None:
        return f" with an explicit deny in {_EXPLICIT[decision.matched.policy.kind]}"
    if not decision.missing:
        return ""
    kind = decision.missing[0]
    # STS gives no reason when a role does not trust the caller, or is not there: strangers would learn of the role.
    is_no_role = kind is PolicyKind.RESOURCE and decision.request.action == "sts:AssumeRole"
    if kind is PolicyKind.TRUST or is_no_role:
        return ""
    return f" because no {kind} allows the {decision.request.action} action"
