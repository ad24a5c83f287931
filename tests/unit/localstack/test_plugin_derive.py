"""What the plugin adds to LocalStack is what that lacks, service by service and type by type."""

from __future__ import annotations

from groundcloud_localstack.derive import lacking_services, lacking_types

KNOWN = ["cognito-idp", "s3", "rds"]
TYPES = ["AWS::Cognito::UserPool", "AWS::RDS::DBInstance", "AWS::S3::Bucket", "AWS::S3::AccessPoint"]
SERVICE_OF = {
    "AWS::Cognito::UserPool": "cognito-idp",
    "AWS::RDS::DBInstance": "rds",
    "AWS::S3::Bucket": "s3",
    "AWS::S3::AccessPoint": "s3",
}


def test_services_without_a_provider_are_forwarded() -> None:
    assert lacking_services(KNOWN, ["s3:default", "s3:v3"]) == ["cognito-idp", "rds"]


def test_a_localstack_that_has_a_service_keeps_it_and_only_it() -> None:
    """An edition with a token registers providers under names of its own."""
    assert lacking_services(KNOWN, ["s3:default", "cognito-idp:pro"]) == ["rds"]
    assert lacking_services(KNOWN, ["s3:pro", "cognito-idp:pro", "rds:pro"]) == []


def test_types_of_forwarded_services_are_added() -> None:
    forwarded = ["cognito-idp", "rds"]
    found = lacking_types(TYPES, ["AWS::S3::Bucket"], SERVICE_OF.get, forwarded)
    assert found == ["AWS::Cognito::UserPool", "AWS::RDS::DBInstance"]


def test_a_type_that_localstack_has_is_left_to_it_even_of_a_forwarded_service() -> None:
    found = lacking_types(TYPES, ["AWS::S3::Bucket", "AWS::RDS::DBInstance"], SERVICE_OF.get, ["cognito-idp", "rds"])
    assert found == ["AWS::Cognito::UserPool"]


def test_a_type_of_a_service_that_localstack_has_is_not_made_elsewhere() -> None:
    assert lacking_types(TYPES, [], SERVICE_OF.get, []) == []


def test_a_type_of_no_known_service_is_left_out() -> None:
    assert lacking_types(["Custom::Thing"], [], SERVICE_OF.get, ["rds"]) == []
