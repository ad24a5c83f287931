"""Names that a template refers to and does not define, refused in CloudFormation's words.

Two looks: at everything that is written, and then at what is active for these parameters, because a resource that its
condition leaves out cannot be referred to either. Wordings:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html#troubleshooting-errors-validation-errors
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.stacks.errors import template_format_error, validation_error
from groundcloud.stacks.intrinsics import Evaluator
from groundcloud.stacks.parse import Template

PSEUDO_PARAMETERS = frozenset(
    f"AWS::{name}"
    for name in (
        "AccountId",
        "NoValue",
        "NotificationARNs",
        "Partition",
        "Region",
        "StackId",
        "StackName",
        "URLSuffix",
    )
)
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html"""

_SUBSTITUTION = re.compile(r"\$\{([^!}][^}]*)\}")

Holds = Callable[[str], bool | None]


@dataclass(frozen=True)
class Use:
    """A name that a function uses. `kind` is Ref, GetAtt, SubAttribute or Condition; `text` the name as written."""

    kind: str
    name: str
    text: str


def undefined_problem(template: Template) -> AwsError | None:
    """The first name that is defined nowhere, or None. `template` has its transforms done."""
    values = {*PSEUDO_PARAMETERS, *_section(template, "Parameters")}
    resources = set(_section(template, "Resources"))
    return _undefined_condition(template) or _undefined(template, values, resources, lambda _name: None)


def unresolved_problem(template: Template, evaluator: Evaluator) -> AwsError | None:
    """The first name that is undefined, or left out for these parameters, or None."""
    values = {*PSEUDO_PARAMETERS, *_section(template, "Parameters")}
    return undefined_problem(template) or _left_out(template, evaluator, values)


def _left_out(template: Template, evaluator: Evaluator, values: set[str]) -> AwsError | None:
    """A reference from what is made to what a condition leaves out."""

    def active(item: Any) -> bool:
        return evaluator.condition(item.get("Condition") if isinstance(item, dict) else None) is not False

    names = {name for name, resource in _section(template, "Resources").items() if active(resource)}
    chosen = {
        block: {name: item for name, item in _section(template, block).items() if active(item)}
        for block in ("Resources", "Outputs")
    }
    # `DependsOn` may name what a condition leaves out; AWS drops it then.
    chosen["Resources"] = {
        name: {key: value for key, value in resource.items() if key != "DependsOn"}
        for name, resource in chosen["Resources"].items()
    }
    return _undefined({**template, **chosen}, values, names, evaluator.condition)


def _undefined(template: Template, values: set[str], resources: set[str], holds: Holds) -> AwsError | None:
    for block in ("Resources", "Outputs"):
        missing: list[str] = []
        for item in _section(template, block).values():
            for use in _uses_of(item, holds):
                if use.kind == "GetAtt" and use.name not in resources:
                    return validation_error(
                        f"Template error: instance of Fn::GetAtt references undefined resource {use.name}"
                    )
                if use.kind == "SubAttribute" and use.name not in resources:
                    return validation_error(
                        f"Template error: instance of Fn::Sub references invalid resource attribute {use.text}"
                    )
                if use.kind == "Ref" and use.name not in values and use.name not in resources:
                    missing.append(use.name)
        if missing:
            names = ", ".join(dict.fromkeys(missing))
            return template_format_error(
                f"Unresolved resource dependencies [{names}] in the {block} block of the template"
            )
    return None


def _undefined_condition(template: Template) -> AwsError | None:
    conditions = _section(template, "Conditions")
    names = set(_section(template, "Parameters")) | PSEUDO_PARAMETERS
    uses = [use for condition in conditions.values() for use in _uses(condition, lambda _name: None)]
    unknown = [use.name for use in uses if use.kind == "Ref" and use.name not in names]
    if unknown:
        listed = ", ".join(dict.fromkeys(unknown))
        return template_format_error(
            f"Unresolved dependencies [{listed}]. Cannot reference resources in the Conditions block of the template"
        )
    for block in ("Conditions", "Resources", "Outputs"):
        for item in _section(template, block).values():
            named = _conditions_named(item) if block == "Conditions" else [*_own_condition(item)]
            for name in named:
                if name not in conditions:
                    return template_format_error(
                        f"Unresolved condition dependency {name} in the {block} block of the template"
                    )
            for use in _uses_of(item, lambda _name: None):
                if use.kind == "Condition" and use.name not in conditions:
                    return validation_error(f"Template error: unresolved condition dependency {use.name} in Fn::If")
    return None


def _own_condition(item: Any) -> Iterator[str]:
    if isinstance(item, dict) and isinstance(item.get("Condition"), str):
        yield item["Condition"]


def _conditions_named(node: Any) -> Iterator[str]:
    """The conditions that a condition is made of: ``{"Condition": name}``."""
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    if isinstance(node, dict) and len(node) == 1 and isinstance(node.get("Condition"), str):
        yield node["Condition"]
    for child in children:
        yield from _conditions_named(child)


def _uses_of(item: Any, holds: Holds) -> Iterator[Use]:
    """The uses in one resource (its properties and `DependsOn`) or output."""
    if not isinstance(item, dict):
        return
    declared = item.get("DependsOn") or []
    for name in [declared] if isinstance(declared, str) else declared if isinstance(declared, list) else []:
        if isinstance(name, str):
            yield Use("Ref", name, name)
    for key in ("Properties", "Value", "Export"):
        yield from _uses(item.get(key), holds)


def _uses(node: Any, holds: Holds) -> Iterator[Use]:
    if isinstance(node, list):
        for child in node:
            yield from _uses(child, holds)
    elif isinstance(node, dict) and len(node) == 1:
        yield from _uses_of_function(*next(iter(node.items())), holds)
    elif isinstance(node, dict):
        for child in node.values():
            yield from _uses(child, holds)


def _uses_of_function(function: Any, argument: Any, holds: Holds) -> Iterator[Use]:
    if function == "Ref" and isinstance(argument, str):
        yield Use("Ref", argument, argument)
    elif function == "Fn::GetAtt":
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        if isinstance(parts, list) and parts and isinstance(parts[0], str):
            yield Use("GetAtt", parts[0], str(argument))
            yield from _uses(parts[1:], holds)
    elif function == "Fn::Sub":
        yield from _uses_of_text(argument, holds)
    elif function == "Fn::If" and isinstance(argument, list) and len(argument) == 3:
        yield from _uses_of_choice(argument, holds)
    else:
        yield from _uses(argument, holds)


def _uses_of_text(argument: Any, holds: Holds) -> Iterator[Use]:
    text, extra = argument if isinstance(argument, list) and len(argument) == 2 else (argument, {})
    yield from (use for value in extra.values() for use in _uses(value, holds)) if isinstance(extra, dict) else ()
    for found in _SUBSTITUTION.findall(text) if isinstance(text, str) else ():
        written = found.strip()
        if isinstance(extra, dict) and written in extra:
            continue
        name, dot, _attribute = written.partition(".")
        yield Use("SubAttribute" if dot else "Ref", name, written)


def _uses_of_choice(argument: list[Any], holds: Holds) -> Iterator[Use]:
    """The branch that holds, as far as it is known."""
    name, if_true, if_false = argument
    if isinstance(name, str):
        yield Use("Condition", name, name)
    chosen = holds(name) if isinstance(name, str) else None
    yield from _uses(if_true if chosen is not False else None, holds)
    yield from _uses(if_false if chosen is not True else None, holds)


def _section(template: Template, name: str) -> dict[str, Any]:
    section = template.get(name)
    return section if isinstance(section, dict) else {}
