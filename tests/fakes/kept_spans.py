"""A `SpanSink` that keeps everything."""

from __future__ import annotations

from groundcloud.spans import Span, SpanSink


class KeptSpans(SpanSink):
    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.lines: list[tuple[Span, str]] = []
        self.known: set[str] = set()

    def span(self, span: Span) -> None:
        self.spans.append(span)

    def line(self, span: Span, text: str, timestamp: int | None) -> None:
        self.lines.append((span, text))

    def handed_on(self, span: str) -> None:
        self.known.add(span)

    def knows(self, span: str) -> bool:
        return span in self.known
