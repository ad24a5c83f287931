"""What is refused of S3's operations on buckets before the engine stores it.

What S3 has and Groundcloud does not is refused by its name: without effect, it would be missed only on AWS. Templates
that ask for the same are refused by `stacks/unsupported`. What S3 refuses itself is in `bucketrules` and
`bucketpolicies`.
"""

from __future__ import annotations

from groundcloud.edge.bucketpolicies import policy_problem, principals_problem
from groundcloud.edge.bucketrules import CHECKED, configuration_problem
from groundcloud.edge.exchange import Exchange, Identity
from groundcloud.edge.identify import bucket_of
from groundcloud.edge.services import OperationHandler, request_of
from groundcloud.errors import AwsError
from groundcloud.http import Response
from groundcloud.ports import AwsCaller

_METADATA = "S3 Metadata tables"
_LACKING = {
    "PutBucketReplication": "replication of buckets",
    "PutBucketInventoryConfiguration": "S3 Inventory",
    "CreateBucketMetadataConfiguration": _METADATA,
    "CreateBucketMetadataTableConfiguration": _METADATA,
}


def supported(aws: AwsCaller, then: OperationHandler) -> OperationHandler:
    """`then`, for what is there and well formed. S3's own code for what an endpoint lacks is NotImplemented (501):
    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""

    async def handle(exchange: Exchange, identity: Identity) -> Response | None:
        feature = _LACKING.get(identity.operation)
        if feature is not None:
            raise AwsError("NotImplemented", f"Groundcloud does not support {feature} ({identity.operation})", 501)
        problem = await _problem(aws, exchange, identity.operation)
        if problem is not None:
            raise problem
        return await then(exchange, identity)

    return handle


async def _problem(aws: AwsCaller, exchange: Exchange, operation: str) -> AwsError | None:
    if operation in CHECKED:
        return configuration_problem(operation, (await request_of(exchange)).body)
    if operation == "PutBucketPolicy":
        body = (await request_of(exchange)).body
        return policy_problem(bucket_of(exchange), body) or await principals_problem(aws, body)
    return None
