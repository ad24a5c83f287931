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

from groundcloud.edge import checksums
from groundcloud.edge.chain import STREAMED
from groundcloud.edge.checksums import RawHeaders
from groundcloud.edge.chunks import SIGNED_CHUNKS, ChunkKey, SignedChunks
from groundcloud.edge.crc64 import checksum
from groundcloud.edge.exchange import RAW_NAMES, Exchange, Identity
from groundcloud.edge.identify import bucket_of
from groundcloud.edge.limits import MAX_DEFAULT_CHECKSUM_BYTES, MAX_OPERATION_BODY_BYTES
from groundcloud.engines.embedded.asgi import Message, Receive, Send
from groundcloud.errors import AwsError
from groundcloud.http import Response

DEFAULT_TYPE = b"binary/octet-stream"
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
_NOT_VALUES = (b"x-amz-checksum-mode", b"x-amz-checksum-algorithm", _CHECKSUM_TYPE)

REFUSAL = "groundcloud.refusal"
"""Scope key of a `Refusal`, for when the caller's signature has given way to the administrator's."""

Refusal = Callable[[str, str], Awaitable[AwsError | None]]
"""`(action, bucket)` → the error that refuses it to the caller, None when the caller may."""


class Storage:
    """Answers S3's operations on objects by the engine, streaming both ways, and completes the headers."""

    def __init__(self, engine: Callable[[Message, Receive, Send], Awaitable[None]]) -> None:
        self._engine = engine
        self._parts = checksums.Parts()

    async def __call__(self, exchange: Exchange, identity: Identity) -> Response | None:
        operation = identity.operation
        if operation not in _ENCRYPTED:
            return await self._attributes(exchange) if operation == "GetObjectAttributes" else None
        scope = _with(exchange.scope, await _added(operation, exchange))
        given: RawHeaders = scope["headers"]
        passing = _passing(operation, exchange, given)
        scope, receive = await self._for_engine(operation, exchange, scope, passing)
        pass_on = _Reading(self._engine, scope, exchange).send if operation in _READING else exchange.send
        refusal: Refusal | None = exchange.scope.get(REFUSAL) if _tells_absence(operation, exchange) else None
        refused: AwsError | None = None

        async def send(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                if message["status"] == 404 and refusal is not None:
                    refused = await refusal("s3:ListBucket", bucket_of(exchange))
                elif 200 <= message["status"] < 300:
                    message["headers"] = completed(operation, given, list(message["headers"]))
                    self._note(exchange, operation, passing, message)
            if refused is None and not (passing and passing.problem):
                await pass_on(message)

        try:
            await self._engine(scope, receive, send)
        except AwsError as error:
            # LocalStack's door says that the client has gone.
            if passing is None or passing.problem is None:
                raise
            raise passing.problem from error
        refused = (passing.problem if passing else None) or refused
        if refused is not None:
            raise refused
        return STREAMED

    async def _attributes(self, exchange: Exchange) -> Response | None:
        """With the checksum of what was given none: its data's CRC64NVME, as for HeadObject."""
        if "checksum" not in (exchange.headers.get("x-amz-object-attributes") or "").lower():
            return None
        head: Message = {}
        body = bytearray()

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                head.update(message)
            else:
                body.extend(message.get("body", b""))

        await self._engine(exchange.scope, exchange.receive, send)
        if head["status"] == 200 and b"<ChecksumType>" not in body:
            kept = [pair for pair in exchange.query_string.split("&") if pair.partition("=")[0] != "attributes"]
            asked: Message = {**exchange.scope, "query_string": "&".join(kept).encode("latin-1")}
            told = checksums.element(await checksums.of_object(self._engine, asked))
            left = checksums.EMPTY_ELEMENT.sub(b"", bytes(body))
            end = left.rindex(b"</GetObjectAttributes")
            body[:] = left[:end] + told + left[end:]
        head["headers"] = _sized(list(head["headers"]), len(body))
        await exchange.send(head)
        await exchange.send({"type": "http.response.body", "body": bytes(body)})
        return STREAMED

    def _note(self, exchange: Exchange, operation: str, passing: checksums.Passing | None, head: Message) -> None:
        """What was stored: its checksum goes into the answer, or is kept until the upload is complete."""
        if operation == "CompleteMultipartUpload":
            self._parts.forget(exchange.query_string)
        crc = passing.crc if passing else None
        if crc is not None and operation == "UploadPart":
            self._parts.note(exchange.query_string, crc)
        elif crc is not None and checksums.is_missing(head):
            head["headers"] += checksums.stated(crc.text())

    async def _for_engine(
        self, operation: str, exchange: Exchange, scope: Message, passing: checksums.Passing | None
    ) -> tuple[Message, Receive]:
        """The request as the engine gets it, which hears of no CRC64NVME of ours. Raises `AwsError` BadDigest."""
        if operation == "CompleteMultipartUpload":
            scope, receive = await self._completing(exchange, scope)
            return _cut(scope), receive
        if passing is not None:
            return (_cut(scope) if passing.crc else scope), passing.receive
        return (_cut(scope) if operation == "CreateMultipartUpload" else scope), exchange.receive

    async def _completing(self, exchange: Exchange, scope: Message) -> tuple[Message, Receive]:
        given: RawHeaders = scope["headers"]
        body = await exchange.body(MAX_OPERATION_BODY_BYTES)
        self._parts.check(exchange.query_string, body, dict(given).get(checksums.VALUE, b"").decode("latin-1"))
        left = checksums.listed(body)
        return {**scope, "headers": _sized(given, len(left))}, _whole(left)


class _Reading:
    """An answer about an object, whose head waits for the body when its reader wants a checksum that is not there."""

    def __init__(self, engine: checksums.Application, scope: Message, exchange: Exchange) -> None:
        self._engine = engine
        self._scope = scope
        self._exchange = exchange
        self._is_asked = checksums.is_asked(scope["headers"]) and "partNumber=" not in exchange.query_string
        self._head: Message | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if self._is_asked and checksums.is_missing(message):
                self._head = message
                return
        elif self._head is not None:
            head, self._head = self._head, None
            if self._exchange.method == "HEAD":
                head["headers"] += checksums.stated(await checksums.of_object(self._engine, self._scope))
            elif not message.get("more_body"):
                head["headers"] += checksums.stated(checksum(message.get("body", b"")))
            await self._exchange.send(head)
        await self._exchange.send(message)


def _passing(operation: str, exchange: Exchange, given: RawHeaders) -> checksums.Passing | None:
    if operation not in _CHECKED:
        return None
    key: ChunkKey | None = exchange.scope.get(SIGNED_CHUNKS)
    chunks = SignedChunks(key) if key is not None else None
    return checksums.Passing(exchange.receive, given, sums=checksums.ours(operation, given), chunks=chunks)


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
        added.append((checksums.VALUE, checksum(body).encode()))
    return added


def _with(scope: Message, added: RawHeaders) -> Message:
    if not added:
        return scope
    completed: Message = {**scope, "headers": [*scope["headers"], *added]}
    if RAW_NAMES in scope:
        completed[RAW_NAMES] = [*scope[RAW_NAMES], *(name.title() for name, _ in added)]
    return completed


def _cut(scope: Message) -> Message:
    """`scope` without what the engine is not to hear of CRC64NVME."""
    kept = checksums.without(scope["headers"])
    cut: Message = {**scope, "headers": kept}
    if RAW_NAMES in scope:
        names = {name for name, _ in kept}
        cut[RAW_NAMES] = [name for name in scope[RAW_NAMES] if name.lower() in names]
    return cut


def _sized(headers: RawHeaders, length: int) -> RawHeaders:
    return [(name, str(length).encode() if name.lower() == b"content-length" else value) for name, value in headers]


def _whole(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _needs_checksum(given: dict[bytes, bytes]) -> bool:
    """What is large gets its own by `checksums`."""
    length = given.get(b"content-length", b"")
    is_small = length.isdigit() and int(length) <= MAX_DEFAULT_CHECKSUM_BYTES
    is_chunked = given.get(b"x-amz-content-sha256", b"").startswith(b"STREAMING-")
    return is_small and not is_chunked and checksums.needs_one(given)


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
    if operation == "CreateMultipartUpload" and checksums.ALGORITHM not in names:
        is_ours = (checksums.ALGORITHM, b"CRC64NVME") in given
        answered += [(checksums.ALGORITHM, b"CRC64NVME"), (_CHECKSUM_TYPE, b"FULL_OBJECT")] if is_ours else []
    return answered
