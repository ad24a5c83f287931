"""Streamed responses: backpressure, callers that leave, and the frames of the event stream."""

from __future__ import annotations

import asyncio
import json

import pytest
from botocore.eventstream import EventStreamBuffer

from groundcloud.runtime import limits
from groundcloud.runtime.event_stream import error_code, invoke_complete, payload_chunk
from groundcloud.runtime.response_stream import ResponseStream, Source


class Pipe(Source):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def pause(self) -> None:
        self.told.append("pause")

    def resume(self) -> None:
        self.told.append("resume")


def test_what_is_written_is_read_in_order() -> None:
    async def scenario() -> list[bytes]:
        stream, seen = ResponseStream(), []
        stream.begin("text/plain", Pipe())

        async def read() -> None:
            seen.extend([chunk async for chunk in stream.chunks()])

        reading = asyncio.create_task(read())
        for chunk in (b"a", b"", b"b"):
            await asyncio.sleep(0)
            stream.write(chunk)
            await asyncio.sleep(0)
        stream.write(b"c")
        stream.close()
        await asyncio.wait_for(reading, 60)
        return seen

    assert b"".join(asyncio.run(scenario())) == b"abc"


def test_a_slow_reader_makes_the_function_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STREAM_BUFFER_BYTES", 3)

    async def scenario() -> list[str]:
        stream, pipe = ResponseStream(), Pipe()
        stream.begin("text/plain", pipe)
        for _ in range(3):
            stream.write(b"xx")
        assert pipe.told == ["pause"]
        chunks = stream.chunks()
        assert await anext(chunks) == b"xxxxxx"
        return pipe.told

    assert asyncio.run(scenario()) == ["pause", "resume"]


def test_nobody_waits_for_a_reader_who_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STREAM_BUFFER_BYTES", 1)
    stream, pipe = ResponseStream(), Pipe()
    stream.begin("text/plain", pipe)
    stream.write(b"xx")
    stream.leave()
    stream.write(b"yyyy")
    assert pipe.told == ["pause", "resume"]


def test_frames_are_what_sdks_read() -> None:
    """Source: https://smithy.io/2.0/aws/amazon-eventstream.html; the SDK checks lengths and checksums."""
    buffer = EventStreamBuffer()
    buffer.add_data(
        payload_chunk(b"\x00data") + invoke_complete(b'{"errorType": "E"}', b"log") + invoke_complete(None, None)
    )
    first, failed, well = (message.to_response_dict() for message in buffer)
    assert first["headers"][":event-type"] == "PayloadChunk"
    assert first["body"] == b"\x00data"
    assert json.loads(failed["body"]) == {
        "ErrorCode": "E",
        "ErrorDetails": '{"errorType": "E"}',
        "LogResult": "bG9n",
    }
    assert (well["headers"][":event-type"], well["body"]) == ("InvokeComplete", b"{}")


@pytest.mark.parametrize("error", [b"", b"[]", b"{}", b"nonsense"])
def test_an_error_without_a_type_is_unhandled(error: bytes) -> None:
    assert error_code(error) == "Unhandled"
