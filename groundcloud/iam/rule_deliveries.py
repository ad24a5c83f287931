"""What EventBridge's rules send to functions, queues and topics: only what the target's policy, or the target's role,
lets in.

Sources, below docs.aws.amazon.com/eventbridge/latest/userguide/: eb-use-resource-based.html (the policy of the target,
or the role that the rule's target names), eb-rule-event-delivery.html (a missing permission is not retried: the event
goes to the target's dead-letter queue or is dropped), eb-monitoring.html (the metrics).
"""

from __future__ import annotations

import logging
from typing import Any

from groundcloud.engines.embedded.rules import RuleDelivery
from groundcloud.errors import AwsError
from groundcloud.iam.access import OFF
from groundcloud.iam.deliveries import Deliveries
from groundcloud.iam.event_sources import RULES, EventSource
from groundcloud.iam.function_roles import FunctionRoles
from groundcloud.iam.service_roles import ServiceDoor
from groundcloud.ports import AwsCaller, Scope

_log = logging.getLogger(__name__)

_ACTIONS = {"lambda": "lambda:InvokeFunction", "sqs": "sqs:SendMessage", "sns": "sns:Publish"}
_OPERATION = "events:Deliver"


class RuleDeliveries:
    """`aws` puts the metrics and the dead letters; `door` acts as ``events.amazonaws.com``."""

    def __init__(
        self, aws: AwsCaller, deliveries: Deliveries, roles: FunctionRoles, door: ServiceDoor, mode: str
    ) -> None:
        self._aws = aws
        self._deliveries = deliveries
        self._roles = roles
        self._door = door
        self._mode = mode

    async def judge(self, delivery: RuleDelivery) -> bool:
        """Whether it may be delivered; if not, the metrics and the dead-letter queue say so."""
        if self._mode == OFF:
            return True
        try:
            await self._require(delivery)
        except AwsError as error:
            if error.code != "AccessDenied":
                raise
            _log.warning("An event was not delivered: %s", error.message)
            await self._failed(delivery, error.message)
            return False
        return True

    async def _require(self, delivery: RuleDelivery) -> None:
        action = _ACTIONS[delivery.target.split(":")[2]]
        if not delivery.role:
            source = EventSource(RULES, delivery.rule)
            await self._deliveries.require_of(action, delivery.target, source, _OPERATION)
            return
        await self._door.check_trust(delivery.role)
        session = delivery.rule.rpartition("/")[2]
        await self._roles.require_for(
            session, delivery.role, action, delivery.target, _scope_of(delivery.rule), _OPERATION
        )

    async def _failed(self, delivery: RuleDelivery, reason: str) -> None:
        await self._count("FailedInvocations", delivery.rule)
        if not delivery.dead_letters:
            return
        try:
            source = EventSource(RULES, delivery.rule)
            await self._deliveries.require_of("sqs:SendMessage", delivery.dead_letters, source, _OPERATION)
            await self._aws.call("sqs", "SendMessage", _dead_letter(delivery, reason), scope=_scope_of(delivery.rule))
        except AwsError as error:
            _log.warning("An undelivered event was dropped: %s", error.message)
            await self._count("InvocationsFailedToBeSentToDlq", delivery.rule)
        else:
            await self._count("InvocationsSentToDlq", delivery.rule)

    async def _count(self, metric: str, rule: str) -> None:
        *bus, name = rule.partition(":rule/")[2].split("/")
        dimensions = [{"Name": "EventBusName", "Value": "/".join(bus)}] if bus else []
        dimensions.append({"Name": "RuleName", "Value": name})
        data = {"MetricName": metric, "Dimensions": dimensions, "Value": 1.0, "Unit": "Count"}
        params = {"Namespace": "AWS/Events", "MetricData": [data]}
        await self._aws.call("cloudwatch", "PutMetricData", params, scope=_scope_of(rule))


def _dead_letter(delivery: RuleDelivery, reason: str) -> dict[str, Any]:
    *_, account, name = delivery.dead_letters.split(":")
    told = {
        "RULE_ARN": delivery.rule,
        "TARGET_ARN": delivery.target,
        "ERROR_CODE": "NO_PERMISSIONS",
        "ERROR_MESSAGE": reason,
    }
    attributes = {key: {"DataType": "String", "StringValue": value} for key, value in told.items()}
    url = f"http://localhost/{account}/{name}"
    return {"QueueUrl": url, "MessageBody": delivery.event(), "MessageAttributes": attributes}


def _scope_of(arn: str) -> Scope:
    parts = arn.split(":")
    return Scope(parts[4], parts[3])
