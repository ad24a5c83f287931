"""What a template says of a REST API, and what of it LocalStack 4.14's CloudFormation cannot change. Pure.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-restapi.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

DEFINITION = ("Body", "BodyS3Location")
_CHANGED = frozenset(
    {"ApiKeySourceType", "BinaryMediaTypes", "Description", "DisableExecuteApiEndpoint", "MinimumCompressionSize"}
    | {"Name", "Policy"}
)
_OF_STAGES = {
    "DeploymentId": ("/deploymentId", ""),
    "Description": ("/description", ""),
    "TracingEnabled": ("/tracingEnabled", False),
}
"""The path that UpdateStage takes, and the value of a stage whose template has none."""

_OF_THE_IMPORT = frozenset({*DEFINITION, "FailOnWarnings", "Mode", "Parameters"})
_ATTRIBUTES = frozenset({"RestApiId", "RootResourceId"})
"""What `Fn::GetAtt` gives: LocalStack keeps it among the properties."""


def plain(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that UpdateRestApi sets."""
    return {name: value for name, value in properties.items() if name in _CHANGED}


def unchangeable_of_api(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The properties of an API that differ and that nobody changes."""
    return _differing(before, after, _CHANGED | _OF_THE_IMPORT | _ATTRIBUTES)


def unescaped(properties: Mapping[str, Any]) -> dict[str, Any]:
    """`properties` with media types as API Gateway has them: a template may write ``~1`` for ``/``."""
    types = properties.get("BinaryMediaTypes")
    if not isinstance(types, list):
        return dict(properties)
    return {**properties, "BinaryMediaTypes": [str(one).replace("~1", "/") for one in types]}


def stage_patches(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, str]]:
    """What UpdateStage is to do for a stage that its template changes."""
    patches = [
        {"op": "replace", "path": path, "value": _text(after.get(name, default))}
        for name, (path, default) in _OF_STAGES.items()
        if before.get(name) != after.get(name)
    ]
    old, new = before.get("Variables") or {}, after.get("Variables") or {}
    patches += [{"op": "remove", "path": f"/variables/{name}"} for name in sorted(old.keys() - new.keys())]
    return patches + [
        {"op": "replace", "path": f"/variables/{name}", "value": _text(value)}
        for name, value in sorted(new.items())
        if old.get(name) != value
    ]


def unchangeable_of_stage(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The properties of a stage that differ and that nobody changes."""
    return _differing(before, after, frozenset({*_OF_STAGES, "Variables"}))


def _differing(before: Mapping[str, Any], after: Mapping[str, Any], but: frozenset[str]) -> list[str]:
    return sorted(name for name in {*before, *after} - but if before.get(name) != after.get(name))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def document(text: str | bytes) -> dict[str, Any]:
    """A definition that was read from S3, in JSON or YAML. Raises `ValueError`."""
    try:
        found = json.loads(text)
    except ValueError:
        try:
            found = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ValueError(f"The definition can be read neither as JSON nor as YAML: {error}") from error
    if not isinstance(found, dict):
        raise ValueError("The definition is no OpenAPI document")
    return found
