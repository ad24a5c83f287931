"""From the template a user sent to the one the engine gets: the order of the steps, and what each is given.

    parse → includes → language extensions → SAM transform → definitions from S3 → checks → nested stacks
          → expand → adapt → conditions → ready → mark → keep

The steps are pure functions; this module runs them in a thread and fetches what they name from S3 in between.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from groundcloud.errors import AwsError
from groundcloud.ports import Scope
from groundcloud.stacks.adapt import adapt
from groundcloud.stacks.apis import Refused, api_problem, logging_stages, nothing_refused, sets_logging_role
from groundcloud.stacks.attributes import with_plain_ids, without_attributes
from groundcloud.stacks.checks import (
    WantedFunction,
    WantedName,
    WantedObject,
    properties_problem,
    static_problem,
    wanted_functions,
    wanted_names,
    wanted_objects,
)
from groundcloud.stacks.errors import resource_failed, validation_error
from groundcloud.stacks.expand import EXPANDED_TYPES, expand
from groundcloud.stacks.extensions import declared_for_the_engine, extended
from groundcloud.stacks.includes import FETCH_FAILED, include, included_places
from groundcloud.stacks.intrinsics import Evaluator, literal_conditions
from groundcloud.stacks.keep import keep, recall
from groundcloud.stacks.library import Library
from groundcloud.stacks.limits import NESTED_DEPTH, STACK_RESOURCES
from groundcloud.stacks.mark import marked
from groundcloud.stacks.nested import Child, Source, children_of, with_templates
from groundcloud.stacks.parameters import engine_parameters, parameter_problem
from groundcloud.stacks.parse import Template, object_of_url, parse_document, parse_template
from groundcloud.stacks.ready import awaited
from groundcloud.stacks.sam import transform
from groundcloud.stacks.transforms import LANGUAGE, SERVERLESS, declared_transforms, transform_problem
from groundcloud.stacks.uses import WantedUse, wanted_uses

W = TypeVar("W", WantedName, WantedObject, WantedFunction, WantedUse)
Wants = tuple[list[WantedName], list[WantedObject], list[WantedFunction], list[WantedUse]]


@dataclass(frozen=True)
class Rewritten:
    """The engine's template as JSON text; `transformed` says whether the user's, or a nested one, had transforms.
    Objects, names, functions and uses are those of nested stacks too, whose logical ids are paths: ``Child/Function``;
    so are the stages that are to log (`logging`)."""

    body: str
    transformed: bool
    objects: list[WantedObject]
    names: list[WantedName]
    functions: list[WantedFunction]
    uses: list[WantedUse]
    logging: list[str]
    sets_logging_role: bool

    @property
    def waiting_for_a_role(self) -> list[str]:
        """The stages that log only if the account has a role for that already."""
        return [] if self.sets_logging_role else self.logging


class Rewriter:
    """Runs the steps for one source."""

    def __init__(self, library: Library, refused: Refused = nothing_refused) -> None:
        self._library = library
        self._refused = refused

    async def rewrite(self, source: Source) -> Rewritten:
        """Raises `AwsError` in CloudFormation's words for a template that must not be deployed."""
        sent = await asyncio.to_thread(parse_template, source.text)
        evaluator = evaluator_of(sent, source)
        document = await self._with_includes(sent, evaluator, source.scope)
        problem = transform_problem(document, source.scope) or parameter_problem(document, source.given, source.named)
        if problem is not None:
            raise problem
        processed = await asyncio.to_thread(_transformed, document, source)
        complete = await self._with_definitions(processed, evaluator_of(processed, source), source.scope)
        problem = await asyncio.to_thread(lambda: static_problem(complete, evaluator_of(complete, source)))
        if problem is not None:
            raise problem
        children = await self._children(complete, source)
        complete = with_templates(complete, {child.logical_id: url for child, url, _rewritten in children})
        rewritten = await asyncio.to_thread(_finish, sent, processed, complete, source, self._refused)
        for child, _url, part in children:
            rewritten = _with_child(rewritten, child.logical_id, part)
        return rewritten

    async def wants(self, body: str, source: Source) -> Wants:
        """What deploying the engine's template in `body` will read and make; `source` without a text."""
        kept = recall(body)
        if kept is None:
            return [], [], [], []
        names, objects, functions, uses = await asyncio.to_thread(wants_of, replace(source, text=kept.processed))
        template = parse_template(body)
        for child in children_of(template, evaluator_of(template, source), source):
            text = await self._library.template(*object_of_url(child.url), source.scope)
            found = await self.wants(text, child.source)
            names += _below(child.logical_id, found[0])
            objects += _below(child.logical_id, found[1])
            functions += _below(child.logical_id, found[2])
            uses += _below(child.logical_id, found[3])
        return names, objects, functions, uses

    async def _children(self, template: Template, source: Source) -> list[tuple[Child, str, Rewritten]]:
        """Every nested stack that can be rewritten, with the address of its staged template."""
        found = []
        for child in children_of(template, evaluator_of(template, source), source):
            if len(child.source.path) > NESTED_DEPTH:
                raise validation_error(f"Nested stacks are nested deeper than {NESTED_DEPTH}: {_path(child.source)}")
            try:
                text = await self._library.template(*object_of_url(child.url), source.scope)
                rewritten = await self.rewrite(replace(child.source, text=text))
            except AwsError as error:
                raise _of_child(child, error) from error
            url = await self._library.stage(rewritten.body, child.source.root, source.scope)
            found.append((child, url, rewritten))
        return found

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


def _path(source: Source) -> str:
    return "/".join(source.path)


def _of_child(child: Child, error: AwsError) -> AwsError:
    """A refusal of a nested stack's template, once with the path to it."""
    if error.message.startswith("Nested stack"):
        return error
    return AwsError(error.code, f"Nested stack {_path(child.source)}: {error.message}", error.status)


def _with_child(rewritten: Rewritten, logical_id: str, child: Rewritten) -> Rewritten:
    return replace(
        rewritten,
        transformed=rewritten.transformed or child.transformed,
        objects=[*rewritten.objects, *_below(logical_id, child.objects)],
        names=[*rewritten.names, *_below(logical_id, child.names)],
        functions=[*rewritten.functions, *_below(logical_id, child.functions)],
        uses=[*rewritten.uses, *_below(logical_id, child.uses)],
        logging=[*rewritten.logging, *(f"{logical_id}/{one}" for one in child.logging)],
        sets_logging_role=rewritten.sets_logging_role or child.sets_logging_role,
    )


def _below(logical_id: str, wanted: list[W]) -> list[W]:
    return [replace(item, logical_id=f"{logical_id}/{item.logical_id}") for item in wanted]


def wants_of(source: Source) -> Wants:
    """The physical names that a processed template will take, the code objects it will read, the functions that it
    needs, and what these need."""
    template = parse_template(source.text)
    evaluator = evaluator_of(template, source)
    names, objects = wanted_names(template, evaluator, source.stack_name), wanted_objects(template, evaluator)
    return names, objects, wanted_functions(template, evaluator), wanted_uses(template, evaluator, source.before)


def _transformed(document: Template, source: Source) -> Template:
    declared = declared_transforms(document)
    if LANGUAGE in declared:
        document = extended(document, evaluator_of(document, source))
    if SERVERLESS in declared:
        document = transform(document, source.values(document), source.scope.region)
    return {key: value for key, value in document.items() if key != "Transform"}


def _finish(sent: Template, processed: Template, with_bodies: Template, source: Source, refused: Refused) -> Rewritten:
    evaluator = evaluator_of(with_bodies, source)
    expanded = expand(with_bodies, evaluator)
    problem = api_problem(expanded, evaluator, refused) or properties_problem(with_bodies, evaluator)
    if problem is not None:
        raise problem
    _check_size(with_bodies, expanded)
    template = adapt(with_plain_ids(expanded), source.before)
    if "Conditions" in template:
        template = {**template, "Conditions": literal_conditions(template, evaluator)}
    if "Parameters" in template:
        template = {**template, "Parameters": engine_parameters(template["Parameters"])}
    transformed = processed != sent
    if LANGUAGE in declared_transforms(sent):
        template = declared_for_the_engine(template)
    template = without_attributes(template) if source.path else marked(awaited(template, evaluator), evaluator)
    kept = keep(template, source.text, processed if transformed else None)
    return Rewritten(
        body=_compact(kept),
        transformed=transformed,
        objects=wanted_objects(with_bodies, evaluator),
        names=wanted_names(with_bodies, evaluator, source.stack_name),
        functions=wanted_functions(with_bodies, evaluator),
        uses=wanted_uses(with_bodies, evaluator, source.before),
        logging=logging_stages(expanded, evaluator),
        sets_logging_role=sets_logging_role(expanded, evaluator),
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


def evaluator_of(template: Template, source: Source) -> Evaluator:
    scope = source.scope
    pseudo = {
        "AWS::AccountId": scope.account,
        "AWS::Region": scope.region,
        "AWS::Partition": "aws",
        "AWS::URLSuffix": "amazonaws.com",
    }
    if source.stack_name is not None:
        pseudo["AWS::StackName"] = source.stack_name
    return Evaluator(template, source.values(template), pseudo)
