"""S3 accepts a notification to a function only if the function's policy lets S3 in.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html: "Unable to validate the
following destination configurations". The engine checks queues and topics by itself.
"""

from __future__ import annotations

import re

from groundcloud.edge.exchange import Exchange, Identity
from groundcloud.edge.identify import bucket_of
from groundcloud.edge.limits import MAX_OPERATION_BODY_BYTES
from groundcloud.edge.services import OperationHandler
from groundcloud.errors import AwsError
from groundcloud.http import Response
from groundcloud.iam.deliveries import Deliveries
from groundcloud.iam.event_sources import EventSource

_OPERATION = "PutBucketNotificationConfiguration"
_FUNCTION = re.compile(rb"<CloudFunction>\s*(arn:aws[^:<]*:lambda:[^<]+?)\s*</CloudFunction>")


def validated(deliveries: Deliveries, then: OperationHandler) -> OperationHandler:
    """`then`, after the destinations were asked for."""

    async def handle(exchange: Exchange, identity: Identity) -> Response | None:
        skips = (exchange.headers.get("x-amz-skip-destination-validation") or "").lower() == "true"
        if identity.operation == _OPERATION and not skips:
            source = EventSource(("s3.amazonaws.com",), f"arn:aws:s3:::{bucket_of(exchange)}")
            for function in _FUNCTION.findall(await exchange.body(MAX_OPERATION_BODY_BYTES)):
                await _validate(deliveries, function.decode(), source)
        return await then(exchange, identity)

    return handle


async def _validate(deliveries: Deliveries, function: str, source: EventSource) -> None:
    try:
        await deliveries.require(function, source)
    except AwsError as error:
        message = "Unable to validate the following destination configurations"
        raise AwsError("InvalidArgument", message, 400) from error
