"""A resource as a stack of one: templates, schemas, models."""

from __future__ import annotations

import json

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from groundcloud_localstack import onestack
from groundcloud_localstack.onestack import PHYSICAL_ID, REFERENCE, STACK, Resource

POOL = Resource("AWS::Cognito::UserPool", "Pool", {"UserPoolName": "p", STACK: "s", PHYSICAL_ID: "id"}, {})


def test_a_template_has_the_resource_and_what_is_to_be_learned() -> None:
    made = json.loads(onestack.template(POOL, ["Arn", "Endpoint.Address"]))
    assert made["Resources"] == {"Pool": {"Type": "AWS::Cognito::UserPool", "Properties": {"UserPoolName": "p"}}}
    assert made["Outputs"][REFERENCE] == {"Value": {"Ref": "Pool"}}
    assert made["Outputs"]["AttributeEndpointAddress"]["Value"] == {"Fn::GetAtt": ["Pool", "Endpoint.Address"]}


def test_two_stacks_of_a_resource_have_names_of_their_own() -> None:
    first, second = onestack.stack_name("app" * 100), onestack.stack_name("app" * 100)
    assert first != second
    assert len(first) <= 128


def test_attributes_are_those_of_the_registry_without_lists_and_without_their_owners() -> None:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", "AWS::RDS::DBInstance").schema
    names = onestack.attributes_of(schema)
    assert {"Endpoint.Address", "Endpoint.Port", "DBInstanceArn"} <= set(names)
    assert "Endpoint" not in names
    assert not [name for name in names if "*" in name]


def test_a_model_has_properties_attributes_and_physical_id() -> None:
    outputs = [
        {"OutputKey": REFERENCE, "OutputValue": "db-1"},
        {"OutputKey": "AttributeEndpointAddress", "OutputValue": "host", "Description": "Endpoint.Address"},
        {"OutputKey": "AttributeEndpointPort", "OutputValue": "5432", "Description": "Endpoint.Port"},
    ]
    model = onestack.model({"Engine": "postgres"}, "s-1", outputs)
    assert model == {
        "Engine": "postgres",
        STACK: "s-1",
        PHYSICAL_ID: "db-1",
        "Endpoint": {"Address": "host", "Port": "5432"},
    }


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("/properties/ClientId", {PHYSICAL_ID: "x", "ClientId": "x"}, id="a place of its own"),
        pytest.param("</properties/A>|</properties/B>", {PHYSICAL_ID: "x"}, id="made of several"),
        pytest.param(None, {PHYSICAL_ID: "x"}, id="ours"),
    ],
)
def test_the_physical_id_is_where_localstack_looks_for_it(path: str | None, expected: dict[str, str]) -> None:
    assert onestack.with_identifier({PHYSICAL_ID: "x"}, path) == expected


def test_a_value_that_is_there_is_not_overwritten() -> None:
    assert onestack.with_identifier({PHYSICAL_ID: "x", "ClientId": "y"}, "/properties/ClientId")["ClientId"] == "y"


def test_the_schema_says_what_a_change_replaces_and_that_the_engine_knows_the_id() -> None:
    known = {"createOnlyProperties": ["/properties/Name"], "primaryIdentifier": ["/properties/A", "/properties/B"]}
    assert onestack.schema("AWS::X::Y", known) == {
        "typeName": "AWS::X::Y",
        "primaryIdentifier": [f"/properties/{PHYSICAL_ID}"],
        "createOnlyProperties": ["/properties/Name"],
    }


def test_the_attribute_that_the_engine_lacks_is_read_from_its_reason() -> None:
    reason = "Requested attribute ProviderURL does not exist in schema for AWS::Cognito::UserPool"
    assert onestack.unknown_attribute(reason) == "ProviderURL"
    assert onestack.unknown_attribute("Something else") is None
