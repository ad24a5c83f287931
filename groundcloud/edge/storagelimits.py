"""What is refused of S3's operations on buckets before the engine stores it.

What S3 has and Groundcloud does not is refused by its name: without effect, it would be missed only on AWS. Templates
that ask for the same are refused by `stacks/unsupported`. What S3 refuses itself is in `bucketrules`.
"""

from __future__ import annotations

from groundcloud.edge.bucketrules import CHECKED, configuration_problem
from groundcloud.edge.exchange import Exchange, Identity
from groundcloud.edge.services import OperationHandler, request_of
from groundcloud.errors import AwsError
from groundcloud.http import Response

_METADATA = "S3 Metadata tables"
_LACKING = {
    "PutBucketReplication": "replication of buckets",
    "PutBucketInventoryConfiguration": "S3 Inventory",
    "CreateBucketMetadataConfiguration": _METADATA,
    "CreateBucketMetadataTableConfiguration": _METADATA,
}


def supported(then: OperationHandler) -> OperationHandler:
    """`then`, for what is there and well formed. S3's own code for what an endpoint lacks is NotImplemented (501):
    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""

    async def handle(exchange: Exchange, identity: Identity) -> Response | None:
        feature = _LACKING.get(identity.operation)
        if feature is not None:
            raise AwsError("NotImplemented", f"Groundcloud does not support {feature} ({identity.operation})", 501)
        if identity.operation in CHECKED:
            problem = configuration_problem(identity.operation, (await request_of(exchange)).body)
            if problem is not None:
                raise problem
        return await then(exchange, identity)

    return handle
