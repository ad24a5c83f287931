"""The transform `AWS::LanguageExtensions`: loops, and functions where a template without it has none.

Done here, and not by the engine, so that what loops make is checked and guarded like everything else. What depends on
resources (`Fn::ToJsonString`) is left to the engine, which then has to know that the template declares the transform.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-languageextensions.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

import re
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.stacks.errors import validation_error
from groundcloud.stacks.intrinsics import NO_VALUE, UNKNOWN, Evaluator
from groundcloud.stacks.limits import LOOP_DEPTH
from groundcloud.stacks.parse import Template
from groundcloud.stacks.transforms import LANGUAGE

_LOOP = "Fn::ForEach::"
_LOOPING = ("Conditions", "Resources", "Outputs")
_POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")
_LEFT = "Fn::ToJsonString"


def extended(template: Template, evaluator: Evaluator) -> Template:
    """`template` with its loops unrolled and these functions put as their values, as far as they are known. Raises
    `ValidationError` with the reason why the transform fails."""
    changed = {name: _unrolled(section, evaluator, 0) for name, section in template.items() if name in _LOOPING}
    settled = {name: _settled(section, evaluator) for name, section in changed.items()}
    resources = settled.get("Resources")
    if isinstance(resources, dict):
        settled["Resources"] = {name: _resource(name, item, evaluator) for name, item in resources.items()}
    return {**template, **settled}


def declared_for_the_engine(template: Template) -> Template:
    """`template`, with the transform declared when a function is left that needs it."""
    return {**template, "Transform": LANGUAGE} if _has(template.get("Resources"), template.get("Outputs")) else template


def _resource(logical_id: str, resource: Any, evaluator: Evaluator) -> Any:
    if not str(logical_id).isalnum():
        raise _failed(f"LogicalId '{logical_id}' should be alphanumeric")
    if not isinstance(resource, dict):
        return resource
    policies = {name: _named(resource[name], evaluator, name) for name in _POLICIES if name in resource}
    return {**resource, **policies}


def _unrolled(node: Any, evaluator: Evaluator, depth: int) -> Any:
    if isinstance(node, list):
        return [_unrolled(item, evaluator, depth) for item in node]
    if not isinstance(node, dict):
        return node
    result: dict[str, Any] = {}
    for key, value in node.items():
        loop = str(key).startswith(_LOOP)
        made = _turns(str(key), value, evaluator, depth) if loop else {key: _unrolled(value, evaluator, depth)}
        for name, item in made.items():
            if name in result:
                raise _failed(f"Duplicate key {name}: the output keys of {key} have to differ")
            result[name] = item
    return result


def _turns(name: str, loop: Any, evaluator: Evaluator, depth: int) -> dict[str, Any]:
    """What a loop comes to, by output key."""
    if not isinstance(loop, list) or len(loop) != 3 or not isinstance(loop[0], str) or not isinstance(loop[2], dict):
        raise _failed(f"Fn::ForEach layout is incorrect ({name} takes an identifier, a collection and a fragment)")
    if depth >= LOOP_DEPTH:
        raise _failed(f"{name} is nested deeper than {LOOP_DEPTH}")
    identifier, collection, fragment = loop
    values = evaluator.value(collection)
    if not isinstance(values, list) or not all(isinstance(value, (str, int, float)) for value in values):
        raise _failed(f"Could not find a collection or could not be resolved for Fn::ForEach ({name})")
    made: dict[str, Any] = {}
    for value in values:
        turn = _unrolled(_put(fragment, identifier, str(value)), evaluator, depth + 1)
        for key, item in turn.items():
            if key in made:
                raise _failed(f"Duplicate key {key}: the output keys of {name} have to name ${{{identifier}}}")
            made[key] = item
    return made


def _put(node: Any, identifier: str, value: str) -> Any:
    """`node` for one turn: ``${Identifier}`` and a `Ref` to it are the value, ``&{Identifier}`` its letters and
    digits."""
    if isinstance(node, list):
        return [_put(item, identifier, value) for item in node]
    if isinstance(node, dict):
        if node == {"Ref": identifier}:
            return value
        return {_put(key, identifier, value): _put(item, identifier, value) for key, item in node.items()}
    if not isinstance(node, str):
        return node
    letters = re.sub(r"[^A-Za-z0-9]", "", value)
    return node.replace(f"${{{identifier}}}", value).replace(f"&{{{identifier}}}", letters)


def _settled(node: Any, evaluator: Evaluator) -> Any:
    if isinstance(node, list):
        return [_settled(item, evaluator) for item in node]
    if not isinstance(node, dict):
        return node
    if len(node) == 1:
        (name, argument), *_ = node.items()
        if name in ("Fn::Length", "Fn::FindInMap") and (name != "Fn::FindInMap" or _is_extended(argument)):
            value = evaluator.value(node)
            return node if value is UNKNOWN or value is NO_VALUE else value
        if name == "Ref" and isinstance(argument, dict):
            return {"Ref": _named(argument, evaluator, "Ref")}
        if name == "Fn::GetAtt" and isinstance(argument, list) and argument:
            return {name: [_named(part, evaluator, name) for part in argument]}
    return {key: _settled(item, evaluator) for key, item in node.items()}


def _is_extended(argument: Any) -> bool:
    """Whether `Fn::FindInMap` is given what only the transform lets it have."""
    return isinstance(argument, list) and (len(argument) > 3 or any(isinstance(part, dict) for part in argument))


def _named(node: Any, evaluator: Evaluator, where: str) -> Any:
    """The text that a function in the place of a name comes to."""
    if not isinstance(node, dict):
        return node
    text = evaluator.text(node)
    if text is None:
        raise _failed(f"Unresolvable value for {where}: it has to follow from parameters")
    return text


def _has(*nodes: Any) -> bool:
    for node in nodes:
        if isinstance(node, dict) and (_LEFT in node or _has(*node.values())):
            return True
        if isinstance(node, list) and _has(*node):
            return True
    return False


def _failed(reason: str) -> AwsError:
    return validation_error(f"Transform {LANGUAGE} failed with: {reason}")
