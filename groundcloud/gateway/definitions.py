"""What an API's definition says of the API itself, and the definitions of templates that LocalStack deploys.

LocalStack's own import leaves out methods' `AWS_IAM` and integrations' credentials, and its CloudFormation changes no
API that is there: its plugin has the definition put here, by the import that is ours on the other profile.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-restapi.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from groundcloud.gateway import method_checks, part_checks
from groundcloud.gateway.control_checks import bad, integration_problem
from groundcloud.gateway.imports import Expand, Importer, Resources
from groundcloud.gateway.refusals import of_resource
from groundcloud.ports import AwsCaller, Scope

MEDIA_TYPE = "/binaryMediaTypes/"

Patch = dict[str, Any]

_PATHS = {
    "Name": "/name",
    "Description": "/description",
    "Policy": "/policy",
    "MinimumCompressionSize": "/minimumCompressionSize",
    "ApiKeySourceType": "/apiKeySource",
    "DisableExecuteApiEndpoint": "/disableExecuteApiEndpoint",
}


def properties_of(resources: Resources) -> dict[str, Any]:
    """Those of the API itself."""
    api = next(one for one in resources.values() if one["Type"] == "AWS::ApiGateway::RestApi")
    found: dict[str, Any] = api.setdefault("Properties", {})
    return found


def refuse_unsupported(resources: Resources) -> None:
    """Raise `AwsError` for a part that AWS refuses, or that is not supported here."""
    parts: dict[str, list[str]] = {}
    for one in resources.values():
        kind, properties = one["Type"], one.get("Properties") or {}
        reason = of_resource(kind, properties) or _refused(kind, properties)
        if reason is None and kind == "AWS::ApiGateway::Resource":
            siblings = parts.setdefault(json.dumps(properties["ParentId"], sort_keys=True), [])
            reason = part_checks.family_problem(properties["PathPart"], "", siblings)
            siblings.append(properties["PathPart"])
        if reason is not None:
            raise bad(reason)
        integration = properties.get("Integration")
        problem = integration_problem(_as_operation(integration)) if isinstance(integration, dict) else None
        if problem is not None:
            raise problem


def patches_of(properties: Mapping[str, Any]) -> list[Patch]:
    """What UpdateRestApi is to do; the media types apart, of which there are two ways."""
    return [
        {"op": "replace", "path": path, "value": properties[name]}
        for name, path in _PATHS.items()
        if name in properties
    ]


def as_texts(patches: list[Patch]) -> list[Patch]:
    """With the values as AWS takes them: a policy, a number or a boolean is text."""
    return [{**one, "value": _text(one["value"])} for one in patches]


async def media_type_patches(aws: AwsCaller, scope: Scope, api: str, types: list[str]) -> list[Patch]:
    """Those after which the API has these types and no others, one by one, as AWS takes them."""
    answer = await aws.call("apigateway", "GetRestApi", {"restApiId": api}, scope=scope)
    current = answer.get("binaryMediaTypes") or []
    gone = [{"op": "remove", "path": MEDIA_TYPE + _escaped(one)} for one in current if one not in types]
    return gone + [{"op": "add", "path": MEDIA_TYPE + _escaped(one)} for one in types if one not in current]


class TemplateDefinitions:
    """Puts the definition and the properties that a template gives an API of LocalStack's."""

    def __init__(self, aws: AwsCaller, expand: Expand) -> None:
        self._aws = aws
        self._expand = expand

    async def put(
        self, scope: Scope, api: str, definition: dict[str, Any] | None, properties: Mapping[str, Any]
    ) -> None:
        """What the API had goes, if there is a definition; `properties` win over what it says. Raises `AwsError`."""
        given = dict(properties)
        if definition is not None:
            resources = self._expand(definition)
            refuse_unsupported(resources)
            await Importer(self._aws, scope, api).run(resources, overwrite=True)
            given = {**properties_of(resources), **given}
        patches = as_texts(patches_of(given))
        patches += await media_type_patches(self._aws, scope, api, given.get("BinaryMediaTypes") or [])
        if patches:
            params = {"restApiId": api, "patchOperations": patches}
            await self._aws.call("apigateway", "UpdateRestApi", params, scope=scope)


def _refused(kind: str, properties: Mapping[str, Any]) -> str | None:
    """What AWS refuses of a part, told as an import tells it."""
    reason = method_checks.of_resource(kind, properties) or part_checks.of_resource(kind, properties)
    return None if reason is None else f"Errors found during import:\n\t{reason}"


def _as_operation(integration: dict[str, Any]) -> dict[str, Any]:
    """CloudFormation's `Integration` with the names that PutIntegration has on the wire."""
    named = {key[0].lower() + key[1:]: value for key, value in integration.items()}
    return {**named, "httpMethod": named.get("integrationHttpMethod")}


def _escaped(media_type: str) -> str:
    """As a part of a path of a patch."""
    return media_type.replace("~", "~0").replace("/", "~1")


def _text(value: Any) -> str:
    """As the value of a patch, which is text."""
    return value if isinstance(value, str) else json.dumps(value)
