"""Bodies in signed chunks, as S3's API reference has them: sigv4-streaming.html, sigv4-streaming-trailers.html."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

EMPTY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class Chunked:
    """`key` signs; `seed`, `timestamp` and `scope` are those of the request's own signature."""

    key: bytes
    seed: str
    timestamp: str
    scope: str

    def sign(self, kind: str, *texts: str) -> str:
        text = "\n".join([kind, self.timestamp, self.scope, *texts])
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()

    def body(self, data: bytes, *, size: int = 65536, trailer: str = "", wrong: str = "") -> bytes:
        """`data` in chunks of `size`. `trailer` is ``name:value``; `wrong` is what was tampered with: ``data``,
        ``chunk``, ``last``, ``trailer``, ``missing`` (its signature)."""
        made, before = b"", self.seed
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        for piece in (*pieces, b""):
            before = self.sign("AWS4-HMAC-SHA256-PAYLOAD", before, EMPTY, hashlib.sha256(piece).hexdigest())
            is_wrong = (wrong == "chunk" and piece is pieces[-1]) or (wrong == "last" and not piece)
            told = "0" * 64 if is_wrong else before
            sent = piece[:-1] + bytes([piece[-1] ^ 1]) if wrong == "data" and piece is pieces[-1] else piece
            made += f"{len(piece):x};chunk-signature={told}\r\n".encode() + sent
            made += b"\r\n" if piece or not trailer else b""
        if not trailer:
            return made
        digest = hashlib.sha256(f"{trailer}\n".encode()).hexdigest()
        told = "0" * 64 if wrong == "trailer" else self.sign("AWS4-HMAC-SHA256-TRAILER", before, digest)
        end = "" if wrong == "missing" else f"x-amz-trailer-signature:{told}\r\n"
        return made + f"{trailer}\r\n{end}\r\n".encode()
