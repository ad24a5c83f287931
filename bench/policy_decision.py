"""What one decision of the policy evaluator costs: `python -m bench.policy_decision`.

No cloud, no I/O. Five statements, the request built anew each time; the best of many batches.
"""

from __future__ import annotations

import time
from typing import Any

from groundcloud.iam.evaluate import decide
from groundcloud.iam.model import AccessRequest, Caller, CallerKind, NamedPolicy, PolicyKind, PolicySet
from groundcloud.iam.parse import load

ACCOUNT = "111122223333"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/tasks"
CALLER = Caller(
    CallerKind.ROLE_SESSION,
    f"arn:aws:sts::{ACCOUNT}:assumed-role/create-task/CreateTask",
    ACCOUNT,
    "AROACREATETASK:CreateTask",
    "CreateTask",
    f"arn:aws:iam::{ACCOUNT}:role/create-task",
)
CONTEXT = {
    "aws:SecureTransport": ("true",),
    "aws:SourceIp": ("10.1.2.3",),
    "dynamodb:LeadingKeys": ("AROACREATETASK:CreateTask",),
}
PLAIN: list[dict[str, Any]] = [
    {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "arn:aws:logs:*:*:*"},
    {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::bucket/${aws:userid}/*"},
    {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:*:*:queue"},
    {"Effect": "Deny", "Action": "dynamodb:DeleteTable", "Resource": "*"},
    {"Effect": "Allow", "Action": ["dynamodb:Get*", "dynamodb:PutItem"], "Resource": [TABLE, f"{TABLE}/index/*"]},
]
CONDITIONS: dict[int, dict[str, Any]] = {
    3: {"Bool": {"aws:SecureTransport": "false"}, "NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    4: {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "${aws:userid}"}},
}
CONDITIONAL = [
    {**statement, **({"Condition": CONDITIONS[index], "Action": "dynamodb:*"} if index in CONDITIONS else {})}
    for index, statement in enumerate(PLAIN)
]
BATCHES, CALLS = 50, 500


def microseconds(statements: list[dict[str, Any]]) -> float:
    """One decision's processor time, in µs."""
    document = load({"Version": "2012-10-17", "Statement": statements})
    policies = PolicySet(identity=(NamedPolicy("inline", PolicyKind.IDENTITY, document),))
    return min(_batch(policies) for _ in range(BATCHES))


def _batch(policies: PolicySet) -> float:
    start = time.process_time()
    for _ in range(CALLS):
        decision = decide(AccessRequest(CALLER, "dynamodb:PutItem", TABLE, ACCOUNT, CONTEXT), policies)
    spent = time.process_time() - start
    if not decision.allowed:
        raise RuntimeError("the request should be allowed")
    return spent / CALLS * 1e6


if __name__ == "__main__":
    for title, statements in (("five statements", PLAIN), ("with conditions and a variable", CONDITIONAL)):
        print(f"{title:32} {microseconds(statements):6.1f} µs")
