"""Makes a change of outputs alone a change that the engine's change sets see.

The engine compares resources only, and refuses a change set that differs in outputs. So a template with outputs gets
one more resource, of a type that makes nothing, that carries a digest of them; `views` leaves it out of every answer.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from groundcloud.stacks.intrinsics import NO_VALUE, UNKNOWN, Evaluator
from groundcloud.stacks.limits import STACK_RESOURCES
from groundcloud.stacks.parse import Template

MARK_ID = "GroundcloudOutputsMark"


def marked(template: Template, evaluator: Evaluator) -> Template:
    """`template` with the mark; as it is when it has no outputs, or no room."""
    outputs, resources = template.get("Outputs"), template["Resources"]
    if not isinstance(outputs, dict) or not outputs or len(resources) >= STACK_RESOURCES:
        return template
    state = {
        "outputs": _settled(outputs, evaluator),
        **_mentioned(template, evaluator, json.dumps(outputs, default=str)),
    }
    digest = hashlib.sha256(json.dumps(state, sort_keys=True, default=str).encode()).hexdigest()
    mark = {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": digest}}
    return {**template, "Resources": {**resources, MARK_ID: mark}}


def _mentioned(template: Template, evaluator: Evaluator, text: str) -> dict[str, Any]:
    """What the parameters and conditions come to that the outputs name, for instance within a longer `Fn::Sub`."""
    parameters, conditions = template.get("Parameters") or {}, template.get("Conditions") or {}
    return {
        "parameters": {name: evaluator.value({"Ref": name}) for name in parameters if name in text},
        "conditions": {name: evaluator.condition(name) for name in conditions if name in text},
    }


def _settled(node: Any, evaluator: Evaluator) -> Any:
    """`node` with what is known put as its value."""
    value = evaluator.value(node)
    if value is NO_VALUE:
        return None
    if value is not UNKNOWN:
        return value
    if isinstance(node, dict):
        return {key: _settled(item, evaluator) for key, item in node.items()}
    return [_settled(item, evaluator) for item in node] if isinstance(node, list) else node
