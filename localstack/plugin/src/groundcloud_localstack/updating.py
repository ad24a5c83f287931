"""Updates where LocalStack's CloudFormation has none: most types it can make and not change, and says that it did.

What `changes.py` knows is changed; of the rest the resource's event tells that it stayed as it was.
"""

from __future__ import annotations

import time
from typing import Any

from botocore.exceptions import ClientError
from localstack.services.cloudformation import provider_utils
from localstack.services.cloudformation.resource_provider import (
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
    ResourceProviderExecutor,
    ResourceRequest,
)
from localstack.utils.patch import patch

from groundcloud_localstack.changes import AGAIN, CHANGES, Change, changed
from groundcloud_localstack.errors import ResourceError
from groundcloud_localstack.keeper import POLL_SECONDS, SECONDS

_MODIFY = ("Modify", "Dynamic")


def complete_updates() -> None:
    """Have every update of a type without one come here."""

    @patch(ResourceProviderExecutor.execute_action)
    def execute(original: Any, self: Any, resource_provider: ResourceProvider, raw_payload: Any) -> ProgressEvent:
        if str(raw_payload["action"]) in _MODIFY:
            resource_provider = Updating(resource_provider)
        return original(self, resource_provider, raw_payload)


class Updating(ResourceProvider):
    """`provider`, with an update where it has none."""

    def __init__(self, provider: ResourceProvider) -> None:
        self._provider = provider

    def create(self, request: ResourceRequest) -> ProgressEvent:
        return self._provider.create(request)

    def update(self, request: ResourceRequest) -> ProgressEvent:
        try:
            return self._provider.update(request)
        except NotImplementedError:
            if request.previous_state is None:
                raise
            return self._instead(request)

    def _instead(self, request: ResourceRequest) -> ProgressEvent:
        before, after = request.previous_state or {}, request.desired_state or {}
        kind = request.resource_type
        names = changed(before, after, self._learned())
        if not names:
            return ProgressEvent(OperationStatus.SUCCESS, resource_model={**before, **after})
        if kind in AGAIN:
            kept = {name: before[name] for name in AGAIN[kind] if name in before}
            request.desired_state = {**kept, **after}
            return self._provider.create(request)
        change = CHANGES.get(kind)
        done = [name for name in names if change and name in change.properties]
        if change and done:
            try:
                _apply(request, change, before, after)
            except (ClientError, ResourceError) as error:
                return ProgressEvent(OperationStatus.FAILED, resource_model=dict(before), message=str(error))
        left = [name for name in names if name not in done]
        model = {**before, **{name: value for name, value in after.items() if name not in left}}
        for name in done:
            if name not in after:
                del model[name]
        _learn(request, model)
        return ProgressEvent(OperationStatus.SUCCESS, resource_model=model, message=_unable(kind, left))

    def _learned(self) -> set[str]:
        """What the type's schema says that a template does not set, or need not."""
        schema = self._provider.SCHEMA
        paths = [*schema.get("readOnlyProperties", ()), *schema.get("primaryIdentifier", ())]
        return {str(path).rpartition("/")[2] for path in paths} | {"Id", "Arn"}


def _apply(request: ResourceRequest, change: Change, before: Any, after: Any) -> None:
    client = getattr(request.aws_client_factory, "lambda_" if change.service == "lambda" else change.service)
    for operation, parameters in change.calls(before, after):
        shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation]).input_shape
        # Numbers of a template may be texts.
        getattr(client, operation)(**provider_utils.convert_request_kwargs(parameters, shape))
        if operation == "update_table":
            _wait_for_table(client, parameters["TableName"])


def _wait_for_table(dynamodb: Any, name: str) -> None:
    """DynamoDB takes a change of a table when the one before is done."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        table = dynamodb.describe_table(TableName=name)["Table"]
        states = [table["TableStatus"], *(each["IndexStatus"] for each in table.get("GlobalSecondaryIndexes") or ())]
        if all(state == "ACTIVE" for state in states):
            return
        time.sleep(POLL_SECONDS)
    raise ResourceError(f"Table {name} was not changed within {SECONDS:.0f} seconds")


def _learn(request: ResourceRequest, model: dict[str, Any]) -> None:
    """Put into `model` the attributes that an update may have changed."""
    factory = request.aws_client_factory
    if request.resource_type == "AWS::DynamoDB::Table":
        table = factory.dynamodb.describe_table(TableName=model["TableName"])["Table"]
        model.pop("StreamArn", None)
        if arn := table.get("LatestStreamArn"):
            model["StreamArn"] = arn


def _unable(kind: str, names: list[str]) -> str:
    """What the resource's event tells; empty when nothing stayed."""
    if not names:
        return ""
    return (
        f"LocalStack's CloudFormation cannot change {', '.join(names)} of {kind}: it stays as it was. "
        "Give the resource another logical id to have it made anew"
    )
