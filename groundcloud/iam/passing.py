"""Roles that a call hands to a service: each needs ``iam:PassRole`` on the role.

Source: docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html; which service takes the role is what the
reference's pages of the services say (``iam:PassedToService``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from groundcloud.iam.checks import Check, account_of_arn
from groundcloud.iam.params import Call

_LAMBDA, _STATES = "lambda.amazonaws.com", "states.amazonaws.com"
_EVENTS, _CLOUDFORMATION = "events.amazonaws.com", "cloudformation.amazonaws.com"
_PASSING: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {
    ("apigateway", "PutIntegration"): ("apigateway.amazonaws.com", ("credentials",)),
    ("apigatewayv2", "CreateIntegration"): ("apigateway.amazonaws.com", ("CredentialsArn", "credentialsArn")),
    ("cloudformation", "CreateChangeSet"): (_CLOUDFORMATION, ("RoleARN",)),
    ("cloudformation", "CreateStack"): (_CLOUDFORMATION, ("RoleARN",)),
    ("cloudformation", "DeleteStack"): (_CLOUDFORMATION, ("RoleARN",)),
    ("cloudformation", "UpdateStack"): (_CLOUDFORMATION, ("RoleARN",)),
    ("codebuild", "CreateProject"): ("codebuild.amazonaws.com", ("serviceRole",)),
    ("cognito-identity", "SetIdentityPoolRoles"): ("cognito-identity.amazonaws.com", ("Roles",)),
    ("ecs", "RegisterTaskDefinition"): ("ecs-tasks.amazonaws.com", ("taskRoleArn", "executionRoleArn")),
    ("ecs", "RunTask"): ("ecs-tasks.amazonaws.com", ("overrides",)),
    ("events", "PutRule"): (_EVENTS, ("RoleArn",)),
    ("events", "PutTargets"): (_EVENTS, ("Targets",)),
    ("firehose", "CreateDeliveryStream"): (
        "firehose.amazonaws.com",
        ("S3DestinationConfiguration", "ExtendedS3DestinationConfiguration"),
    ),
    ("glue", "CreateJob"): ("glue.amazonaws.com", ("Role",)),
    ("lambda", "CreateFunction"): (_LAMBDA, ("Role",)),
    ("lambda", "UpdateFunctionConfiguration"): (_LAMBDA, ("Role",)),
    ("logs", "PutSubscriptionFilter"): ("logs.amazonaws.com", ("roleArn",)),
    ("pipes", "CreatePipe"): ("pipes.amazonaws.com", ("RoleArn",)),
    ("pipes", "UpdatePipe"): ("pipes.amazonaws.com", ("RoleArn",)),
    ("scheduler", "CreateSchedule"): ("scheduler.amazonaws.com", ("Target",)),
    ("scheduler", "UpdateSchedule"): ("scheduler.amazonaws.com", ("Target",)),
    ("stepfunctions", "CreateStateMachine"): (_STATES, ("roleArn",)),
    ("stepfunctions", "UpdateStateMachine"): (_STATES, ("roleArn",)),
}


def passed_roles(call: Call, params: dict[str, Any]) -> list[Check]:
    """One ``iam:PassRole`` for each role in the call's parameters."""
    found = _PASSING.get((call.service, call.operation))
    if found is None:
        return []
    service, names = found
    roles = dict.fromkeys(role for name in names for role in _roles(params.get(name)))
    return [Check("iam:PassRole", role, {"iam:PassedToService": (service,)}, account_of_arn(role)) for role in roles]


def passes_roles(service: str, operation: str) -> bool:
    return (service, operation) in _PASSING


def _roles(value: Any) -> Iterator[str]:
    """Every role's ARN in `value`, however deep it is."""
    if isinstance(value, str):
        if value.startswith("arn:") and ":role/" in value:
            yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _roles(item)
    elif isinstance(value, list):
        for item in value:
            yield from _roles(item)
