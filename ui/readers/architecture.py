"""What the deployed stacks declare, by CloudFormation's API, and what traces saw of its use, by the control routes.

A stack's template and resources are read once for each change of it; who looks at the map all day asks for the list of
stacks and for the flows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import yaml
from botocore.exceptions import ClientError

from ui.maps.declared import Declared, declared
from ui.maps.picture import Flow
from ui.readers.aws import AwsDoor
from ui.readers.control import Control
from ui.readers.kept import Kept
from ui.readers.stacks import GONE, changed_at, resources_of
from ui.readers.types import CloudRefused, Scope

MOST_STACKS = 40
"""That are drawn at once, the last changed first."""


class Architecture:
    """The stacks of one account and region. `stacks` raises `CloudUnavailable`, and `ClientError` as CloudFormation
    answers it."""

    def __init__(self, aws: AwsDoor, control: Control, kept: Kept, scope: Scope) -> None:
        self._aws = aws
        self._control = control
        self._kept = kept
        self._scope = scope

    def stacks(self) -> list[Declared]:
        with self._aws.answering():
            cloudformation = self._aws.client("cloudformation", self._scope)
            pages = cloudformation.get_paginator("describe_stacks").paginate()
            found = [each for page in pages for each in page["Stacks"] if each["StackStatus"] != GONE]
            found.sort(key=changed_at, reverse=True)
            return [self._stack(cloudformation, each) for each in found[:MOST_STACKS]]

    def flows(self) -> list[Flow] | None:
        """None when the cloud keeps no traces."""
        try:
            found = self._control.get("/traces/flows", {"account": self._scope.account, "region": self._scope.region})
        except CloudRefused as error:
            if error.status != 404:
                raise
            return None
        return [_flow(each) for each in found["flows"]]

    def _stack(self, cloudformation: Any, found: Mapping[str, Any]) -> Declared:
        key = (self._scope, found["StackId"], found["StackStatus"], changed_at(found))
        result: Declared = self._kept.get(key, lambda: self._read(cloudformation, found))
        return result

    def _read(self, cloudformation: Any, found: Mapping[str, Any]) -> Declared:
        name = found["StackId"]
        resources = tuple(each for each in resources_of(cloudformation, name) if each.status != GONE)
        body = cloudformation.get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
        result = declared(found["StackName"], template_of(body), resources)
        return replace(result, names={**result.names, **self._hosts(result)})

    def _hosts(self, stack: Declared) -> dict[tuple[str, str], str]:
        """Traces name a distribution by its host, which only CloudFront knows."""
        names: dict[tuple[str, str], str] = {}
        for node in stack.nodes:
            if node.type != "AWS::CloudFront::Distribution":
                continue
            try:
                found = self._aws.client("cloudfront", self._scope).get_distribution(Id=node.physical_id)
            except ClientError:
                continue  # deleted behind the stack's back, as people do
            names["cloudfront", found["Distribution"]["DomainName"].partition(".")[0].lower()] = node.id
        return names


def template_of(body: Any) -> Mapping[str, Any]:
    """A template as boto3 hands it out: JSON is parsed, YAML is text. What cannot be read declares nothing."""
    if isinstance(body, str):
        try:
            body = yaml.load(body, Loader=_Loader)  # a SafeLoader with CloudFormation's tags
        except yaml.YAMLError:
            return {}
    return body if isinstance(body, Mapping) else {}


class _Loader(yaml.SafeLoader):
    """Short intrinsics in their long form."""


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True) if isinstance(node, yaml.MappingNode) else None}


_Loader.add_multi_constructor("!", _intrinsic)


def _flow(found: Mapping[str, Any]) -> Flow:
    cause, place = found["from"], found["to"]
    return Flow(
        cause=(cause["service"], cause["name"]) if cause else None,
        place=(place["service"], place["name"]),
        count=found["count"],
        errors=found["errors"],
        last=found["last"],
    )
