"""Turns the OpenAPI `Body` of APIs into resources of their own, because the engine's importer drops most or all of it.

    AWS::ApiGateway::RestApi with Body  →  the API without it, and `restapi.py`'s parts
    AWS::ApiGatewayV2::Api with Body    →  the API without it, and `httpapi.py`'s parts

Every function here is pure: template in, template out, the same for the same input. Deployments of such an API wait
for all its methods.
"""

from __future__ import annotations

from typing import Any, Protocol

from groundcloud.stacks.definition import Definition
from groundcloud.stacks.httpapi import HttpApiParts
from groundcloud.stacks.httptypes import quick_create
from groundcloud.stacks.intrinsics import Evaluator
from groundcloud.stacks.parse import Template
from groundcloud.stacks.restapi import Resources, RestApiParts
from groundcloud.stacks.structure import Structure

_DEPLOYMENTS = {"AWS::ApiGateway::Deployment": "RestApiId", "AWS::ApiGatewayV2::Deployment": "ApiId"}


class _Parts(Protocol):
    def __init__(self, api: str, resource: dict[str, Any], definition: Definition) -> None: ...

    def resources(self) -> Resources:
        """The API itself first, then its parts, by logical id."""
        ...

    def before_deployment(self) -> list[str]:
        """The parts that a deployment must find."""
        ...


_KINDS: dict[str, type[_Parts]] = {
    "AWS::ApiGateway::RestApi": RestApiParts,
    "AWS::ApiGatewayV2::Api": HttpApiParts,
}
EXPANDED_TYPES = frozenset(_KINDS)
"""The types of API whose definitions are expanded."""


def expand(template: Template, evaluator: Evaluator) -> Template:
    """`template` with every API's `Body` expanded; the template itself when there is none."""
    resources: Resources = template.get("Resources") or {}
    expanded: Resources = {}
    waits_for: dict[str, list[str]] = {}
    for logical_id, resource in resources.items():
        kind = _KINDS.get(str(resource.get("Type")))
        structure = Structure(evaluator, f"API {logical_id}")
        body = structure.unwrap((resource.get("Properties") or {}).get("Body")) if kind else None
        if kind is None or not isinstance(body, dict):
            expanded[logical_id] = resource
            if kind is HttpApiParts:
                expanded |= quick_create(logical_id, resource)
            continue
        parts = kind(logical_id, resource, Definition(body, structure))
        expanded |= parts.resources()
        waits_for[logical_id] = parts.before_deployment()
    if not waits_for and expanded == resources:
        return template
    return {**template, "Resources": {key: _waiting(value, waits_for) for key, value in expanded.items()}}


def _waiting(resource: dict[str, Any], waits_for: dict[str, list[str]]) -> dict[str, Any]:
    """A deployment that waits for everything it is to deploy; any other resource as it is."""
    prop = _DEPLOYMENTS.get(str(resource.get("Type")))
    api = (resource.get("Properties") or {}).get(prop) if prop else None
    awaited = waits_for.get(api.get("Ref", "")) if isinstance(api, dict) else None
    if not awaited:
        return resource
    declared = resource.get("DependsOn") or []
    declared = [declared] if isinstance(declared, str) else declared
    return {**resource, "DependsOn": [*declared, *(name for name in awaited if name not in declared)]}
