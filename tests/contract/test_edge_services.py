"""Services of AWS that are not here: an error of which every SDK reads what is missing."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws


@pytest.mark.parametrize(
    ("service", "operation"),
    [("route53domains", "list_domains"), ("polly", "describe_voices"), ("elasticbeanstalk", "describe_applications")],
    ids=["json", "rest-json", "query"],
)
def test_a_service_that_is_not_here_is_named(aws: Aws, service: str, operation: str) -> None:
    """https://docs.aws.amazon.com/sdkref/latest/guide/feature-protocols.html"""
    with pytest.raises(ClientError) as caught:
        getattr(aws.client(service), operation)()
    error = caught.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert error["Error"]["Code"] == "NotImplemented"
    assert f"does not have the service {service};" in error["Error"]["Message"]


def test_an_operation_of_lambda_that_is_not_here_is_named(aws: Aws) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetRuntimeManagementConfig.html: it was a function that is not
    found, by the name of a path."""
    with pytest.raises(ClientError) as caught:
        aws.client("lambda").get_runtime_management_config(FunctionName="f")
    error = caught.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == ("NotImplemented", 501)
    assert error["Error"]["Message"].endswith("operation GetRuntimeManagementConfig")
