"""Nodes and edges → places on a drawing: in each group columns from cause to effect, little crossing. Pure.

Each edge is looked at a fixed number of times, whatever the graph is like: `SWEEPS` times to bring neighbours to the
same height, and once each to break circles, to rank and to draw.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 148, 44
GAP_X, GAP_Y = 46, 14
MARGIN, TITLE, BETWEEN = 14, 30, 18
SWEEPS = 4
LOOSE_COLUMNS = 4
"""Nodes that nothing is joined to stand in rows of so many, at least."""


@dataclass(frozen=True)
class Box:
    """The frame of a group; pixels."""

    name: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Drawing:
    """Where everything is: `places` are the upper left corners of the nodes."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    places: Mapping[str, tuple[int, int]]


def layout(groups: Mapping[str, Sequence[str]], edges: Iterable[tuple[str, str]]) -> Drawing:
    """`groups` are names with the nodes in each, `edges` pairs of nodes. Groups stand one below the other."""
    group_of = {node: name for name, nodes in groups.items() for node in nodes}
    inner: dict[str, list[tuple[str, str]]] = {name: [] for name in groups}
    for source, target in edges:
        if source != target and source in group_of and group_of[source] == group_of.get(target):
            inner[group_of[source]].append((source, target))
    places: dict[str, tuple[int, int]] = {}
    sizes: list[tuple[str, int, int, int]] = []
    top = 0
    for name, nodes in groups.items():
        columns, rows = _columns(nodes, inner[name])
        width, height = _place(columns, rows, top, places)
        sizes.append((name, top, width, height))
        top += height + BETWEEN
    widest = max((width for _, _, width, _ in sizes), default=0)
    boxes = tuple(Box(name, 0, y, widest, height) for name, y, _, height in sizes)
    return Drawing(widest, max(top - BETWEEN, 0), boxes, places)


def _place(
    columns: list[list[str]], rows: list[list[str]], top: int, places: dict[str, tuple[int, int]]
) -> tuple[int, int]:
    """Columns centred on one another, and the rows of what is joined to nothing below; the size of the whole."""
    step_x, step_y = WIDTH + GAP_X, HEIGHT + GAP_Y
    tallest = max((len(each) for each in columns), default=0)
    for n, column in enumerate(columns):
        shift = (tallest - len(column)) * step_y // 2
        for m, node in enumerate(column):
            places[node] = (MARGIN + n * step_x, top + TITLE + shift + m * step_y)
    for m, row in enumerate(rows):
        for n, node in enumerate(row):
            places[node] = (MARGIN + n * step_x, top + TITLE + (tallest + m) * step_y)
    across = max(len(columns), max((len(each) for each in rows), default=0), 1)
    down = max(tallest + len(rows), 1)
    return across * step_x - GAP_X + 2 * MARGIN, TITLE + down * step_y - GAP_Y + MARGIN


def _columns(nodes: Sequence[str], edges: list[tuple[str, str]]) -> tuple[list[list[str]], list[list[str]]]:
    """The joined nodes by column, and the others by row."""
    after: dict[str, list[str]] = {}
    before: dict[str, list[str]] = {}
    for source, target in _without_circles(nodes, edges):
        after.setdefault(source, []).append(target)
        before.setdefault(target, []).append(source)
    joined = [each for each in nodes if each in after or each in before]
    loose = [each for each in nodes if each not in after and each not in before]
    ranks = _ranks(joined, after, before)
    columns: list[list[str]] = [[] for _ in range(max(ranks.values(), default=-1) + 1)]
    for node in joined:
        columns[ranks[node]].append(node)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        _bring_together(columns if down else columns[::-1], before if down else after)
    across = max(LOOSE_COLUMNS, len(columns))
    return columns, [loose[n : n + across] for n in range(0, len(loose), across)]


def _without_circles(nodes: Sequence[str], edges: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The edges, each once, those turned round that close a circle."""
    after: dict[str, list[str]] = {}
    for source, target in dict.fromkeys(edges):
        after.setdefault(source, []).append(target)
    entered: set[str] = set()
    left: set[str] = set()
    found: dict[tuple[str, str], None] = {}
    # From where nothing leads to first, so that what is turned round is what leads back.
    aims = {target for _, target in edges}
    for start in sorted(nodes, key=lambda each: each in aims):
        path = [(start, iter(after.get(start, ())))] if start not in entered else []
        entered.add(start)
        while path:
            node, others = path[-1]
            other = next(others, None)
            if other is None:
                left.add(node)
                path.pop()
                continue
            turned = other in entered and other not in left
            found[(other, node) if turned else (node, other)] = None
            if other not in entered:
                entered.add(other)
                path.append((other, iter(after.get(other, ()))))
    return list(found)


def _ranks(nodes: list[str], after: Mapping[str, list[str]], before: Mapping[str, list[str]]) -> dict[str, int]:
    """The column of each: one behind the last of what leads to it."""
    missing = {each: len(before.get(each, ())) for each in nodes}
    ranks = dict.fromkeys(nodes, 0)
    ready = [each for each in nodes if not missing[each]]
    while ready:
        node = ready.pop()
        for other in after.get(node, ()):
            ranks[other] = max(ranks[other], ranks[node] + 1)
            missing[other] -= 1
            if not missing[other]:
                ready.append(other)
    return ranks


def _bring_together(columns: list[list[str]], neighbours: Mapping[str, list[str]]) -> None:
    """Order each column by where the neighbours of its nodes stand."""
    height: dict[str, float] = {}
    for column in columns:
        means = {}
        for n, node in enumerate(column):
            known = [height[each] for each in neighbours.get(node, ()) if each in height]
            means[node] = sum(known) / len(known) if known else n - (len(column) - 1) / 2
        column.sort(key=means.__getitem__)
        height |= {node: n - (len(column) - 1) / 2 for n, node in enumerate(column)}


def curve(source: tuple[int, int], target: tuple[int, int]) -> tuple[str, int, int]:
    """The path of an SVG from one node to the other, and where there is room for a word on it: in its middle, or, where
    other nodes may stand there, before its end."""
    (x1, y1), (x2, y2) = source, target
    if x2 > x1:
        ax, ay, bx, by = x1 + WIDTH, y1 + HEIGHT // 2, x2, y2 + HEIGHT // 2
        bend = max((bx - ax) // 2, GAP_X // 2)
        path = f"M{ax} {ay}C{ax + bend} {ay} {bx - bend} {by} {bx} {by}"
        if bx - ax > GAP_X:
            return path, bx - GAP_X // 2, by
    else:
        down = y2 > y1
        ax, ay = x1 + WIDTH // 2, y1 + (HEIGHT if down else 0)
        bx, by = x2 + WIDTH // 2, y2 + (0 if down else HEIGHT)
        bend = GAP_X if down else -GAP_X
        path = f"M{ax} {ay}C{ax} {ay + bend} {bx} {by - bend} {bx} {by}"
    return path, (ax + bx) // 2, (ay + by) // 2
