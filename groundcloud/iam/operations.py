"""Which actions of IAM's an API operation needs.

Nine operations of ten are the action of their own name under their service's prefix; the rest is here, from the
Service Authorization Reference and, for S3,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html.
"""

from __future__ import annotations

from functools import cache

from groundcloud.engines.models import service_model
from groundcloud.iam.actiontable import service_actions

_PREFIXES = {
    "apigateway": "apigateway",
    "apigatewaymanagementapi": "execute-api",
    "apigatewayv2": "apigateway",
    "cloudcontrol": "cloudformation",
    "cloudwatch": "cloudwatch",
    "cloudsearchdomain": "cloudsearch",
    "iot-data": "iot",
    "iotsecuretunneling": "iot",
    "keyspaces": "cassandra",
    "neptunedata": "neptune-db",
    "opensearch": "es",
    "resourcegroupstaggingapi": "tag",
    "s3control": "s3",
    "sesv2": "ses",
    "sso": "sso",
    "support": "support",
    "timestream-query": "timestream",
    "timestream-write": "timestream",
}
"""Prefixes that are not the signing name of the service's model."""

_READ_CONFIGURATION = {
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketAnalyticsConfiguration": "GetAnalyticsConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketIntelligentTieringConfiguration": "GetIntelligentTieringConfiguration",
    "GetBucketInventoryConfiguration": "GetInventoryConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketMetricsConfiguration": "GetMetricsConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "ListBucketAnalyticsConfigurations": "GetAnalyticsConfiguration",
    "ListBucketIntelligentTieringConfigurations": "GetIntelligentTieringConfiguration",
    "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
    "ListBucketMetricsConfigurations": "GetMetricsConfiguration",
}
_WRITE_CONFIGURATION = {
    "DeleteBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "DeleteBucketInventoryConfiguration": "PutInventoryConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketMetricsConfiguration": "PutMetricsConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "PutBucketInventoryConfiguration": "PutInventoryConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketMetricsConfiguration": "PutMetricsConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
_S3 = {
    **_READ_CONFIGURATION,
    **_WRITE_CONFIGURATION,
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteObjects": "DeleteObject",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "SelectObjectContent": "GetObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}
_NAMES: dict[str, dict[str, str]] = {
    "s3": _S3,
    "lambda": {
        "GetLayerVersionByArn": "GetLayerVersion",
        "Invoke": "InvokeFunction",
        "InvokeAsync": "InvokeFunction",
        "InvokeWithResponseStream": "InvokeFunction",
    },
    "sqs": {
        "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
        "DeleteMessageBatch": "DeleteMessage",
        "SendMessageBatch": "SendMessage",
    },
    "sns": {"PublishBatch": "Publish"},
    "kms": {"ReEncrypt": "ReEncryptFrom"},
    "cloudfront": {"CreateDistributionWithTags": "CreateDistribution"},
    "apigatewaymanagementapi": dict.fromkeys(
        ("DeleteConnection", "GetConnection", "PostToConnection"), "ManageConnections"
    ),
    "bedrock-runtime": {
        "Converse": "InvokeModel",
        "ConverseStream": "InvokeModelWithResponseStream",
        "InvokeModelWithBidirectionalStream": "InvokeModel",
        "StartAsyncInvoke": "InvokeModel",
    },
}
NEVER_DENIED = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken"})
"""Need no permission; GetCallerIdentity works even when it is explicitly denied
(docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html, …/id_credentials_temp_control-access_…)."""


@cache
def prefix_of(service: str) -> str:
    """The action prefix of a service as boto3 names it."""
    if service in _PREFIXES:
        return _PREFIXES[service]
    metadata = service_model(service).metadata
    return str(metadata.get("signingName") or metadata["endpointPrefix"])


@cache
def action_of(service: str, operation: str, method: str = "") -> str:
    """The one action that stands for the operation (API Gateway's control plane knows HTTP methods only)."""
    prefix = prefix_of(service)
    if prefix == "apigateway":
        return f"apigateway:{method or 'GET'}"
    return f"{prefix}:{_NAMES.get(service, {}).get(operation, operation)}"


@cache
def is_open(service: str, operation: str) -> bool:
    """Whether AWS takes this operation unsigned: its model says so (sign-in, web identities), or SNS's mail links do
    (docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html)."""
    if service == "sns":
        return operation in ("ConfirmSubscription", "Unsubscribe")
    model = service_model(service)
    if operation not in model.operation_names:
        return False
    return bool(model.operation_model(operation).auth_type == "none")


def is_known(action: str) -> bool:
    """Whether the reference has this action."""
    prefix, _, name = action.partition(":")
    return service_actions(prefix).find(name) is not None
