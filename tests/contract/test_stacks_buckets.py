"""Buckets that hold something survive what happens to their stack."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws

QUICK = {"Delay": 0.05, "MaxAttempts": 200}
NOT_EMPTY = r"The bucket you tried to delete is not empty \(Service: S3, Status Code: 409"


@pytest.fixture
def name() -> str:
    return f"stack-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def bucket(aws: Aws, name: str) -> str:
    """A bucket with an object, of the stack called `name`."""
    bucket = f"bucket-{uuid.uuid4().hex[:8]}"
    cfn = aws.client("cloudformation")
    cfn.create_stack(StackName=name, TemplateBody=template(BucketName=bucket))
    cfn.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=QUICK)
    aws.client("s3").put_object(Bucket=bucket, Key="k", Body=b"precious")
    return bucket


def template(**properties: Any) -> str:
    bucket = {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}} if properties else {}
    return json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}, **bucket}})


def test_a_stack_with_a_full_bucket_is_not_deleted(aws: Aws, name: str, bucket: str) -> None:
    """A bucket must be empty to be deleted:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html (delete stack fails).
    AWS would end in DELETE_FAILED; we refuse, in the same words."""
    cfn, s3 = aws.client("cloudformation"), aws.client("s3")
    with pytest.raises(ClientError, match=NOT_EMPTY):
        cfn.delete_stack(StackName=name)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"precious"
    assert cfn.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    s3.delete_object(Bucket=bucket, Key="k")
    cfn.delete_stack(StackName=name)
    cfn.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig=QUICK)


@pytest.mark.parametrize("properties", [{}, {"BucketName": f"other-{uuid.uuid4().hex[:8]}"}])
def test_an_update_does_not_delete_a_full_bucket(aws: Aws, name: str, bucket: str, properties: dict[str, str]) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html ("All objects in the bucket must be
    deleted before the bucket itself can be deleted")"""
    cfn = aws.client("cloudformation")
    change = {"StackName": name, "ChangeSetName": "c"}
    with pytest.raises(ClientError, match=NOT_EMPTY):
        cfn.update_stack(StackName=name, TemplateBody=template(**properties))
    cfn.create_change_set(**change, TemplateBody=template(**properties))
    with pytest.raises(ClientError, match=NOT_EMPTY):
        cfn.execute_change_set(**change)
    assert aws.client("s3").get_object(Bucket=bucket, Key="k")["Body"].read() == b"precious"


def test_a_bucket_that_is_kept_blocks_nothing(aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html"""
    cfn, s3 = aws.client("cloudformation"), aws.client("s3")
    bucket = f"bucket-{uuid.uuid4().hex[:8]}"
    resource = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": {"BucketName": bucket}}
    cfn.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": {"Bucket": resource}}))
    cfn.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=QUICK)
    s3.put_object(Bucket=bucket, Key="k", Body=b"precious")
    cfn.delete_stack(StackName=name)
    cfn.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig=QUICK)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"precious"
