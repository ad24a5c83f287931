"""Two runs next to each other: which steps both have, how long each took, and how the payloads differ. Pure."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from ui.looks import pretty
from ui.readers.spans import Span
from ui.traces.waterfall import in_order

LINES_AROUND = 2


@dataclass(frozen=True)
class Step:
    """One step of two runs; None where a run does not have it."""

    label: str
    depth: int
    first: Span | None
    second: Span | None

    @property
    def change_ms(self) -> float | None:
        """How much longer the second took."""
        return self.second.duration_ms - self.first.duration_ms if self.first and self.second else None


@dataclass(frozen=True)
class Line:
    """One line of a difference: `sign` is ``+``, ``-``, ``@`` or a blank."""

    sign: str
    text: str


def steps(first: list[Span], second: list[Span]) -> list[Step]:
    """The steps of both, aligned by what they are."""
    rows = [in_order(first), in_order(second)]
    labels = [[(span.kind, span.label) for span, _ in side] for side in rows]
    found: list[Step] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(a=labels[0], b=labels[1], autojunk=False).get_opcodes():
        if tag == "equal":
            pairs = zip(rows[0][a:b], rows[1][c:d], strict=True)
            found += [Step(one.label, depth, one, other) for (one, depth), (other, _) in pairs]
        else:
            found += [Step(one.label, depth, one, None) for one, depth in rows[0][a:b]]
            found += [Step(other.label, depth, None, other) for other, depth in rows[1][c:d]]
    return found


def difference(first: str, second: str) -> list[Line]:
    """How two payloads differ, line by line; nothing when they are the same."""
    lines = difflib.unified_diff(pretty(first).splitlines(), pretty(second).splitlines(), n=LINES_AROUND, lineterm="")
    return [Line(line[:1] or " ", line[1:]) for line in list(lines)[2:]]
