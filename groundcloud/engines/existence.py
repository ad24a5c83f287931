"""Whether what an ARN names is there, asked of the service whose it is."""

from __future__ import annotations

from typing import Any

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope


async def exists(engine: AwsCaller, arn: str, scope: Scope) -> bool:
    """False only for what was looked for and not found: the resources of other accounts and regions than `scope`, and
    those of services that are not known here, are taken to be there."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return True
    service, region, account, resource = parts[2], parts[3], parts[4], parts[5]
    if (region or scope.region, account or scope.account) != (scope.region, scope.account):
        return True
    call = _call(service, arn, resource)
    if call is None:
        return True
    try:
        await engine.call(*call, scope=scope)
    except AwsError as error:
        # A client names the answer to HEAD, which has no body, after its status.
        return not (error.status == 404 or "NotFound" in error.code or "NonExist" in error.code)
    return True


def _call(service: str, arn: str, resource: str) -> tuple[str, str, dict[str, Any]] | None:
    """The service, operation and parameters that find it."""
    if service == "dynamodb" and "/stream/" in resource:
        return "dynamodbstreams", "DescribeStream", {"StreamArn": arn, "Limit": 1}
    known: dict[str, tuple[str, str, dict[str, Any]]] = {
        "sqs": ("sqs", "GetQueueUrl", {"QueueName": resource}),
        "sns": ("sns", "GetTopicAttributes", {"TopicArn": arn}),
        "lambda": ("lambda", "GetFunctionConfiguration", {"FunctionName": arn}),
        "events": ("events", "DescribeEventBus", {"Name": resource.rpartition("/")[2]}),
        "s3": ("s3", "HeadBucket", {"Bucket": resource.partition("/")[0]}),
        "kinesis": ("kinesis", "DescribeStreamSummary", {"StreamName": resource.rpartition("/")[2]}),
    }
    return known.get(service)
