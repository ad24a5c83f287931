"""What a template says of a bucket is what the bucket has."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws

QUICK = {"Delay": 0.05, "MaxAttempts": 200}
SETTINGS: dict[str, Any] = {
    "LifecycleConfiguration": {"Rules": [{"Id": "r", "Status": "Enabled", "Prefix": "p/", "ExpirationInDays": 7}]},
    "BucketEncryption": {
        "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
    },
    "Tags": [{"Key": "team", "Value": {"Ref": "AWS::StackName"}}],
    "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]},
}


def test_lifecycle_encryption_tags_and_ownership_are_set_and_go_when_they_are_dropped(aws: Aws) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html"""
    cfn, s3, name = aws.client("cloudformation"), aws.client("s3"), f"stack-{uuid.uuid4().hex[:8]}"

    def body(properties: dict[str, Any]) -> str:
        return json.dumps({"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": properties}}})

    cfn.create_stack(StackName=name, TemplateBody=body(SETTINGS))
    cfn.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=QUICK)
    found = cfn.describe_stack_resource(StackName=name, LogicalResourceId="B")["StackResourceDetail"]
    bucket = found["PhysicalResourceId"]
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert (rule["ID"], rule["Expiration"], rule["Filter"]) == ("r", {"Days": 7}, {"Prefix": "p/"})
    (encryption,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert encryption["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert {"Key": "team", "Value": name} in s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
    ownership = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert ownership == [{"ObjectOwnership": "BucketOwnerPreferred"}]

    cfn.update_stack(StackName=name, TemplateBody=body({"VersioningConfiguration": {"Status": "Enabled"}}))
    cfn.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig=QUICK)
    with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    (encryption,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert encryption["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    cfn.delete_stack(StackName=name)
    cfn.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig=QUICK)
