"""What EventBridge needs to deliver to a rule's target, told from the target alone: pure.

Queues and topics let EventBridge in by their policies
(docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html), state machines, API destinations and
other buses are reached by the role that the target names
(docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html). Functions are asked for when an event
reaches them (`deliveries`), but for those whose event the rule reshapes: it no longer tells who sends it.

A target that may not be reached is written in the engine under an ARN that the engine takes and never delivers to, one
of another region: "AWS parity: EventBridge accepts cross-region SNS/SQS targets at PutTargets … accept the target and
drop the invocation" (`eventbridge._invoke_target`). The real one stands whole within it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

SERVICE = "events.amazonaws.com"
_RESHAPED = ("Input", "InputPath", "InputTransformer")
_BY_POLICY = {"sqs": "sqs:SendMessage", "sns": "sns:Publish"}
_BY_ROLE = {
    "api-destination": "events:InvokeApiDestination",
    "event-bus": "events:PutEvents",
    "stateMachine": "states:StartExecution",
}
_WITHHELD = "arn:aws:sqs:withheld:"


class Need(NamedTuple):
    """One action on the target; `role` is the ARN of the role that does it, "" where the target's policy decides."""

    action: str
    resource: str
    role: str = ""


def need_of(target: Mapping[str, Any]) -> Need | None:
    """Of a target as PutTargets takes it; None where nothing has to be asked here."""
    arn, role = str(target.get("Arn", "")), str(target.get("RoleArn") or "")
    service, kind = _service(arn), _kind(arn)
    if service in _BY_POLICY:
        return Need(_BY_POLICY[service], arn)
    if service == "lambda" and any(target.get(name) for name in _RESHAPED):
        return Need("lambda:InvokeFunction", arn)
    if service in ("events", "states") and kind in _BY_ROLE and role:
        return Need(_BY_ROLE[kind], arn, role)
    return None


def withheld(arn: str) -> str:
    """The ARN under which a target is kept that nothing is delivered to."""
    return arn if arn.startswith(_WITHHELD) else f"{_prefix(arn.split(':')[4])}{arn}"


def real(arn: str) -> str:
    """The ARN that the user gave."""
    return arn.removeprefix(_WITHHELD).partition(":")[2] if arn.startswith(_WITHHELD) else arn


def without_mark(text: bytes, account: str) -> bytes:
    """An answer of the engine's with the ARNs that users gave."""
    return text.replace(_prefix(account).encode(), b"")


def _prefix(account: str) -> str:
    return f"{_WITHHELD}{account}:"


def _service(arn: str) -> str:
    parts = arn.split(":", 5)
    return parts[2] if len(parts) == 6 else ""


def _kind(arn: str) -> str:
    rest = arn.split(":", 5)[-1]
    return rest.partition("/")[0].partition(":")[0]
