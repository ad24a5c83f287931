"""Nested stacks: the engine deploys a child's template as it finds it, so each child is rewritten like its parent.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html

What a child's parameters come to is known as far as the parent's template says it; what depends on resources is not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from groundcloud.ports import Scope
from groundcloud.stacks.intrinsics import Evaluator, parameter_values
from groundcloud.stacks.parse import Template

STACK = "AWS::CloudFormation::Stack"


@dataclass(frozen=True)
class Source:
    """What one call deploys: the template's text, the values given and those of the stack so far, and the names.

    `named` are the parameters that the call names, those that keep their value among them; `unknown` those whose value
    comes to be during the deployment. `stack_name` is None for a nested stack, whose name the engine makes up; `path`
    are the logical ids that lead to it from the stack called `root`. `before` are the resources that are deployed.
    """

    text: str
    stack_name: str | None
    given: Mapping[str, str]
    previous: Mapping[str, str]
    scope: Scope
    named: Collection[str] = ()
    unknown: Collection[str] = ()
    root: str = ""
    path: tuple[str, ...] = ()
    before: Mapping[str, Any] = field(default_factory=dict)

    def values(self, template: Template) -> dict[str, Any]:
        """The values of the parameters of `template`, as far as they are known."""
        found = parameter_values(template, self.given, self.previous)
        return {name: value for name, value in found.items() if name not in self.unknown}


@dataclass(frozen=True)
class Child:
    """A nested stack: its logical id, where its template is, and the source to be, without the text."""

    logical_id: str
    url: str
    source: Source


def children_of(template: Template, evaluator: Evaluator, source: Source) -> Iterator[Child]:
    """The nested stacks whose template's place is known and whose condition does not rule them out."""
    for logical_id, resource in template["Resources"].items():
        properties = resource.get("Properties") if isinstance(resource, dict) else None
        if not isinstance(properties, dict) or resource.get("Type") != STACK:
            continue
        url = evaluator.text(properties.get("TemplateURL"))
        if url and evaluator.condition(resource.get("Condition")) is not False:
            yield Child(logical_id, url, _source(logical_id, properties, evaluator, source))


def _source(logical_id: str, properties: dict[str, Any], evaluator: Evaluator, parent: Source) -> Source:
    parameters = _as_text(properties.get("Parameters"))
    texts = {name: evaluator.text(value) for name, value in parameters.items()}
    return Source(
        text="",
        stack_name=None,
        given={name: text for name, text in texts.items() if text is not None},
        previous={},
        scope=parent.scope,
        named=tuple(parameters),
        unknown=tuple(name for name, text in texts.items() if text is None),
        root=parent.root or parent.stack_name or "",
        path=(*parent.path, logical_id),
    )


def with_templates(template: Template, urls: Mapping[str, str]) -> Template:
    """`template` with the nested stacks' templates at `urls` (by logical id)."""
    resources = dict(template["Resources"])
    for logical_id, url in urls.items():
        properties = dict(resources[logical_id]["Properties"], TemplateURL=url)
        if "Parameters" in properties:
            properties["Parameters"] = _as_text(properties["Parameters"])
        resources[logical_id] = {**resources[logical_id], "Properties": properties}
    return {**template, "Resources": resources}


def _as_text(parameters: Any) -> dict[str, Any]:
    """A nested stack's parameters, with booleans as CloudFormation hands them over."""
    given = parameters if isinstance(parameters, dict) else {}
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in given.items()}
