"""The types of `calltypes.py` as resource providers of LocalStack's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from localstack.services.cloudformation.resource_provider import (
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
    ResourceRequest,
)

from groundcloud_localstack.calltypes import CALL_TYPES, deletion, named, parameters
from groundcloud_localstack.errors import ResourceError
from groundcloud_localstack.registry import REGION

_GONE = ("NotFound", "ResourceNotFound")


class CallResource(ResourceProvider):
    """A type whose resources LocalStack's own service keeps."""

    def __init__(self, kind: str) -> None:
        self._kind, self._how = kind, CALL_TYPES[kind]
        known = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
        fixed = known.get("createOnlyProperties", [])
        if not self._how.update:
            fixed = [f"/properties/{name}" for name in known["properties"]]
        self.SCHEMA = {
            "typeName": kind,
            "primaryIdentifier": [f"/properties/{self._how.reference}"],
            "createOnlyProperties": fixed,
        }

    def create(self, request: ResourceRequest) -> ProgressEvent:
        how = self._how
        properties = named(how, request.stack_name, request.logical_resource_id, request.desired_state or {})
        return self._ended(lambda: {**properties, **self._call(request, how.create, properties)})

    def update(self, request: ResourceRequest) -> ProgressEvent:
        before, how = request.previous_state or {}, self._how
        kept = {name: before[name] for name in (how.name, *how.learned) if name in before}
        properties = {**(request.desired_state or {}), **kept}
        wanted = {name: value for name, value in properties.items() if name not in how.learned}
        return self._ended(lambda: {**properties, **self._call(request, how.update, wanted)})

    def delete(self, request: ResourceRequest) -> ProgressEvent:
        before = request.previous_state or request.desired_state or {}

        def delete() -> dict[str, Any]:
            try:
                getattr(self._client(request), self._how.delete)(**deletion(self._how, before))
            except ClientError as error:
                if not any(gone in str(error.response["Error"]["Code"]) for gone in _GONE):
                    raise
            return {}

        return self._ended(delete)

    def _call(self, request: ResourceRequest, operation: str, properties: dict[str, Any]) -> dict[str, Any]:
        """Call an operation with `properties`; the attributes that its answer gives."""
        client = self._client(request)
        shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation]).input_shape
        members = {name.lower(): name for name in shape.members}
        answer = getattr(client, operation)(**parameters(self._kind, properties, members))
        return {attribute: answer[member] for attribute, member in self._how.learned.items()}

    def _client(self, request: ResourceRequest) -> Any:
        return getattr(request.aws_client_factory, self._how.service)

    def _ended(self, act: Callable[[], dict[str, Any]]) -> ProgressEvent:
        try:
            return ProgressEvent(OperationStatus.SUCCESS, resource_model=act())
        except ResourceError as error:
            return ProgressEvent(OperationStatus.FAILED, resource_model={}, message=str(error))
        except ClientError as error:
            return ProgressEvent(OperationStatus.FAILED, resource_model={}, message=str(error))
