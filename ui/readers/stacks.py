"""The door to CloudFormation: which stacks are deployed, and where what they made can be reached.

Addresses come from the resources, not from the outputs, so that a stranger's template without outputs has them too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from groundcloud.settings import Settings
from ui.readers.addresses import api_address, local_address, website_address
from ui.readers.aws import AwsDoor
from ui.readers.types import Address, Output, Resource, Scope, Stack

GONE = "DELETE_COMPLETE"


class StackReader:
    """Reads the stacks of one account and region through AWS's APIs."""

    def __init__(self, settings: Settings, aws: AwsDoor) -> None:
        self._settings = settings
        self._client = aws.client
        self._answering = aws.answering
        self._on_aws = settings.profile == "aws"

    def read(self, scope: Scope) -> list[Stack]:
        """Every stack that is not deleted, the last changed first. Raises `CloudUnavailable`."""
        with self._answering():
            pages = self._client("cloudformation", scope).get_paginator("describe_stacks").paginate()
            found = [each for page in pages for each in page["Stacks"] if each["StackStatus"] != GONE]
            stacks = [self._stack(each, scope) for each in found]
        return sorted(stacks, key=lambda stack: -stack.changed)

    def _stack(self, found: dict[str, Any], scope: Scope) -> Stack:
        resources = resources_of(self._client("cloudformation", scope), found["StackId"])
        return Stack(
            name=found["StackName"],
            status=found["StackStatus"],
            reason=found.get("StackStatusReason", ""),
            changed=changed_at(found),
            outputs=tuple(self._output(each) for each in found.get("Outputs", [])),
            resources=resources,
            addresses=() if self._on_aws else tuple(self._addresses(resources, scope)),
        )

    def _output(self, found: dict[str, Any]) -> Output:
        value = str(found["OutputValue"])
        local = None if self._on_aws else local_address(value, self._settings.endpoint)
        return Output(found["OutputKey"], value, found.get("Description", ""), local)

    def _addresses(self, resources: tuple[Resource, ...], scope: Scope) -> list[Address]:
        endpoint = self._settings.endpoint
        made: dict[str, list[str]] = {}
        for resource in resources:
            made.setdefault(resource.type, []).append(resource.physical_id)
        found = [
            Address("Site by CloudFront", address)
            for identifier in made.get("AWS::CloudFront::Distribution", [])
            if (address := self._distribution(identifier, scope))
        ]
        found += [
            Address("Site by S3", website_address(bucket, endpoint))
            for bucket in made.get("AWS::S3::Bucket", [])
            if self._is_website(bucket, scope)
        ]
        found += [
            Address("REST API", api_address(api, stage, endpoint))
            for api in made.get("AWS::ApiGateway::RestApi", [])
            for stage in self._stages(api, scope)
        ]
        return found

    def _distribution(self, identifier: str, scope: Scope) -> str | None:
        try:
            found = self._client("cloudfront", scope).get_distribution(Id=identifier)
        except ClientError:
            return None  # deleted behind the stack's back, as people do
        return local_address(found["Distribution"]["DomainName"], self._settings.endpoint)

    def _is_website(self, bucket: str, scope: Scope) -> bool:
        try:
            self._client("s3", scope).get_bucket_website(Bucket=bucket)
        except ClientError:
            return False
        return True

    def _stages(self, api: str, scope: Scope) -> list[str]:
        try:
            found = self._client("apigateway", scope).get_stages(restApiId=api)
        except ClientError:
            return []
        return [stage["stageName"] for stage in found["item"]]


def changed_at(found: Mapping[str, Any]) -> float:
    """When a stack, as DescribeStacks tells it, was last changed: epoch seconds."""
    return float((found.get("LastUpdatedTime") or found["CreationTime"]).timestamp())


def resources_of(cloudformation: Any, stack: str) -> tuple[Resource, ...]:
    """What a stack made, deleted parts included."""
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    return tuple(
        Resource(
            each["LogicalResourceId"], each["ResourceType"], each.get("PhysicalResourceId", ""), each["ResourceStatus"]
        )
        for page in pages
        for each in page["StackResourceSummaries"]
    )
