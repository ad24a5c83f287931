"""Policies that S3 does not take for a bucket. Pages are below https://docs.aws.amazon.com/AmazonS3/latest/."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws

OBJECTS, BUCKET = "arn:aws:s3:::{bucket}/*", "arn:aws:s3:::{bucket}"
DENY = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": OBJECTS}


def stated(**changes: Any) -> str:
    """A policy of one statement, `DENY` with `changes`; None takes an element away."""
    statement = {name: value for name, value in {**DENY, **changes}.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def bucket(aws: Aws, account: str) -> str:
    aws.client("s3").create_bucket(Bucket=f"policies-{account}")
    return f"policies-{account}"


def put(aws: Aws, bucket: str, policy: str) -> None:
    aws.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy.replace("{bucket}", bucket))


REFUSED = {
    "no JSON": ("{", "Policies must be valid JSON and the first byte must be '{'"),
    "a list": ("[]", "Policies must be valid JSON and the first byte must be '{'"),
    "no statement": ('{"Version": "2012-10-17"}', "Missing required field Statement"),
    "a version": ('{"Version": "2013-01-01", "Statement": []}', "The policy must contain a valid version string"),
    "no principal": (stated(Principal=None), "Missing required field Principal"),
    "no action": (stated(Action=None), "Missing required field Action"),
    "no resource": (stated(Resource=None), "Missing required field Resource"),
    "another bucket": (stated(Resource="arn:aws:s3:::another/*"), "Policy has invalid resource"),
    "no ARN": (stated(Resource="{bucket}/*"), "Policy has invalid resource"),
    "another service": (stated(Action="sqs:SendMessage"), "Policy has invalid action"),
    "an unknown action": (stated(Action="s3:GetObjekt"), "Policy has invalid action"),
    "objects only": (stated(Resource=BUCKET), "Action does not apply to any resource(s) in statement"),
    "buckets only": (stated(Action="s3:ListBucket"), "Action does not apply to any resource(s) in statement"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_malformed_policy_is_refused(aws: Aws, bucket: str, name: str) -> None:
    """userguide/bucket-policies.html, API/API_PutBucketPolicy.html; nothing is stored"""
    policy, message = REFUSED[name]
    with pytest.raises(ClientError) as refused:
        put(aws, bucket, policy)
    answer = refused.value.response
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (400, "MalformedPolicy")
    assert answer["Error"]["Message"] == message
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        aws.client("s3").get_bucket_policy(Bucket=bucket)


@pytest.mark.parametrize(
    "policy",
    [
        stated(Action=["s3:Get*", "S3:listbucket"], Resource=[BUCKET, OBJECTS]),
        stated(Action="*", Resource="*"),
        stated(Action=None, NotAction="s3:PutObject", Resource=None, NotResource="arn:aws:s3:::{bucket}/open/*"),
        stated(Resource="arn:aws:s3:::{bucket}*"),
        stated(Resource="arn:aws:s3:::{bucket}/${aws:username}/*"),
    ],
    ids=["patterns", "everything", "negated", "a star", "a variable"],
)
def test_what_is_well_formed_is_stored(aws: Aws, bucket: str, policy: str) -> None:
    """userguide/bucket-policies.html"""
    put(aws, bucket, policy)
    stored = aws.client("s3").get_bucket_policy(Bucket=bucket)["Policy"]
    assert json.loads(stored) == json.loads(policy.replace("{bucket}", bucket))
