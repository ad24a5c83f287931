"""What the engine's CloudFormation ignores, noted on the resource so that it can be put right.

The engine answers `DescribeStackResource` with a resource's `Metadata`, its functions resolved. What its provisioners
drop is put there, and `settle.py` applies it through API Gateway's own API once the resources exist:

    RestApi           ApiKeySourceType, DisableExecuteApiEndpoint
    RequestValidator  everything: the engine only makes an id up
    Method            RequestValidatorId, Integration.ContentHandling
    Stage             AccessLogSetting, CacheClusterEnabled/Size, ClientCertificateId, DocumentationVersion
    S3 Bucket         LifecycleConfiguration, BucketEncryption, OwnershipControls, Tags, the object lock and more
    Lambda Function   DeadLetterConfig, ReservedConcurrentExecutions, RecursiveLoop, KmsKeyArn, VpcConfig
    IAM Role          PermissionsBoundary; of these three also what an update drops
    Lambda Alias      ProvisionedConcurrencyConfig, which the runtime provides; a Version's likewise
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from groundcloud.stacks.apply import PROVISIONED, QUALIFIED
from groundcloud.stacks.bucketsettings import BUCKET, DROPPED, SETTINGS
from groundcloud.stacks.functionsettings import FUNCTION, FUNCTION_SETTINGS, ROLE, ROLE_SETTINGS
from groundcloud.stacks.httptypes import as_stored
from groundcloud.stacks.keep import KEY
from groundcloud.stacks.limits import STREAM_BATCH
from groundcloud.stacks.parse import Template

_TAKEN_AWAY = {BUCKET: tuple(SETTINGS), FUNCTION: FUNCTION_SETTINGS, ROLE: ROLE_SETTINGS}
"""Properties that are put by an API of their own, and taken away by one."""
_NOTED = {
    "AWS::ApiGateway::RestApi": ("ApiKeySourceType", "DisableExecuteApiEndpoint"),
    "AWS::ApiGateway::RequestValidator": ("RestApiId", "Name", "ValidateRequestBody", "ValidateRequestParameters"),
    "AWS::ApiGateway::Method": ("RequestValidatorId",),
    "AWS::ApiGateway::Stage": (
        "AccessLogSetting",
        "CacheClusterEnabled",
        "CacheClusterSize",
        "ClientCertificateId",
        "DocumentationVersion",
    ),
    **_TAKEN_AWAY,
    **dict.fromkeys(QUALIFIED, (PROVISIONED,)),
}
_ADDRESS = {
    "AWS::ApiGateway::Method": ("RestApiId", "ResourceId", "HttpMethod"),
    "AWS::ApiGateway::Stage": ("RestApiId", "StageName"),
}
_ENDPOINT_MEMBERS = {"Types": "types", "VpcEndpointIds": "vpcEndpointIds", "IpAddressType": "ipAddressType"}


def adapt(template: Template, before: Mapping[str, Any] | None = None) -> Template:
    """`template` with the notes; resources that need none are left as they are. `before` are the resources of the
    template that is deployed."""
    resources = template.get("Resources")
    if not isinstance(resources, dict):
        return template
    known = before or {}
    noted = {name: _resource(name, resource, known.get(name)) for name, resource in resources.items()}
    return {**template, "Resources": noted}


def noted_resources(template: Template) -> dict[str, str]:
    """Type by logical id of the resources that carry notes."""
    return {
        name: resource["Type"]
        for name, resource in (template.get("Resources") or {}).items()
        if KEY in (resource.get("Metadata") or {})
    }


def _dropped(kind: str, properties: dict[str, Any], before: Any) -> list[str]:
    """The settings that the deployed template has and this one has not."""
    had = _properties(before, kind)
    return [name for name in _TAKEN_AWAY.get(kind, ()) if name in had and name not in properties]


def _properties(resource: Any, kind: str) -> dict[str, Any]:
    """Of a resource of that type; none of anything else."""
    had = resource.get("Properties") if isinstance(resource, dict) and resource.get("Type") == kind else None
    return had if isinstance(had, dict) else {}


def _resource(name: str, resource: Any, before: Any) -> Any:
    kind = str(resource.get("Type")) if isinstance(resource, dict) else ""
    if kind.startswith("AWS::ApiGatewayV2::"):
        return as_stored(resource)
    if kind in _OTHERWISE:
        return _OTHERWISE[kind](resource)
    properties = resource.get("Properties", {} if kind == BUCKET else None) if kind in _NOTED else None
    if not isinstance(properties, dict):
        return resource
    if kind == "AWS::ApiGateway::RestApi":
        properties = _as_stored(properties)
        resource = {**resource, "Properties": properties}
    note = {key: properties[key] for key in _NOTED[kind] if key in properties}
    if kind == "AWS::ApiGateway::RequestValidator":
        note.setdefault("Name", name)
    integration = properties.get("Integration")
    if kind == "AWS::ApiGateway::Method" and isinstance(integration, dict) and "ContentHandling" in integration:
        note["ContentHandling"] = integration["ContentHandling"]
    dropped = _dropped(kind, properties, before)
    if dropped:
        note[DROPPED] = dropped
    if kind in QUALIFIED and PROVISIONED not in properties and PROVISIONED in _properties(before, kind):
        note[PROVISIONED] = {}
    if not note:
        return resource
    note |= {key: properties[key] for key in _ADDRESS.get(kind, ()) if key in properties}
    return {**resource, "Metadata": {**(resource.get("Metadata") or {}), KEY: note}}


def _without_source(resource: dict[str, Any]) -> dict[str, Any]:
    """A REQUEST authorizer may do without identity sources; the engine gives it the header `Authorization` unless told
    so. https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html"""
    properties = resource.get("Properties")
    if not isinstance(properties, dict) or properties.get("Type") != "REQUEST" or "IdentitySource" in properties:
        return resource
    return {**resource, "Properties": {**properties, "IdentitySource": ""}}


def _with_size(resource: dict[str, Any]) -> dict[str, Any]:
    """A mapping of a stream has batches of a hundred unless it says otherwise; the engine makes ten of it.
    https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html"""
    properties = resource.get("Properties")
    if not isinstance(properties, dict) or "StartingPosition" not in properties or "BatchSize" in properties:
        return resource
    return {**resource, "Properties": {**properties, "BatchSize": STREAM_BATCH}}


_OTHERWISE: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "AWS::ApiGateway::Authorizer": _without_source,
    "AWS::Lambda::EventSourceMapping": _with_size,
}
"""Of which the engine takes what is not said for something else than AWS."""


def _as_stored(properties: dict[str, Any]) -> dict[str, Any]:
    """The engine stores these two as they come; API Gateway's API names members its own way, and un-escapes ``~1``.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-restapi.html
    """
    changed = dict(properties)
    endpoint, media_types = properties.get("EndpointConfiguration"), properties.get("BinaryMediaTypes")
    if isinstance(endpoint, dict) and set(endpoint) <= set(_ENDPOINT_MEMBERS):
        changed["EndpointConfiguration"] = {_ENDPOINT_MEMBERS[key]: value for key, value in endpoint.items()}
    if isinstance(media_types, list):
        changed["BinaryMediaTypes"] = [
            item.replace("~1", "/") if isinstance(item, str) else item for item in media_types
        ]
    return changed
