"""From the template a user sent to the one the engine gets: the order of the steps, and what each is given.

    parse → includes → SAM transform → definitions from S3 → checks → expand → adapt → conditions → mark → keep

The steps are pure functions; this module runs them in a thread and fetches what they name from S3 in between.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from groundcloud.ports import Scope
from groundcloud.stacks.adapt import adapt
from groundcloud.stacks.checks import WantedName, WantedObject, static_problem, wanted_names, wanted_objects
from groundcloud.stacks.errors import resource_failed, validation_error
from groundcloud.stacks.expand import EXPANDED_TYPES, expand
from groundcloud.stacks.includes import FETCH_FAILED, INCLUDE, include, included_places
from groundcloud.stacks.intrinsics import Evaluator, literal_conditions, parameter_values
from groundcloud.stacks.keep import keep
from groundcloud.stacks.library import Library
from groundcloud.stacks.limits import STACK_RESOURCES
from groundcloud.stacks.mark import marked
from groundcloud.stacks.parameters import engine_parameters, parameter_problem
from groundcloud.stacks.parse import Template, parse_document, parse_template
from groundcloud.stacks.sam import SERVERLESS, declared_transforms, transform

_OURS = {SERVERLESS, INCLUDE}


@dataclass(frozen=True)
class Source:
    """What one call deploys: the template's text, the values given and those of the stack so far, and the names.
    `named` are the parameters that the call names, those that keep their value among them."""

    text: str
    stack_name: str
    given: Mapping[str, str]
    previous: Mapping[str, str]
    scope: Scope
    named: Collection[str] = ()


@dataclass(frozen=True)
class Rewritten:
    """The engine's template as JSON text; `transformed` says whether the user's had transforms."""

    body: str
    transformed: bool
    objects: list[WantedObject]
    names: list[WantedName]


class Rewriter:
    """Runs the steps for one source."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def rewrite(self, source: Source) -> Rewritten | None:
        """None for a template with transforms that only the engine knows (`AWS::LanguageExtensions`, macros).
        Raises `AwsError` in CloudFormation's words for a template that must not be deployed."""
        sent = await asyncio.to_thread(parse_template, source.text)
        if not set(declared_transforms(sent)) <= _OURS:
            return None
        evaluator = _evaluator(sent, source)
        document = await self._with_includes(sent, evaluator, source.scope)
        problem = parameter_problem(document, source.given, source.named)
        if problem is not None:
            raise problem
        processed = await asyncio.to_thread(_transformed, document, source)
        with_bodies = await self._with_definitions(processed, _evaluator(processed, source), source.scope)
        return await asyncio.to_thread(_finish, sent, processed, with_bodies, source)

    async def _with_includes(self, template: Template, evaluator: Evaluator, scope: Scope) -> Template:
        places = included_places(template, evaluator)
        if not places:
            return template
        snippets = {}
        for bucket, key in places:
            body = await self._library.read(bucket, key, scope, FETCH_FAILED)
            snippets[bucket, key] = await asyncio.to_thread(parse_document, body.decode("utf-8", errors="replace"))
        return include(template, evaluator, snippets)

    async def _with_definitions(self, template: Template, evaluator: Evaluator, scope: Scope) -> Template:
        """`template` with the `BodyS3Location` of APIs read into their `Body`."""
        resources: dict[str, Any] = template.get("Resources") or {}
        changed = {}
        for logical_id, resource in resources.items():
            properties = (resource.get("Properties") or {}) if isinstance(resource, dict) else {}
            location = properties.get("BodyS3Location")
            if not isinstance(location, dict) or resource.get("Type") not in EXPANDED_TYPES:
                continue
            bucket, key = evaluator.text(location.get("Bucket")), evaluator.text(location.get("Key"))
            if not bucket or not key:
                raise resource_failed(logical_id, "BodyS3Location must name an object that exists already.")
            body = await self._library.read(bucket, key, scope, f"Resource {logical_id}: BodyS3Location: ")
            definition = await asyncio.to_thread(parse_document, body.decode("utf-8", errors="replace"))
            if not isinstance(definition, dict):
                raise resource_failed(logical_id, f"s3://{bucket}/{key} is no OpenAPI definition.")
            changed[logical_id] = {**resource, "Properties": {**properties, "Body": definition}}
        return {**template, "Resources": {**resources, **changed}} if changed else template


def wants_of(source: Source) -> tuple[list[WantedName], list[WantedObject]]:
    """The physical names that a processed template will take, and the code objects it will read."""
    template = parse_template(source.text)
    evaluator = _evaluator(template, source)
    return wanted_names(template, evaluator, source.stack_name), wanted_objects(template, evaluator)


def _transformed(document: Template, source: Source) -> Template:
    if SERVERLESS not in declared_transforms(document):
        return {key: value for key, value in document.items() if key != "Transform"}
    parameters = parameter_values(document, source.given, source.previous)
    return transform(document, parameters, source.scope.region)


def _finish(sent: Template, processed: Template, with_bodies: Template, source: Source) -> Rewritten:
    evaluator = _evaluator(with_bodies, source)
    problem = static_problem(with_bodies, evaluator)
    if problem is not None:
        raise problem
    expanded = expand(with_bodies, evaluator)
    _check_size(with_bodies, expanded)
    template = adapt(expanded)
    if "Conditions" in template:
        template = {**template, "Conditions": literal_conditions(template, evaluator)}
    if "Parameters" in template:
        template = {**template, "Parameters": engine_parameters(template["Parameters"])}
    transformed = processed != sent
    kept = keep(marked(template, evaluator), source.text, processed if transformed else None)
    return Rewritten(
        body=_compact(kept),
        transformed=transformed,
        objects=wanted_objects(with_bodies, evaluator),
        names=wanted_names(with_bodies, evaluator, source.stack_name),
    )


def _check_size(template: Template, expanded: Template) -> None:
    """The engine's own sentence about too many resources would speak of ones that the user never wrote."""
    written, made = len(template["Resources"]), len(expanded["Resources"])
    if made > STACK_RESOURCES >= written:
        raise validation_error(
            f"Template format error: {written} resources and the {made - written} paths, methods and other parts of "
            f"their API definitions are more than the {STACK_RESOURCES} that Groundcloud can deploy as one stack. "
            "Divide the API or the stack; AWS itself would take it."
        )


def _compact(template: Template) -> str:
    try:
        return json.dumps(template, separators=(",", ":"), ensure_ascii=False)
    except TypeError as error:  # bytes and sets: YAML's !!binary and !!set
        raise validation_error(f"Template format error: unsupported value. ({error})") from error


def _evaluator(template: Template, source: Source) -> Evaluator:
    scope = source.scope
    pseudo = {
        "AWS::AccountId": scope.account,
        "AWS::Region": scope.region,
        "AWS::StackName": source.stack_name,
        "AWS::Partition": "aws",
        "AWS::URLSuffix": "amazonaws.com",
    }
    return Evaluator(template, parameter_values(template, source.given, source.previous), pseudo)
