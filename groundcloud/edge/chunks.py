"""Bodies that come in signed chunks, read as they pass on.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and, with trailing headers,
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html: each chunk's signature covers the one
before it, the first that of the request's own headers.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import NamedTuple

from groundcloud.errors import AwsError

SIGNED_CHUNKS = "groundcloud.signed_chunks"
"""Scope key of the `ChunkKey` of a request whose own signature was found to be right."""

_SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
_TRAILED = f"{_SIGNED}-TRAILER"
_HEAD = re.compile(rb"([0-9a-fA-F]{1,16});chunk-signature=([0-9a-f]{64})")
_TRAILER_SIGNATURE = "x-amz-trailer-signature"
_LONGEST_HEAD = 200
_LONGEST_TRAILER = 16 * 1024
_NOTHING = hashlib.sha256(b"").hexdigest()


class ChunkKey(NamedTuple):
    """`key` signs, `seed` is the signature of the headers, `timestamp` and `scope` as in it; `is_trailed`: headers
    follow the last chunk."""

    key: bytes
    seed: str
    timestamp: str
    scope: str
    is_trailed: bool


def chunk_key(declared: str, key: bytes, seed: str, timestamp: str, scope: str) -> ChunkKey | None:
    """For what `x-amz-content-sha256` declares; None when no chunk is signed."""
    if declared not in (_SIGNED, _TRAILED):
        return None
    return ChunkKey(key, seed, timestamp, scope, declared == _TRAILED)


class SignedChunks:
    """States: head of a chunk → its data → its end → head …; the empty chunk is the last, trailers may follow it."""

    def __init__(self, key: ChunkKey) -> None:
        self._key = key
        self._previous = key.seed
        self._claimed = ""
        self._waiting = bytearray()
        self._left = 0
        self._sha = hashlib.sha256()
        self._in_data = False
        self._is_last = False
        self._is_wrong = False

    def feed(self, data: bytes) -> None:
        """The next bytes of the body, of any number."""
        view = memoryview(data)
        while view and not self._is_wrong:
            if self._in_data and self._left:
                taken = view[: self._left]
                self._sha.update(taken)
                self._left -= len(taken)
                view = view[len(taken) :]
            elif self._is_last:
                self._waiting += view
                self._is_wrong = len(self._waiting) > _LONGEST_TRAILER
                return
            else:
                view = self._line(view)

    def problem(self) -> AwsError | None:
        """What is wrong with the whole body."""
        if not self._is_wrong and not self._is_last:
            return AwsError("IncompleteBody", "The request body terminated unexpectedly", 400)
        if self._is_wrong or (self._key.is_trailed and not self._is_trailer_right()):
            text = "The request signature we calculated does not match the signature you provided. Check your key and "
            return AwsError("SignatureDoesNotMatch", text + "signing method.", 403)
        return None

    def _line(self, view: memoryview) -> memoryview:
        """One line is taken off `view`: a chunk's head, or the empty one behind its data."""
        begun = len(self._waiting)
        self._waiting += view[:_LONGEST_HEAD]
        end = self._waiting.find(b"\r\n")
        if end < 0:
            self._is_wrong = len(self._waiting) >= _LONGEST_HEAD
            return view[_LONGEST_HEAD:]
        line, self._waiting = bytes(self._waiting[:end]), bytearray()
        if self._in_data:
            self._in_data = False
            self._is_wrong = bool(line) or not self._is_next(self._sha.hexdigest())
        else:
            self._begin(line)
        return view[end + 2 - begun :]

    def _begin(self, line: bytes) -> None:
        found = _HEAD.fullmatch(line)
        if found is None:
            self._is_wrong = True
            return
        self._left, self._claimed = int(found[1], 16), found[2].decode()
        if self._left:
            self._in_data, self._sha = True, hashlib.sha256()
        else:
            self._is_last, self._is_wrong = True, not self._is_next(_NOTHING)

    def _is_next(self, digest: str) -> bool:
        """Whether the chunk with this digest has the signature that it claims."""
        self._previous = self._signature("AWS4-HMAC-SHA256-PAYLOAD", _NOTHING, digest)
        return hmac.compare_digest(self._previous, self._claimed)

    def _is_trailer_right(self) -> bool:
        lines = [line.partition(":") for line in self._waiting.decode("latin-1").split("\r\n") if line]
        pairs = [(name.strip().lower(), value.strip()) for name, _, value in lines]
        claimed = dict(pairs).get(_TRAILER_SIGNATURE, "")
        signed = "".join(f"{name}:{value}\n" for name, value in pairs if name != _TRAILER_SIGNATURE)
        expected = self._signature("AWS4-HMAC-SHA256-TRAILER", hashlib.sha256(signed.encode("latin-1")).hexdigest())
        return hmac.compare_digest(expected.encode(), claimed.encode("latin-1"))

    def _signature(self, kind: str, *digests: str) -> str:
        key = self._key
        text = "\n".join([kind, key.timestamp, key.scope, self._previous, *digests])
        return hmac.new(key.key, text.encode(), hashlib.sha256).hexdigest()
