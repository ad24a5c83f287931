"""What AWS refuses and the engine lets pass, found before anything is made.

`static_problem` and `properties_problem` need only the template. `wanted_objects` and `wanted_names` say what
`stacks.py` has to look up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.stacks.errors import resource_failed, template_format_error, validation_error
from groundcloud.stacks.functionrules import template_problem
from groundcloud.stacks.intrinsics import Evaluator
from groundcloud.stacks.names import LOOKUPS, TABLES
from groundcloud.stacks.parse import Template
from groundcloud.stacks.properties import schema_problem
from groundcloud.stacks.references import references
from groundcloud.stacks.retention import retention_problem
from groundcloud.stacks.servicerules import service_problem
from groundcloud.stacks.unresolved import unresolved_problem
from groundcloud.stacks.variables import variables_problem


@dataclass(frozen=True)
class WantedObject:
    """A code object that a function or layer names: `logical_id` of that resource, and where it should be."""

    logical_id: str
    bucket: str
    key: str
    version: str | None


@dataclass(frozen=True)
class WantedName:
    """A physical name that a resource is going to have. `generated` is a prefix of names that the engine makes up."""

    logical_id: str
    resource_type: str
    name: str
    generated: bool = False


@dataclass(frozen=True)
class WantedFunction:
    """A function that a resource names by its own name or ARN, and that the template does not make."""

    logical_id: str
    function: str


_NAMED = {**TABLES, **{kind: lookup.prop for kind, lookup in LOOKUPS.items()}}
_FUNCTION = "AWS::Lambda::Function"
_OF_FUNCTIONS = {
    **dict.fromkeys(("Alias", "EventInvokeConfig", "EventSourceMapping", "Permission", "Version"), "FunctionName"),
    "Url": "TargetFunctionArn",
}
"""Types of Lambda's that belong to a function, and the property that names it."""

_MAKING = ("AWS::CloudFormation::Stack", "AWS::CloudFormation::CustomResource", "Custom::")
"""Resources that may make a function, which a template with them may name then."""

_CODE = {_FUNCTION: "Code", "AWS::Lambda::LayerVersion": "Content"}


def static_problem(template: Template, evaluator: Evaluator) -> AwsError | None:
    """The first thing wrong with a processed template (transforms done, nothing expanded yet), or None."""
    resources = template.get("Resources")
    if not isinstance(resources, dict) or not resources:
        return template_format_error("At least one Resources member must be defined.")
    for logical_id, resource in resources.items():
        if not isinstance(resource, dict):
            return template_format_error("Every Resources member must be an object.")
        if not isinstance(resource.get("Type"), str):
            return template_format_error(
                f"[/Resources/{logical_id}] Every Resources object must contain a Type member."
            )
        problem = retention_problem(logical_id, resource)
        if problem is not None:
            return template_format_error(problem)
    return unresolved_problem(template, evaluator) or _circle(resources)


def _circle(resources: Mapping[str, Any]) -> AwsError | None:
    graph = {name: references(resource) & resources.keys() - {name} for name, resource in resources.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        names = list(dict.fromkeys(error.args[1]))
        return validation_error(f"Circular dependency between resources: [{', '.join(names)}]")
    return None


def properties_problem(template: Template, evaluator: Evaluator) -> AwsError | None:
    """The first resource whose properties its service or the schema of its type refuses."""
    for logical_id, kind, properties in _resources(template, evaluator):
        outline = evaluator.outline(properties)
        found = _function_problem(logical_id, outline) if kind == _FUNCTION else None
        found = found or schema_problem(logical_id, kind, outline)
        refused = None if found else service_problem(kind, outline, properties, template["Resources"])
        found = resource_failed(logical_id, refused) if refused is not None else found
        if found is not None:
            return found
    return None


def _function_problem(logical_id: str, properties: Mapping[str, Any]) -> AwsError | None:
    environment = properties.get("Environment")
    variables = environment.get("Variables") if isinstance(environment, dict) else None
    problem = variables_problem(_known(variables)) if isinstance(variables, dict) else None
    problem = problem or template_problem(properties)
    return resource_failed(logical_id, problem) if problem is not None else None


def _known(variables: Mapping[str, Any]) -> dict[str, str | None]:
    return {name: str(value) if isinstance(value, (str, int, float)) else None for name, value in variables.items()}


def wanted_objects(template: Template, evaluator: Evaluator) -> list[WantedObject]:
    """The code objects whose place is known before the deployment."""
    wanted = []
    for logical_id, kind, properties in _resources(template, evaluator):
        if kind not in _CODE:
            continue
        for member in _CODE.values():
            code = properties.get(member)
            if isinstance(code, dict) and "S3Bucket" in code:
                bucket, key = evaluator.text(code["S3Bucket"]), evaluator.text(code.get("S3Key"))
                if bucket and key:
                    wanted.append(WantedObject(logical_id, bucket, key, evaluator.text(code.get("S3ObjectVersion"))))
    return wanted


def wanted_functions(template: Template, evaluator: Evaluator) -> list[WantedFunction]:
    """The functions that have to be there already, as far as their names are known before the deployment."""
    resources = list(_resources(template, evaluator))
    if any(kind.startswith(_MAKING) for _, kind, _ in resources):
        return []
    made = {evaluator.text(properties.get("FunctionName")) for _, kind, properties in resources if kind == _FUNCTION}
    wanted = []
    for logical_id, kind, properties in resources:
        member = _OF_FUNCTIONS.get(kind.removeprefix("AWS::Lambda::"))
        name = evaluator.text(properties.get(member)) if member is not None else None
        if name is not None and name.rpartition(":function:")[2].partition(":")[0] not in made:
            wanted.append(WantedFunction(logical_id, name))
    return wanted


def wanted_names(template: Template, evaluator: Evaluator, stack_name: str | None) -> list[WantedName]:
    """The names given to resources, as far as they are known; a table without one gets `<stack>-<logical id>-…`."""
    wanted = []
    for logical_id, kind, properties in _resources(template, evaluator):
        if kind not in _NAMED:
            continue
        given = properties.get(_NAMED[kind])
        name = evaluator.text(given)
        if name is not None:
            wanted.append(WantedName(logical_id, kind, name))
        elif given is None and kind in TABLES and stack_name is not None:
            wanted.append(WantedName(logical_id, kind, f"{stack_name}-{logical_id}-", generated=True))
    return wanted


def _resources(template: Template, evaluator: Evaluator) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Logical id, type and properties of the resources whose condition does not rule them out."""
    for logical_id, resource in template["Resources"].items():
        properties = resource.get("Properties")
        if evaluator.condition(resource.get("Condition")) is not False:
            yield logical_id, resource.get("Type"), properties if isinstance(properties, dict) else {}
