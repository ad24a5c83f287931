"""LocalStack's own resource providers, made to apply what they drop.

What LocalStack has no code for is the cloud's to put, by the same table as on its other profiles; what that does not
have either fails the resource by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError
from localstack.services.cloudformation.resource_provider import (
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
    ResourceRequest,
)
from localstack.utils.patch import Patch, patch

from groundcloud_localstack.apichanges import (
    DEFINITION,
    document,
    plain,
    stage_patches,
    unchangeable_of_api,
    unchangeable_of_stage,
    unescaped,
)
from groundcloud_localstack.bucketchanges import calls_of_update, gone, left_out
from groundcloud_localstack.errors import CloudError
from groundcloud_localstack.functionchanges import function_settings, with_nothing_left
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


def complete_functions() -> None:
    """Have a function given what LocalStack drops, and lose what its template has no more."""

    from localstack.services.lambda_.resource_providers.aws_lambda_function import LambdaFunctionProvider

    @patch(LambdaFunctionProvider.create)
    def create(original: Any, self: ResourceProvider, request: ResourceRequest) -> ProgressEvent:
        made = original(self, request)
        return _set(request, {}, made.resource_model) or made if made.status == OperationStatus.SUCCESS else made

    @patch(LambdaFunctionProvider.update)
    def update(original: Any, self: ResourceProvider, request: ResourceRequest) -> ProgressEvent:
        before, after = request.previous_state or {}, request.desired_state or {}
        request.desired_state = with_nothing_left(before, after)
        made = original(self, request)
        if made.status != OperationStatus.SUCCESS:
            return made
        named = {name: before[name] for name in ("Arn", "FunctionName") if name in before}
        return _set(request, before, {**after, **named}) or ProgressEvent(
            OperationStatus.SUCCESS, resource_model={**named, **after}
        )


def _set(request: ResourceRequest, before: Mapping[str, Any], after: Mapping[str, Any]) -> ProgressEvent | None:
    """Put the settings of the function `after`; the failure, if any."""
    client = request.aws_client_factory.lambda_
    try:
        for operation, parameters in function_settings(before, after):
            name = {"Resource": after["Arn"]} if "tag" in operation else {"FunctionName": after["FunctionName"]}
            getattr(client, operation)(**name, **parameters)
    except ClientError as error:
        return ProgressEvent(OperationStatus.FAILED, resource_model=dict(after), message=str(error))
    return None


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


def complete_apis() -> None:
    """Have a REST API made of its definition by the cloud, whose import knows all of it, and changed in its place."""

    from localstack.services.apigateway.resource_providers.aws_apigateway_restapi import ApiGatewayRestApiProvider

    make = ApiGatewayRestApiProvider.create

    def create(self: ResourceProvider, request: ResourceRequest) -> ProgressEvent:
        given = unescaped(request.desired_state or {})
        if not any(name in given for name in DEFINITION):
            request.desired_state = given
            return make(self, request)
        request.desired_state = {name: value for name, value in given.items() if name not in DEFINITION}
        made = make(self, request)
        if made.status != OperationStatus.SUCCESS:
            return made
        defined = _defined(request, given, made.resource_model)
        if defined.status != OperationStatus.SUCCESS:
            request.aws_client_factory.apigateway.delete_rest_api(restApiId=made.resource_model["RestApiId"])
        return defined

    def update(self: ResourceProvider, request: ResourceRequest) -> ProgressEvent:
        before, after = request.previous_state or {}, unescaped(request.desired_state or {})
        kept = {name: before[name] for name in ("RestApiId", "RootResourceId") if name in before}
        refused = unchangeable_of_api(before, after)
        if refused:
            return _refused(refused, "AWS::ApiGateway::RestApi", before)
        return _defined(request, after, kept)

    Patch(ApiGatewayRestApiProvider, "create", create).apply()
    Patch(ApiGatewayRestApiProvider, "update", update).apply()


def complete_stages() -> None:
    """Have a stage changed in its place. Left as it is, it goes with the deployment that the template has no more."""

    from localstack.services.apigateway.resource_providers.aws_apigateway_stage import ApiGatewayStageProvider

    # LocalStack takes a reference to an API that changes for another API, and would make the stage a second time.
    schema = ApiGatewayStageProvider.SCHEMA
    only = [name for name in schema.get("createOnlyProperties", []) if name != "/properties/RestApiId"]
    Patch(ApiGatewayStageProvider, "SCHEMA", {**schema, "createOnlyProperties": only}).apply()

    @patch(ApiGatewayStageProvider.update)
    def update(original: Any, self: ResourceProvider, request: ResourceRequest) -> ProgressEvent:
        before, after = request.previous_state or {}, request.desired_state or {}
        refused = unchangeable_of_stage(before, {**after, "StageName": after.get("StageName", before["StageName"])})
        if refused:
            return _refused(refused, "AWS::ApiGateway::Stage", before)
        place = {"restApiId": before["RestApiId"], "stageName": before["StageName"]}
        patches = stage_patches(before, after)
        if patches:
            request.aws_client_factory.apigateway.update_stage(**place, patchOperations=patches)
        return ProgressEvent(OperationStatus.SUCCESS, resource_model={**after, "StageName": before["StageName"]})


def _refused(properties: list[str], resource_type: str, before: Mapping[str, Any]) -> ProgressEvent:
    told = f"Not supported on LocalStack: changing {', '.join(properties)} of {resource_type}"
    return ProgressEvent(OperationStatus.FAILED, resource_model=dict(before), message=told)


def _defined(request: ResourceRequest, given: Mapping[str, Any], made: Mapping[str, Any]) -> ProgressEvent:
    """The API that `made` names, once it is what `given` says."""
    model = {**made, **given}
    try:
        definition = _definition(request, given)
        account, region = request.account_id, request.region_name
        the_cloud().put_definition(account, region, made["RestApiId"], definition, plain(given))
    except (CloudError, ValueError) as error:
        return ProgressEvent(OperationStatus.FAILED, resource_model=model, message=str(error))
    return ProgressEvent(OperationStatus.SUCCESS, resource_model=model, custom_context=request.custom_context)


def _definition(request: ResourceRequest, given: Mapping[str, Any]) -> dict[str, Any] | None:
    body, place = given.get("Body"), given.get("BodyS3Location")
    if isinstance(body, dict) or place is None:
        return document(body) if isinstance(body, str) else body
    named = {"Bucket": place["Bucket"], "Key": place["Key"]}
    version = {"VersionId": place["Version"]} if place.get("Version") else {}
    return document(request.aws_client_factory.s3.get_object(**named, **version)["Body"].read())


COMPLETED = {
    "AWS::ApiGateway::RestApi": complete_apis,
    "AWS::ApiGateway::Stage": complete_stages,
    "AWS::IAM::Role": complete_roles,
    "AWS::Lambda::Function": complete_functions,
    "AWS::S3::Bucket": complete_buckets,
}
"""What is to be done once LocalStack has imported its code for a type."""
