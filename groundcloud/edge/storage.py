"""What S3 says of every object by itself, where the engine does not.

Content without a type is ``binary/octet-stream``
(https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html); every object is encrypted with S3's own keys and
says so (https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html); a checksum that came with
the data comes back with the answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from groundcloud.edge.chain import STREAMED
from groundcloud.edge.exchange import RAW_NAMES, Exchange, Identity
from groundcloud.engines.embedded.asgi import Message, Receive, Send
from groundcloud.http import Response

DEFAULT_TYPE = b"binary/octet-stream"
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
_NOT_VALUES = (b"x-amz-checksum-mode", b"x-amz-checksum-algorithm", _CHECKSUM_TYPE)

RawHeaders = list[tuple[bytes, bytes]]


class Storage:
    """Answers S3's operations on objects by the engine, streaming both ways, and completes the headers."""

    def __init__(self, engine: Callable[[Message, Receive, Send], Awaitable[None]]) -> None:
        self._engine = engine

    async def __call__(self, exchange: Exchange, identity: Identity) -> Response | None:
        operation = identity.operation
        if operation not in _ENCRYPTED:
            return None
        given: RawHeaders = exchange.scope["headers"]

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start" and 200 <= message["status"] < 300:
                message["headers"] = completed(operation, given, list(message["headers"]))
            await exchange.send(message)

        await self._engine(_typed(operation, exchange.scope), exchange.receive, send)
        return STREAMED


def _typed(operation: str, scope: Message) -> Message:
    """The request with the type that S3 gives to what has none. No signature covers a header that was not sent."""
    given: RawHeaders = scope["headers"]
    if operation not in _TYPED or any(name == b"content-type" for name, _ in given):
        return scope
    typed: Message = {**scope, "headers": [*given, (b"content-type", DEFAULT_TYPE)]}
    if RAW_NAMES in scope:
        typed[RAW_NAMES] = [*scope[RAW_NAMES], b"Content-Type"]
    return typed


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
