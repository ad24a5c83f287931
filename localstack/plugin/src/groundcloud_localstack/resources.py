"""CloudFormation types of the services that are forwarded, as resource providers of LocalStack's."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable
from typing import Any

import boto3
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from localstack.services.cloudformation.engine.quirks import PHYSICAL_RESOURCE_ID_SPECIAL_CASES
from localstack.services.cloudformation.resource_provider import (
    CloudFormationResourceProviderPlugin,
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
    ResourceRequest,
    get_service_name,
)
from plux import PluginSpec

from groundcloud_localstack import onestack
from groundcloud_localstack.callresources import CallResource
from groundcloud_localstack.calltypes import CALL_TYPES
from groundcloud_localstack.derive import lacking_types
from groundcloud_localstack.errors import ResourceError
from groundcloud_localstack.keeper import Keeper
from groundcloud_localstack.process import absent_attributes, the_cloud
from groundcloud_localstack.registry import REGION
from groundcloud_localstack.signed import MARK


def resource_plugins(registered: Collection[str], forwarded: Collection[str]) -> Iterable[PluginSpec]:
    """A plugin for each type that nobody `registered`: those that CloudFormation's registry knows of a service that is
    `forwarded`, and those that a service of LocalStack's makes by its API."""
    known = PROVIDER_SCHEMA_MANAGER.get_resource_types(REGION)
    kept = [_plugin(kind, CloudResource) for kind in lacking_types(known, registered, _service_of, forwarded)]
    called = [_plugin(kind, CallResource) for kind in CALL_TYPES if kind not in registered]
    return [*kept, *called]


def _service_of(kind: str) -> str | None:
    name: str | None = get_service_name({"Type": kind})
    return name


def _plugin(kind: str, provider: Callable[[str], ResourceProvider]) -> PluginSpec:
    namespace = CloudFormationResourceProviderPlugin.namespace
    return PluginSpec(namespace, kind, lambda: DerivedResourcePlugin(kind, provider))


class DerivedResourcePlugin(CloudFormationResourceProviderPlugin):
    """What LocalStack loads for a type: `factory` makes its provider."""

    def __init__(self, kind: str, provider: Callable[[str], ResourceProvider]) -> None:
        self.name = kind
        self.factory = functools.partial(provider, kind)

    def load(self) -> None:
        """There is nothing to load."""


class CloudResource(ResourceProvider):
    """A type whose resources the cloud's engine keeps, each in a stack of one."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._known: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
        self.SCHEMA = onestack.schema(kind, self._known)

    def create(self, request: ResourceRequest) -> ProgressEvent:
        return self._ended(request, lambda: _keeper(request).create(request.stack_name, self._resource(request)))

    def update(self, request: ResourceRequest) -> ProgressEvent:
        before = request.previous_state or {}
        return self._ended(request, lambda: _keeper(request).update(self._resource(request), before))

    def delete(self, request: ResourceRequest) -> ProgressEvent:
        before = request.previous_state or request.desired_state or {}

        def delete() -> onestack.Model:
            _keeper(request).delete(before)
            return {}

        return self._ended(request, delete)

    def _resource(self, request: ResourceRequest) -> onestack.Resource:
        return onestack.Resource(self._kind, request.logical_resource_id, request.desired_state or {}, self._known)

    def _ended(self, request: ResourceRequest, act: Any) -> ProgressEvent:
        try:
            model = onestack.with_identifier(act(), PHYSICAL_RESOURCE_ID_SPECIAL_CASES.get(self._kind))
        except ResourceError as error:
            return ProgressEvent(OperationStatus.FAILED, resource_model={}, message=str(error))
        return ProgressEvent(OperationStatus.SUCCESS, resource_model=model)


def _keeper(request: ResourceRequest) -> Keeper:
    """The engine's CloudFormation, in the account and region of the stack."""
    address = the_cloud().address
    session = boto3.session.Session(request.account_id, address.secret, region_name=request.region_name)
    client = session.client("cloudformation", endpoint_url=address.url)
    client.meta.events.register("before-sign.cloudformation.*", _mark)
    return Keeper(client, absent_attributes())


def _mark(request: Any, **_: Any) -> None:
    request.headers[MARK] = "1"
