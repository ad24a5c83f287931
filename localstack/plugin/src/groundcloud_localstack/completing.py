"""LocalStack's own resource providers, made to apply what they drop.

What LocalStack has no code for is the cloud's to put, by the same table as on its other profiles; what that does not
have either fails the resource by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localstack.services.cloudformation.resource_provider import (
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
    ResourceRequest,
)
from localstack.utils.patch import Patch, patch

from groundcloud_localstack.bucketchanges import calls_of_update, gone, left_out
from groundcloud_localstack.errors import CloudError
from groundcloud_localstack.process import the_cloud
from groundcloud_localstack.rolechanges import role_changes


def complete_buckets() -> None:
    """Have a bucket's settings put when it is made, and changed when the template changes them."""

    from localstack.services.s3.resource_providers.aws_s3_bucket import S3BucketProvider

    make = S3BucketProvider.create

    def create(self: ResourceProvider, request: ResourceRequest) -> ProgressEvent:
        return _completed(request, make(self, request), [])

    def update(self: ResourceProvider, request: ResourceRequest) -> ProgressEvent:
        before = request.previous_state or {}
        request.desired_state = wanted = {**(request.desired_state or {}), "BucketName": before["BucketName"]}
        for operation, parameters in calls_of_update(before, wanted):
            getattr(request.aws_client_factory.s3, operation)(Bucket=before["BucketName"], **parameters)
        # LocalStack's way to make a bucket takes one that is there as it is, and puts what it knows of.
        return _completed(request, make(self, request), gone(before, wanted))

    Patch(S3BucketProvider, "create", create).apply()
    Patch(S3BucketProvider, "update", update).apply()


def _completed(request: ResourceRequest, made: ProgressEvent, dropped: list[str]) -> ProgressEvent:
    """`made`, once the cloud has put what LocalStack dropped."""
    model: Mapping[str, Any] = made.resource_model
    wanted = left_out(model)
    if made.status != OperationStatus.SUCCESS or not (wanted or dropped):
        return made
    try:
        the_cloud().put_bucket(request.account_id, request.region_name, model["BucketName"], wanted, dropped)
    except CloudError as error:
        return ProgressEvent(OperationStatus.FAILED, resource_model=dict(model), message=str(error))
    return made


def complete_roles() -> None:
    """Have a role that exists changed in its place."""

    from localstack.services.iam.resource_providers.aws_iam_role import IAMRoleProvider

    @patch(IAMRoleProvider.update)
    def update(original: Any, self: ResourceProvider, request: ResourceRequest) -> ProgressEvent:
        before, after = request.previous_state or {}, request.desired_state or {}
        name = before["RoleName"]
        if after.get("RoleName", name) != name:
            return original(self, request)
        for operation, parameters in role_changes(before, after):
            getattr(request.aws_client_factory.iam, operation)(RoleName=name, **parameters)
        kept = {key: before[key] for key in ("RoleName", "Arn", "RoleId") if key in before}
        return ProgressEvent(OperationStatus.SUCCESS, resource_model={**after, **kept})
