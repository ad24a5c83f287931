"""What a resource's own service refuses of it, in the service's words, before it is made: Lambda and EventBridge.

The rules are those of their APIs; this module reads what a template says in another form.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Lambda.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from groundcloud.stacks.aliasrules import alias_problem, template_weights
from groundcloud.stacks.asyncrules import async_problem
from groundcloud.stacks.functionrules import request_problem
from groundcloud.stacks.mappingrules import FIFO, KINESIS, QUEUE, TABLE, mapping_problem, source_kind
from groundcloud.stacks.schedulerules import schedule_problem
from groundcloud.stacks.targetrules import targets_problem

Properties = Mapping[str, Any]

_SOURCES = {
    "AWS::Kinesis::Stream": KINESIS,
    "AWS::DynamoDB::Table": TABLE,
    "AWS::DynamoDB::GlobalTable": TABLE,
    "AWS::SQS::Queue": QUEUE,
}


def service_problem(kind: str, properties: Properties, raw: Properties, resources: Mapping[str, Any]) -> str | None:
    """The service's message, or None. `properties` have their functions evaluated, `raw` not; `resources` are the
    template's, by logical id."""
    if kind == "AWS::Lambda::EventSourceMapping":
        source = _source_kind(properties, raw, resources)
        return mapping_problem(properties, source) if source is not None else None
    rule = _RULES.get(kind)
    return rule(properties) if rule is not None else None


def _alias(properties: Properties) -> str | None:
    found = alias_problem(template_weights(properties))
    name = properties.get("Name")
    if found is None and isinstance(name, str):
        found = request_problem("CreateAlias", {"Name": name, "FunctionVersion": "1"})
    return found.message if found is not None else None


def _rule(properties: Properties) -> str | None:
    schedule = properties.get("ScheduleExpression")
    problem = schedule_problem(schedule) if isinstance(schedule, str) and schedule else None
    return problem or targets_problem(properties.get("Targets"))


_RULES: dict[str, Callable[[Properties], str | None]] = {
    "AWS::Events::Rule": _rule,
    "AWS::Lambda::Alias": _alias,
    "AWS::Lambda::EventInvokeConfig": async_problem,
}


def _source_kind(properties: Properties, raw: Properties, resources: Mapping[str, Any]) -> str | None:
    """By the ARN, if it is known, else by the resource of the template whose ARN it is."""
    arn = properties.get("EventSourceArn")
    if isinstance(arn, str):
        return source_kind(arn)
    place = raw.get("EventSourceArn")
    attribute = place.get("Fn::GetAtt") if isinstance(place, dict) else None
    logical_id = attribute[0] if isinstance(attribute, list) and attribute else str(attribute).partition(".")[0]
    resource = resources.get(logical_id) if isinstance(logical_id, str) else None
    if not isinstance(resource, dict):
        return None
    kind = _SOURCES.get(str(resource.get("Type")))
    fifo = (resource.get("Properties") or {}).get("FifoQueue")
    return FIFO if kind == QUEUE and str(fifo).lower() == "true" else kind
