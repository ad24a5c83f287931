"""The answer of `InvokeWithResponseStream` on the wire: frames of Amazon's event stream encoding. Pure.

https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html and
https://smithy.io/2.0/aws/amazon-eventstream.html (the encoding: lengths, headers, payload, two CRC-32).
"""

from __future__ import annotations

import base64
import json
import struct
import zlib

CONTENT_TYPE = "application/vnd.amazon.eventstream"

_STRING = 7
"""Type of a header's value: UTF-8 text with its length in two bytes."""

_FRAME_OVERHEAD = 16
"""Two lengths and two checksums of four bytes each."""


def payload_chunk(data: bytes) -> bytes:
    """A part of the response."""
    return _frame("PayloadChunk", "application/octet-stream", data)


def invoke_complete(error: bytes | None, log_tail: bytes | None) -> bytes:
    """The last frame. `error` is the error's JSON, None when the function ended well; `log_tail` is None when nobody
    asked for it."""
    complete: dict[str, str] = {}
    if error is not None:
        complete["ErrorCode"] = error_code(error)
        complete["ErrorDetails"] = error.decode("utf-8", "replace")
    if log_tail is not None:
        complete["LogResult"] = base64.b64encode(log_tail).decode()
    return _frame("InvokeComplete", "application/json", json.dumps(complete).encode())


def error_code(error: bytes) -> str:
    """The error's type, or what `Invoke` calls an error that has none."""
    try:
        value = json.loads(error)
    except ValueError:
        return "Unhandled"
    kind = value.get("errorType") if isinstance(value, dict) else None
    return str(kind) if kind else "Unhandled"


def _frame(event: str, content_type: str, payload: bytes) -> bytes:
    named = {":event-type": event, ":content-type": content_type, ":message-type": "event"}
    headers = b"".join(_header(name, value) for name, value in named.items())
    prelude = struct.pack(">II", len(headers) + len(payload) + _FRAME_OVERHEAD, len(headers))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
    return message + struct.pack(">I", zlib.crc32(message))


def _header(name: str, value: str) -> bytes:
    key, text = name.encode(), value.encode()
    return bytes([len(key)]) + key + bytes([_STRING]) + struct.pack(">H", len(text)) + text
