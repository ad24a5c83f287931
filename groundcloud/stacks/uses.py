"""What functions and mappings of a template need of the account that the template does not make: pure.

Lambda refuses a function, a mapping or an asynchronous configuration that names what is not there, a role that does not
trust it, and a reserve that leaves too little, whoever asks for it: its API (`groundcloud/edge/lambdarules`) or
CloudFormation. What a resource had before is not looked at again: an update does not touch what stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundcloud.stacks.asyncrules import destinations_of
from groundcloud.stacks.intrinsics import Evaluator
from groundcloud.stacks.parse import Template

ROLE, UNTRUSTING, RESERVE, DEAD_LETTERS, DESTINATION, SOURCE = range(6)
"""What is named is a role's ARN; nothing, for a role of the template that does not trust Lambda; the function that
reserves; the ARN of a target, a destination, an event source."""

_FUNCTION, _MAPPING, _ASYNC = (
    f"AWS::Lambda::{kind}" for kind in ("Function", "EventSourceMapping", "EventInvokeConfig")
)
_LAMBDA = "lambda.amazonaws.com"
_MAKING = ("AWS::CloudFormation::Stack", "AWS::CloudFormation::CustomResource", "Custom::")
_NAMES = ("QueueName", "TopicName", "BucketName", "TableName", "FunctionName", "RoleName", "Name")


@dataclass(frozen=True)
class WantedUse:
    """`number` is what a function is to reserve."""

    logical_id: str
    kind: int
    named: str
    number: int = 0


def wanted_uses(template: Template, evaluator: Evaluator, before: Mapping[str, Any]) -> list[WantedUse]:
    """As far as it is known before the deployment; `before` are the resources that are deployed. Nested stacks and
    custom resources may make anything."""
    resources: dict[str, Any] = template["Resources"]
    if any(str(resource.get("Type")).startswith(_MAKING) for resource in resources.values()):
        return []
    made = {evaluator.text(_properties(one).get(name)) for one in resources.values() for name in _NAMES} - {None}
    found = []
    for logical_id, resource in resources.items():
        if evaluator.condition(resource.get("Condition")) is False:
            continue
        had = _properties(before.get(logical_id))
        changed = {name: value for name, value in _properties(resource).items() if had.get(name) != value}
        for use in _uses(logical_id, resource.get("Type"), changed, evaluator, resources):
            if use.kind in (UNTRUSTING, RESERVE) or not made & set(re.split("[:/]", use.named)):
                found.append(use)
    return found


def _uses(
    logical_id: str, kind: Any, properties: Mapping[str, Any], evaluator: Evaluator, resources: Mapping[str, Any]
) -> Iterator[WantedUse]:
    known = evaluator.outline(properties)
    if kind == _FUNCTION:
        yield from _of_function(logical_id, properties, known, evaluator, resources)
    source = known.get("EventSourceArn") if kind == _MAPPING else None
    if isinstance(source, str):
        yield WantedUse(logical_id, SOURCE, source)
    for arn in destinations_of(known) if kind in (_MAPPING, _ASYNC) else ():
        yield WantedUse(logical_id, DESTINATION, arn)


def _of_function(
    logical_id: str,
    properties: Mapping[str, Any],
    known: Mapping[str, Any],
    evaluator: Evaluator,
    resources: Mapping[str, Any],
) -> Iterator[WantedUse]:
    role, letters = known.get("Role"), known.get("DeadLetterConfig")
    target = letters.get("TargetArn") if isinstance(letters, dict) else None
    reserved = evaluator.text(properties.get("ReservedConcurrentExecutions"))
    if isinstance(role, str):
        yield WantedUse(logical_id, ROLE, role)
    elif not _may_trust(_role_of(properties.get("Role"), resources), evaluator):
        yield WantedUse(logical_id, UNTRUSTING, "")
    if isinstance(target, str) and target:
        yield WantedUse(logical_id, DEAD_LETTERS, target)
    if reserved is not None and reserved.isdecimal():
        yield WantedUse(logical_id, RESERVE, evaluator.text(properties.get("FunctionName")) or "", int(reserved))


def _role_of(node: Any, resources: Mapping[str, Any]) -> Mapping[str, Any]:
    """The properties of the role of the template that ``Fn::GetAtt`` names."""
    attribute = node.get("Fn::GetAtt") if isinstance(node, dict) else None
    logical_id = attribute[0] if isinstance(attribute, list) and attribute else str(attribute).partition(".")[0]
    resource = resources.get(logical_id) if isinstance(logical_id, str) else None
    is_role = isinstance(resource, dict) and resource.get("Type") == "AWS::IAM::Role"
    return _properties(resource) if is_role else {}


def _may_trust(role: Mapping[str, Any], evaluator: Evaluator) -> bool:
    """Whether its trust policy may name Lambda; True also for what is not known."""
    document = evaluator.outline(role.get("AssumeRolePolicyDocument"))
    statements = document.get("Statement") if isinstance(document, dict) else None
    if isinstance(statements, dict):
        statements = [statements]
    return not isinstance(statements, list) or any(_names_lambda(statement) for statement in statements)


def _names_lambda(statement: Any) -> bool:
    if not isinstance(statement, dict) or statement.get("Effect") == "Deny":
        return not isinstance(statement, dict)
    principal = statement.get("Principal")
    services = principal.get("Service", []) if isinstance(principal, dict) else [principal]
    names = services if isinstance(services, list) else [services]
    return any(not isinstance(name, str) or name in (_LAMBDA, "*") for name in names)


def _properties(resource: Any) -> Mapping[str, Any]:
    properties = resource.get("Properties") if isinstance(resource, dict) else None
    return properties if isinstance(properties, dict) else {}
