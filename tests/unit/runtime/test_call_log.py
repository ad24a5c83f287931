"""What of a call's log its trace gets."""

from __future__ import annotations

from typing import Any

import pytest

from groundcloud.runtime import limits
from groundcloud.runtime.call import Call


class Span:
    """Notes the lines; its own sink."""

    def __init__(self) -> None:
        self.sink = self
        self.lines: list[str] = []

    def line(self, span: Any, text: str, timestamp: int | None) -> None:
        self.lines.append(text)


def test_a_flood_is_cut_short_in_the_trace_but_not_what_is_told_of_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TRACED_LINES", 3)
    span: Any = Span()
    call = Call("id", b"", "arn", "trace", wants_tail=True, span=span)
    for number in range(6):
        call.log(f"{number}\n")
    call.log("REPORT\n", told=True)
    assert span.lines == ["0\n", "1\n", "2\n", "[more lines of this call are in CloudWatch Logs]\n", "REPORT\n"]
    assert call.tail == b"0\n1\n2\n3\n4\n5\nREPORT\n"
