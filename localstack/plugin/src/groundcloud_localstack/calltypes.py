"""Types of services that LocalStack has, without a provider of its own: made by that service's API. Pure.

What such a type belongs to is in LocalStack, so its resources must be there too. Each is made, changed and deleted by
one operation whose members are the type's properties, whatever the case of their first letter.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundcloud_localstack.errors import ResourceError

_RANDOM = 12


@dataclass(frozen=True)
class CallType:
    """How one type is made: boto3's names of service and operations.

    `name` is the property that is made up when the template gives none; `reference` the one that `Ref` gives.
    `deleted_by` are the properties that the deletion names, with its parameters; `learned` the attributes that the
    creation's answer gives, with its members. Without an `update` every change is a replacement."""

    service: str
    create: str
    delete: str
    deleted_by: Mapping[str, str]
    reference: str
    update: str = ""
    name: str = ""
    learned: Mapping[str, str] = field(default_factory=dict)


CALL_TYPES: dict[str, CallType] = {
    "AWS::Logs::MetricFilter": CallType(
        service="logs",
        create="put_metric_filter",
        update="put_metric_filter",
        delete="delete_metric_filter",
        deleted_by={"LogGroupName": "logGroupName", "FilterName": "filterName"},
        reference="FilterName",
        name="FilterName",
    ),
    "AWS::CloudWatch::Dashboard": CallType(
        service="cloudwatch",
        create="put_dashboard",
        update="put_dashboard",
        delete="delete_dashboards",
        deleted_by={"DashboardName": "DashboardNames"},
        reference="DashboardName",
        name="DashboardName",
    ),
    "AWS::ApiGateway::Authorizer": CallType(
        service="apigateway",
        create="create_authorizer",
        delete="delete_authorizer",
        deleted_by={"RestApiId": "restApiId", "AuthorizerId": "authorizerId"},
        reference="AuthorizerId",
        learned={"AuthorizerId": "id"},
    ),
}
"""The types that are made so. Each has a test against LocalStack itself."""


def parameters(kind: str, properties: Mapping[str, Any], members: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a call. `members` are the operation's, by their names in lower case. Raises `ResourceError`
    naming a property for which there is none: it must not be lost in silence."""
    unknown = [name for name in properties if name.lower() not in members]
    if unknown:
        raise ResourceError(f"{kind}: property {unknown[0]} is not supported on LocalStack")
    return {members[name.lower()]: value for name, value in properties.items()}


def named(how: CallType, stack: str, logical_id: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """`properties` with a name, as CloudFormation makes one up: stack, logical id, something random."""
    if not how.name or properties.get(how.name):
        return dict(properties)
    return {**properties, how.name: f"{stack}-{logical_id}-{uuid.uuid4().hex[:_RANDOM].upper()}"}


def deletion(how: CallType, model: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of the deletion of what `model` tells."""
    return {
        parameter: [model[name]] if parameter.endswith("s") else model[name]
        for name, parameter in how.deleted_by.items()
    }
