"""What an object's data is held against on its way to the engine: the digest that was signed, and CRC64NVME where the
engine would compute it byte by byte in Python, while everybody else waits: of large objects and of parts.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html (x-amz-content-sha256),
https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html: the client's value is held
against the data, and what comes without one gets S3's. The engine never sees these values; they are computed again
from the object when somebody asks for them, so that copies and versions have them, too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

from groundcloud.edge.chunks import SignedChunks
from groundcloud.edge.crc64 import Crc64, combined
from groundcloud.edge.limits import MAX_DEFAULT_CHECKSUM_BYTES, MAX_KNOWN_PARTS
from groundcloud.engines.embedded.asgi import Message, Receive, Send
from groundcloud.errors import AwsError

VALUE = b"x-amz-checksum-crc64nvme"
TYPE = b"x-amz-checksum-type"
ALGORITHM = b"x-amz-checksum-algorithm"
_PREFIX = b"x-amz-checksum-"
_ASKED = (b"x-amz-sdk-checksum-algorithm", b"x-amz-trailer")
_MODE = b"x-amz-checksum-mode"
_NAME = b"CRC64NVME"
_DIGEST, _HEX = b"x-amz-content-sha256", re.compile("[0-9a-f]{64}")
_IN_PART = re.compile(rb"<ChecksumCRC64NVME>[^<]*</ChecksumCRC64NVME>\s*")
EMPTY_ELEMENT = re.compile(rb"<Checksum\s*/>|<Checksum>\s*</Checksum>")
_PART_NUMBER = re.compile(rb"<PartNumber>\s*(\d+)\s*</PartNumber>")

RawHeaders = list[tuple[bytes, bytes]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


def ours(operation: str, given: RawHeaders) -> bool:
    """Whether the body's CRC64NVME is computed here: of every part that comes with one, and of every large object that
    comes with one or with no checksum at all."""
    headers = dict(given)
    if headers.get(b"x-amz-content-sha256", b"").startswith(b"STREAMING-"):
        return False
    if operation == "UploadPart":
        return VALUE in headers
    length = headers.get(b"content-length", b"")
    is_small = length.isdigit() and int(length) <= MAX_DEFAULT_CHECKSUM_BYTES
    return operation == "PutObject" and not is_small and (VALUE in headers or needs_one(headers))


def needs_one(given: dict[bytes, bytes]) -> bool:
    """Whether the data comes without any checksum."""
    return not any(name.startswith(_PREFIX) or name in _ASKED for name in given)


def without(given: RawHeaders) -> RawHeaders:
    """`given`, for the engine: without what speaks of CRC64NVME."""
    spoken = {name for name, value in given if name == VALUE or _names_it(name, value)}
    dropped = {*spoken, TYPE} if spoken else spoken
    return [pair for pair in given if pair[0] not in dropped]


def _names_it(name: bytes, value: bytes) -> bool:
    return name in (ALGORITHM, *_ASKED) and value.upper() == _NAME


class Passing:
    """A body on its way to the engine, summed up as it passes. One that is not what its client says never ends: the
    engine hears that the client is gone, and keeps nothing. `problem` says why."""

    def __init__(self, receive: Receive, given: RawHeaders, *, sums: bool, chunks: SignedChunks | None = None) -> None:
        headers = dict(given)
        self._receive = receive
        self._declared = headers.get(VALUE, b"").decode("latin-1") if sums else ""
        self._digest = headers.get(_DIGEST, b"").decode("latin-1").lower()
        self._sha = hashlib.sha256() if _HEX.fullmatch(self._digest) else None
        self._chunks = chunks
        self.crc = Crc64() if sums else None
        self.problem: AwsError | None = None

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] != "http.request":
            return message
        body = message.get("body", b"")
        if self._sha is not None:
            self._sha.update(body)
        if self._chunks is not None:
            self._chunks.feed(body)
        if self.crc is not None:
            self.crc.feed(body)
        if not message.get("more_body"):
            self.problem = self._found()
        return {"type": "http.disconnect"} if self.problem else message

    def _found(self) -> AwsError | None:
        if self._chunks is not None:
            return self._chunks.problem()
        if self._sha is not None and self._sha.hexdigest() != self._digest:
            text = "The provided 'x-amz-content-sha256' header does not match what was computed."
            return AwsError("XAmzContentSHA256Mismatch", text, 400)
        if self.crc is not None and self._declared not in ("", self.crc.text()):
            return bad_digest()
        return None


class Parts:
    """The checksums of parts of uploads that are not complete, in memory: the newest `MAX_KNOWN_PARTS`."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[int, int]] = {}

    def note(self, query: str, crc: Crc64) -> None:
        key = (_one(query, "uploadId"), _one(query, "partNumber"))
        self._known.pop(key, None)
        self._known[key] = (crc.value, crc.size)
        if len(self._known) > MAX_KNOWN_PARTS:
            del self._known[next(iter(self._known))]

    def check(self, query: str, body: bytes, declared: str) -> None:
        """Raises `AwsError` BadDigest when the parts that `body` lists, all of them known, are not what is declared."""
        upload = _one(query, "uploadId")
        keys = [(upload, number.decode()) for number in _PART_NUMBER.findall(body)]
        known = [self._known[key] for key in keys if key in self._known]
        if declared and known and len(known) == len(keys) and combined(known) != declared:
            raise bad_digest()

    def forget(self, query: str) -> None:
        upload = _one(query, "uploadId")
        self._known = {key: value for key, value in self._known.items() if key[0] != upload}


def listed(body: bytes) -> bytes:
    """The parts of CompleteMultipartUpload, for the engine, which does not know their CRC64NVME."""
    return _IN_PART.sub(b"", body)


def bad_digest() -> AwsError:
    return AwsError("BadDigest", "The CRC64NVME you specified did not match the calculated checksum.", 400)


def is_asked(given: RawHeaders) -> bool:
    """Whether a reader wants the checksum of the whole object, and reads the whole."""
    headers = dict(given)
    return headers.get(_MODE, b"").upper() == b"ENABLED" and b"range" not in headers


def is_missing(message: Message) -> bool:
    """Whether the head of an answer has no checksum of the object."""
    return message["status"] == 200 and not any(name.lower().startswith(_PREFIX) for name, _ in message["headers"])


async def of_object(engine: Application, scope: Message) -> str:
    """Of the object that `scope`, a HEAD, asks about."""
    crc = Crc64()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        crc.feed(message.get("body", b""))

    await engine({**scope, "method": "GET"}, receive, send)
    return crc.text()


def stated(text: str) -> RawHeaders:
    return [(VALUE, text.encode()), (TYPE, b"FULL_OBJECT")]


def element(text: str) -> bytes:
    """The same as GetObjectAttributes tells it."""
    inner = f"<ChecksumCRC64NVME>{text}</ChecksumCRC64NVME><ChecksumType>FULL_OBJECT</ChecksumType>"
    return f"<Checksum>{inner}</Checksum>".encode()


def _one(query: str, name: str) -> str:
    return (parse_qs(query).get(name) or [""])[0]
