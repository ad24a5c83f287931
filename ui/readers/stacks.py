"""The door to CloudFormation: which stacks are deployed, and where what they made can be reached.

Addresses come from the resources, not from the outputs, so that a stranger's template without outputs has them too.
"""

from __future__ import annotations

import threading
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError
from botocore.session import Session

from groundcloud.settings import Settings
from ui.readers.addresses import api_address, local_address, website_address
from ui.readers.types import Address, CloudUnavailable, Output, Resource, Scope, Stack

GONE = "DELETE_COMPLETE"

_OWN_VARIABLES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, "/dev/null", None),
    "credentials_file": (None, None, "/dev/null", None),
}
"""Nothing of the user's AWS profiles reaches this door: it always means the cloud on this machine."""


class StackReader:
    """Reads the stacks of one account and region through AWS's APIs."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session: Any = boto3.session.Session(botocore_session=Session(session_vars=_OWN_VARIABLES))
        self._clients: dict[tuple[str, Scope], Any] = {}
        self._making = threading.Lock()  # a session may not make two clients at once; the clients may be shared

    def read(self, scope: Scope) -> list[Stack]:
        """Every stack that is not deleted, the last changed first. Raises `CloudUnavailable`."""
        try:
            pages = self._client("cloudformation", scope).get_paginator("describe_stacks").paginate()
            found = [each for page in pages for each in page["Stacks"] if each["StackStatus"] != GONE]
            stacks = [self._stack(each, scope) for each in found]
        except (EndpointConnectionError, HTTPClientError) as error:
            raise CloudUnavailable(f"{self._settings.reached_at} does not answer") from error
        return sorted(stacks, key=lambda stack: -stack.changed)

    def _stack(self, found: dict[str, Any], scope: Scope) -> Stack:
        pages = self._client("cloudformation", scope).get_paginator("list_stack_resources")
        summaries = [
            each for page in pages.paginate(StackName=found["StackId"]) for each in page["StackResourceSummaries"]
        ]
        resources = tuple(
            Resource(
                each["LogicalResourceId"],
                each["ResourceType"],
                each.get("PhysicalResourceId", ""),
                each["ResourceStatus"],
            )
            for each in summaries
        )
        return Stack(
            name=found["StackName"],
            status=found["StackStatus"],
            reason=found.get("StackStatusReason", ""),
            changed=(found.get("LastUpdatedTime") or found["CreationTime"]).timestamp(),
            outputs=tuple(self._output(each) for each in found.get("Outputs", [])),
            resources=resources,
            addresses=tuple(self._addresses(resources, scope)),
        )

    def _output(self, found: dict[str, Any]) -> Output:
        value = str(found["OutputValue"])
        local = local_address(value, self._settings.endpoint)
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

    def _client(self, service: str, scope: Scope) -> Any:
        """One client for each service and scope. A 12-digit access key is that account's administrator."""
        key = (service, scope)
        with self._making:
            if key not in self._clients:
                self._clients[key] = self._new_client(service, scope)
            return self._clients[key]

    def _new_client(self, service: str, scope: Scope) -> Any:
        own = scope.account == self._settings.account
        return self._session.client(
            service,
            endpoint_url=self._settings.reached_at,
            region_name=scope.region,
            aws_access_key_id=self._settings.access_key_id if own else scope.account,
            aws_secret_access_key=self._settings.secret_access_key,
            config=Config(
                retries={"total_max_attempts": 1},
                connect_timeout=3,
                read_timeout=15,
                s3={"addressing_style": "path"},
                proxies={},
            ),
        )
