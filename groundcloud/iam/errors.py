"""What this part refuses, in AWS's words."""

from __future__ import annotations

from groundcloud.errors import AwsError

MALFORMED = "MalformedPolicyDocument"
SYNTAX = "Syntax errors in policy."


def malformed(message: str = SYNTAX) -> AwsError:
    """A document that IAM or STS does not take (API reference: PutRolePolicy, CreateRole, AssumeRole; all 400)."""
    return AwsError(MALFORMED, message, 400)
