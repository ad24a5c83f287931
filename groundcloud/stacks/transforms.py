"""Which transforms a template asks for, and which there are.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-reference.html. A transform that does
not exist is refused in CloudFormation's words ("No transform named 111122223333::Name found."), one that only AWS has
by its name: ignored, it would leave a stack that is not what the template says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.ports import Scope
from groundcloud.stacks.errors import template_format_error, validation_error
from groundcloud.stacks.includes import INCLUDE
from groundcloud.stacks.parse import Template

SERVERLESS = "AWS::Serverless-2016-10-31"
LANGUAGE = "AWS::LanguageExtensions"
_OURS = (SERVERLESS, LANGUAGE, INCLUDE)
_OF_AWS = (
    "AWS::CodeDeployBlueGreen",
    "AWS::SecretsManager-2020-07-23",
    "AWS::SecretsManager-2024-09-16",
    "AWS::ServiceCatalog",
)


def declared_transforms(template: Template) -> list[str]:
    """The names below `Transform`, in any of its forms (a string, an object with a `Name`, a list of these)."""
    return [name for name in _names(template) if isinstance(name, str)]


def transform_problem(template: Template, scope: Scope) -> AwsError | None:
    """Why a transform that the template asks for cannot be applied; `template` has its includes done."""
    for name in (*_names(template), *_called(template)):
        if not isinstance(name, str) or not name:
            return template_format_error("Transforms have to be named: by a string, or by a map with the key Name.")
        if name in _OF_AWS:
            ours = ", ".join(_OURS)
            return validation_error(f"Transform {name} is not supported here (Groundcloud has {ours}).")
        if name not in _OURS:
            return validation_error(f"No transform named {_full(name, scope)} found.")
    return None


def _names(template: Template) -> list[Any]:
    declared = template.get("Transform")
    entries = declared if isinstance(declared, list) else [] if declared is None else [declared]
    return [entry.get("Name") if isinstance(entry, dict) else entry for entry in entries]


def _called(node: Any) -> Iterator[Any]:
    """The names below ``Fn::Transform``, wherever in the template."""
    if isinstance(node, dict):
        call = node.get("Fn::Transform")
        if call is not None:
            yield call.get("Name") if isinstance(call, dict) else None
        for value in node.values():
            yield from _called(value)
    elif isinstance(node, list):
        for item in node:
            yield from _called(item)


def _full(name: str, scope: Scope) -> str:
    """A macro is its account's, unless it is named with another's."""
    return name if "::" in name else f"{scope.account}::{name}"
