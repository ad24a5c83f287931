"""Types that a service of LocalStack's makes by its API: which parameters a call gets."""

from __future__ import annotations

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from groundcloud_localstack.calltypes import CALL_TYPES, deletion, named, parameters
from groundcloud_localstack.errors import ResourceError

FILTER = CALL_TYPES["AWS::Logs::MetricFilter"]


def test_properties_become_parameters_whatever_the_case_of_their_first_letter() -> None:
    members = {"loggroupname": "logGroupName", "filtername": "filterName"}
    properties = {"LogGroupName": "/aws/lambda/f", "FilterName": "errors"}
    assert parameters("AWS::Logs::MetricFilter", properties, members) == {
        "logGroupName": "/aws/lambda/f",
        "filterName": "errors",
    }


def test_a_property_that_the_call_does_not_know_is_refused_by_name() -> None:
    with pytest.raises(ResourceError, match="AWS::Logs::MetricFilter: property Nonsense is not supported"):
        parameters("AWS::Logs::MetricFilter", {"Nonsense": 1}, {"loggroupname": "logGroupName"})


def test_a_name_is_made_up_where_the_template_gives_none() -> None:
    assert named(FILTER, "stack", "Errors", {})["FilterName"].startswith("stack-Errors-")
    assert named(FILTER, "stack", "Errors", {"FilterName": "mine"}) == {"FilterName": "mine"}


def test_a_deletion_names_what_was_made() -> None:
    model = {"LogGroupName": "g", "FilterName": "f", "FilterPattern": ""}
    assert deletion(FILTER, model) == {"logGroupName": "g", "filterName": "f"}
    assert deletion(CALL_TYPES["AWS::CloudWatch::Dashboard"], {"DashboardName": "d"}) == {"DashboardNames": ["d"]}


@pytest.mark.parametrize("kind", CALL_TYPES)
def test_every_property_of_the_type_is_a_member_of_its_creation(kind: str) -> None:
    """By CloudFormation's registry and botocore's model. What is not is refused by name, and listed here."""
    lost = {"AWS::ApiGateway::Authorizer": {"AuthType"}, "AWS::CloudWatch::Dashboard": set()}
    how = CALL_TYPES[kind]
    known = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    model = ServiceModel(Loader().load_service_model(how.service, "service-2"))
    operation = next(name for name in model.operation_names if name.lower() == how.create.replace("_", ""))
    members = {name.lower() for name in model.operation_model(operation).input_shape.members}
    read_only = {path.removeprefix("/properties/") for path in known.get("readOnlyProperties", [])}
    missing = {name for name in known["properties"] if name.lower() not in members} - read_only
    assert missing <= lost.get(kind, set())
