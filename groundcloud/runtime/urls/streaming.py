"""A function URL with `InvokeMode: RESPONSE_STREAM`: the response is sent as the function writes it.

https://docs.aws.amazon.com/lambda/latest/dg/config-rs-invoke-furls.html. A response that is declared as
`application/vnd.awslambda.http-integration-response` begins with status, headers and cookies in JSON and eight zero
bytes; any other is a body, whole or streamed.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing

from groundcloud.http import Headers, Response, StreamedResponse
from groundcloud.runtime import limits
from groundcloud.runtime.streamed_call import StreamedCall
from groundcloud.runtime.urls.answer import PRELUDE_END, STREAM_TYPE, bad_gateway, from_prelude

_DEFAULT_TYPE = "application/octet-stream"


async def stream_answer(call: StreamedCall) -> Response:
    """The response of a call that has begun; 502 when it failed before there was any."""
    over = call.over
    if over is not None and over.failed:
        return bad_gateway()
    chunks = call.chunks()
    if call.content_type != STREAM_TYPE:
        headers = Headers([("Content-Type", call.content_type or _DEFAULT_TYPE)])
        return StreamedResponse(200, headers, chunks=_body(call, b"", chunks))
    head, rest = await _prelude(chunks)
    try:
        value = json.loads(head) if head is not None else None
        if not isinstance(value, dict):
            raise ValueError("no prelude")
        response = from_prelude(value, _DEFAULT_TYPE)
    except ValueError:
        await chunks.aclose()
        call.leave()
        return bad_gateway()
    return StreamedResponse(response.status, response.headers, chunks=_body(call, rest, chunks))


async def _prelude(chunks: AsyncGenerator[bytes, None]) -> tuple[bytes | None, bytes]:
    """The JSON before the zero bytes, None when there is none, and what of the body has come with it."""
    data = b""
    async for chunk in chunks:
        data += chunk
        head, end, rest = data.partition(PRELUDE_END)
        if end:
            return head, rest
        if len(data) > limits.STREAM_PRELUDE_BYTES:
            break
    return None, b""


async def _body(call: StreamedCall, first: bytes, chunks: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The rest as it comes. A call that fails in the middle breaks the response off, so that its client can tell."""
    try:
        async with aclosing(chunks):
            if first:
                yield first
            async for chunk in chunks:
                yield chunk
        outcome = await call.outcome()
        if outcome.failed:
            raise ConnectionAbortedError("the function failed in the middle of its response")
    finally:
        call.leave()
