"""What S3 says of objects by itself, where the engine does not.

Content without a type is ``binary/octet-stream``
(https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html); every object is encrypted with S3's own keys and
says so (https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html); a checksum that came with
the data comes back with the answer, and data without one gets a CRC64NVME
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html). Whether a key is missing
is told to those only who may list the bucket (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from groundcloud.edge.chain import STREAMED
from groundcloud.edge.crc64 import checksum
from groundcloud.edge.exchange import RAW_NAMES, Exchange, Identity
from groundcloud.edge.identify import bucket_of
from groundcloud.edge.limits import MAX_DEFAULT_CHECKSUM_BYTES
from groundcloud.engines.embedded.asgi import Message, Receive, Send
from groundcloud.errors import AwsError
from groundcloud.http import Response

DEFAULT_TYPE = b"binary/octet-stream"
DEFAULT_CHECKSUM = b"x-amz-checksum-crc64nvme"
_READING = ("GetObject", "HeadObject")
_TYPED = ("PutObject", "CreateMultipartUpload")
_ENCRYPTED = frozenset(
    {
        "PutObject",
        "GetObject",
        "HeadObject",
        "CopyObject",
        "CreateMultipartUpload",
        "UploadPart",
        "UploadPartCopy",
        "CompleteMultipartUpload",
    }
)
_CHECKED = ("PutObject", "UploadPart")
_ENCRYPTION = b"x-amz-server-side-encryption"
_CUSTOMER_KEY = b"x-amz-server-side-encryption-customer-algorithm"
_CHECKSUM, _CHECKSUM_TYPE = b"x-amz-checksum-", b"x-amz-checksum-type"
_ASKED = (b"x-amz-sdk-checksum-algorithm", b"x-amz-trailer")
_NOT_VALUES = (b"x-amz-checksum-mode", b"x-amz-checksum-algorithm", _CHECKSUM_TYPE)

RawHeaders = list[tuple[bytes, bytes]]


REFUSAL = "groundcloud.refusal"
"""Scope key of a `Refusal`, for when the caller's signature has given way to the administrator's."""

Refusal = Callable[[str, str], Awaitable[AwsError | None]]
"""`(action, bucket)` → the error that refuses it to the caller, None when the caller may."""


class Storage:
    """Answers S3's operations on objects by the engine, streaming both ways, and completes the headers."""

    def __init__(self, engine: Callable[[Message, Receive, Send], Awaitable[None]]) -> None:
        self._engine = engine

    async def __call__(self, exchange: Exchange, identity: Identity) -> Response | None:
        operation = identity.operation
        if operation not in _ENCRYPTED:
            return None
        scope = _with(exchange.scope, await _added(operation, exchange))
        given: RawHeaders = scope["headers"]
        refusal: Refusal | None = exchange.scope.get(REFUSAL) if _tells_absence(operation, exchange) else None
        refused: AwsError | None = None

        async def send(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                if message["status"] == 404 and refusal is not None:
                    refused = await refusal("s3:ListBucket", bucket_of(exchange))
                elif 200 <= message["status"] < 300:
                    message["headers"] = completed(operation, given, list(message["headers"]))
            if refused is None:
                await exchange.send(message)

        await self._engine(scope, exchange.receive, send)
        if refused is not None:
            raise refused
        return STREAMED


def _tells_absence(operation: str, exchange: Exchange) -> bool:
    """Of a version that is not there S3 tells whoever may read versions."""
    return operation in _READING and "versionId=" not in exchange.query_string


async def _added(operation: str, exchange: Exchange) -> RawHeaders:
    """The type and the checksum that S3 gives to what has none. No signature covers a header that was not sent."""
    given: RawHeaders = exchange.scope["headers"]
    added: RawHeaders = []
    if operation in _TYPED and not any(name == b"content-type" for name, _ in given):
        added.append((b"content-type", DEFAULT_TYPE))
    if operation == "PutObject" and _needs_checksum(dict(given)):
        body = await exchange.body(MAX_DEFAULT_CHECKSUM_BYTES)
        added.append((DEFAULT_CHECKSUM, checksum(body).encode()))
    return added


def _with(scope: Message, added: RawHeaders) -> Message:
    if not added:
        return scope
    completed: Message = {**scope, "headers": [*scope["headers"], *added]}
    if RAW_NAMES in scope:
        completed[RAW_NAMES] = [*scope[RAW_NAMES], *(name.title() for name, _ in added)]
    return completed


def _needs_checksum(given: dict[bytes, bytes]) -> bool:
    """It is computed in Python, here and by the engine, while everybody else waits: not for what is large."""
    length = given.get(b"content-length", b"")
    is_small = length.isdigit() and int(length) <= MAX_DEFAULT_CHECKSUM_BYTES
    is_chunked = given.get(b"x-amz-content-sha256", b"").startswith(b"STREAMING-")
    return is_small and not is_chunked and not any(name.startswith(_CHECKSUM) or name in _ASKED for name in given)


def completed(operation: str, given: RawHeaders, answered: RawHeaders) -> RawHeaders:
    """The answer's headers with what S3 says of the object; `given` are the request's, names in lower case."""
    names = {name.lower() for name, _ in answered}
    if _ENCRYPTION not in names and _CUSTOMER_KEY not in names:
        answered.append((_ENCRYPTION, b"AES256"))
    if operation in _CHECKED and not any(name.startswith(_CHECKSUM) for name in names):
        sums = [(name, value) for name, value in given if name.startswith(_CHECKSUM) and name not in _NOT_VALUES]
        answered += sums
        if sums and operation == "PutObject":
            answered.append((_CHECKSUM_TYPE, b"FULL_OBJECT"))
    return answered
