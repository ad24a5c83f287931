"""Every request that botocore can make is named as the operation that botocore meant.

Source: botocore's service models, the ones AWS generates its SDKs from
(https://docs.aws.amazon.com/sdkref/latest/guide/feature-protocols.html for the protocols).
"""

from __future__ import annotations

import asyncio
import json

import pytest
from botocore.loaders import Loader

from groundcloud.edge.exchange import Exchange, Identity
from groundcloud.edge.identify import Identify
from groundcloud.edge.servicemap import FILE, derive
from groundcloud.ports import Scope
from tests.support.edge import FakeCaller, Wire
from tests.support.requests import Capture, asgi_scope, minimal_params

SERVICES = (
    *("acm", "apigateway", "apigatewaymanagementapi", "apigatewayv2", "application-autoscaling", "appsync", "athena"),
    *("autoscaling", "batch", "budgets", "cloudcontrol", "cloudformation", "cloudfront", "cloudtrail", "cloudwatch"),
    *("cognito-identity", "cognito-idp", "dynamodb", "dynamodbstreams", "ec2", "ecr", "ecs", "efs", "eks"),
    *("elasticache", "elb", "elbv2", "es", "events", "firehose", "glue", "iam", "kinesis", "kms", "lambda", "logs"),
    *("opensearch", "pipes", "rds", "rds-data", "resourcegroupstaggingapi", "route53", "s3", "s3control", "scheduler"),
    *("secretsmanager", "servicediscovery", "ses", "sesv2", "sns", "sqs", "ssm", "stepfunctions", "sts", "wafv2"),
    *("xray",),
)

SAME_REQUEST = {
    # The operation that botocore marks as deprecated makes the same request as the one that replaced it.
    ("s3", "GetBucketLifecycle"): ("s3", "GetBucketLifecycleConfiguration"),
    ("s3", "GetBucketNotification"): ("s3", "GetBucketNotificationConfiguration"),
    ("s3", "PutBucketLifecycle"): ("s3", "PutBucketLifecycleConfiguration"),
    ("s3", "PutBucketNotification"): ("s3", "PutBucketNotificationConfiguration"),
    # AWS tells these apart by the host name alone: directory buckets, S3 on Outposts.
    ("s3", "ListDirectoryBuckets"): ("s3", "ListBuckets"),
    ("s3control", "CreateBucket"): ("s3", "PutObject"),
}


def identify(request) -> Identity:
    scope, body = asgi_scope(request)
    wire = Wire([body])
    exchange = Exchange(scope, wire.receive, wire.send, "request-1")
    asyncio.run(Identify(Scope("000000000000", "eu-west-1"), FakeCaller())(exchange))
    assert exchange.identity is not None
    return exchange.identity


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_of_a_service_is_named(service):
    """Source: botocore's model of the service; each operation, with its least parameters, signed by botocore."""
    capture = Capture(service, access_key="123456789012", region="ap-southeast-2")
    wrong = {}
    for operation in capture.client.meta.service_model.operation_names:
        identity = identify(capture.of(operation))
        expected = SAME_REQUEST.get((service, operation), (service, operation))
        if (identity.service, identity.operation) != expected:
            wrong[operation] = (identity.service, identity.operation)
        if identity.access_key:
            assert identity.scope == Scope("123456789012", "ap-southeast-2")
    assert not wrong


@pytest.mark.parametrize("service", ["cognito-idp", "cognito-identity", "sts"])
def test_operations_that_are_not_signed_are_named_too(service):
    """Source: the operations of botocore's models with ``authtype: none`` (SignUp, GetId, AssumeRoleWithSAML…)."""
    capture = Capture(service)
    model = capture.client.meta.service_model
    unsigned = [name for name in model.operation_names if model.operation_model(name).auth_type == "none"]
    assert unsigned
    for operation in unsigned:
        identity = identify(capture.of(operation))
        assert (identity.service, identity.operation, identity.access_key) == (service, operation, "")


def test_virtual_hosts_are_the_same_operations():
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html"""
    capture = Capture("s3", addressing_style="virtual", endpoint_url="http://s3.localhost.localstack.cloud:4566")
    for operation in capture.client.meta.service_model.operation_names:
        if operation in ("ListBuckets", "ListDirectoryBuckets", "WriteGetObjectResponse"):
            continue
        identity = identify(capture.of(operation, _with_bucket(capture, operation)))
        expected = SAME_REQUEST.get(("s3", operation), ("s3", operation))
        assert (identity.service, identity.operation) == expected


def _with_bucket(capture, operation):
    params = minimal_params(capture.client.meta.service_model.operation_model(operation))
    return {**params, "Bucket": "my-bucket"}


def test_the_protocol_is_the_one_on_the_wire():
    """Source: ``protocol`` in botocore's models; an error must be answered in it."""
    expected = {
        "dynamodb": ("ListTables", "json"),
        "iam": ("ListRoles", "query"),
        "ec2": ("DescribeVpcs", "ec2"),
        "lambda": ("ListFunctions", "rest-json"),
        "s3": ("ListBuckets", "rest-xml"),
        "sqs": ("ListQueues", "json"),
    }
    for service, (operation, protocol) in expected.items():
        assert identify(Capture(service).of(operation)).protocol == protocol


def test_the_service_map_is_what_botocores_models_say():
    """Source: the metadata of all of botocore's models; ``python -m groundcloud.edge.servicemap`` writes it anew."""
    assert json.loads(FILE.read_text()) == derive(Loader())
