"""Cuts what a function writes into log events: pure, bytes in, lines out.

One pipe carries both kinds of output, so that their order is kept. Plain text (print, child processes, C libraries)
becomes an event per line. The runtime clients write log records and errors as frames, as they do to Lambda's own
telemetry pipe, so that a record of several lines stays one event:

    type (4 bytes, a5 5a 00 xx) · length (4) · time in µs (8) · text      (all big-endian)

The first byte of a frame cannot start a character in UTF-8, so text is never taken for a frame.
"""

from __future__ import annotations

from typing import NamedTuple

from groundcloud.runtime import limits

_MAGIC = b"\xa5\x5a\x00"
_HEADER_BYTES = 16
_TYPES = frozenset((0x02, 0x03, 0x06, 0x07, 0x0A, 0x0B, 0x0E, 0x0F, 0x12, 0x13, 0x16, 0x17, 0x1A, 0x1B))
_FRAME_LIMIT = 16 * 1024 * 1024


class LogLine(NamedTuple):
    """One event: its time in milliseconds since the epoch if the writer stated it, and its text with a newline."""

    timestamp: int | None
    text: str


class OutputSplitter:
    """Feed it what was read; it returns what is complete and keeps the rest."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[LogLine]:
        self._rest += data
        lines: list[LogLine] = []
        while self._rest:
            start = self._rest.find(_MAGIC)
            if start < 0:
                self._text_lines(lines, len(self._rest))
                break
            if start:
                self._text_lines(lines, start, closed=True)
                continue
            if not self._frame(lines):
                break
        return lines

    def flush(self) -> list[LogLine]:
        """What is left, though its line has not ended: at the end of a call."""
        lines: list[LogLine] = []
        if self._rest:
            _append_text(lines, bytes(self._rest))
            self._rest.clear()
        return lines

    def _text_lines(self, lines: list[LogLine], end: int, *, closed: bool = False) -> None:
        """Take the lines before `end`; of a last one without a newline what makes whole events, all when `closed`."""
        stop = self._rest.rfind(b"\n", 0, end) + 1
        if closed:
            stop = end
        else:
            stop += (end - stop) // limits.LOG_EVENT_BYTES * limits.LOG_EVENT_BYTES
        if not stop:
            return
        for line in bytes(self._rest[:stop]).split(b"\n"):
            if line:
                _append_text(lines, line)
        del self._rest[:stop]

    def _frame(self, lines: list[LogLine]) -> bool:
        """Take the frame at the front; False when more of it must come first."""
        rest = self._rest
        if len(rest) < _HEADER_BYTES:
            return False
        length = int.from_bytes(rest[4:8], "big")
        if rest[3] not in _TYPES or length > _FRAME_LIMIT:
            # Not a frame after all, but bytes of someone's binary output.
            _append_text(lines, bytes(rest[:3]))
            del rest[:3]
            return True
        end = _HEADER_BYTES + length
        if len(rest) < end:
            return False
        timestamp = int.from_bytes(rest[8:16], "big") // 1000
        _append_text(lines, bytes(rest[_HEADER_BYTES:end]).rstrip(b"\n"), timestamp)
        del rest[:end]
        return True


def _append_text(lines: list[LogLine], data: bytes, timestamp: int | None = None) -> None:
    start = 0
    while start < len(data):
        end = start + limits.LOG_EVENT_BYTES
        while end < len(data) and end > start + 1 and data[end] & 0xC0 == 0x80:
            # Not in the middle of a character.
            end -= 1
        lines.append(LogLine(timestamp, data[start:end].decode("utf-8", "replace") + "\n"))
        start = end
