"""What templates declare and traces saw → one drawing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ui.maps.declared import Declared, Node, names_of
from ui.maps.kinds import ENTRIES, KINDS, OUTSIDE, SERVICE, Kind
from ui.maps.layout import Box, curve, layout

RECENT = 20.0
"""Seconds after its last use in which an edge is bright."""
NAME_CHARS = 17
"""Of a name that have room in a node."""


@dataclass(frozen=True)
class Flow:
    """So many calls from one resource to another, as traces name them: service and name; `cause` is None for what came
    from outside. `last` is epoch seconds."""

    cause: tuple[str, str] | None
    place: tuple[str, str]
    count: int
    errors: int
    last: float


@dataclass(frozen=True)
class MapNode:
    """One node: what it is, the page that it leads to, where it stands (pixels). `type` is CloudFormation's, "" for
    what is outside of the stack."""

    id: str
    stack: str
    name: str
    short: str
    kind: str
    icon: str
    type: str
    physical_id: str
    url: str
    x: int
    y: int
    recent: bool


@dataclass(frozen=True)
class MapEdge:
    """One node uses another. `declared_by` are the parts of templates that say so, none for what only traces show;
    `count` calls were seen, `errors` of them failed or were denied, the last began at `last` (epoch seconds). `path` is
    an SVG's."""

    source: str
    target: str
    source_name: str
    target_name: str
    declared_by: list[str]
    count: int
    errors: int
    last: float
    recent: bool
    path: str
    label_x: int
    label_y: int


@dataclass(frozen=True)
class Picture:
    """Everything that is drawn; pixels."""

    width: int
    height: int
    boxes: list[Box]
    nodes: list[MapNode]
    edges: list[MapEdge]


@dataclass
class _Use:
    by: list[str] = field(default_factory=list)
    count: int = 0
    errors: int = 0
    last: float = 0.0


def picture(stacks: Sequence[Declared], flows: Iterable[Flow], now: float, urls: Mapping[str, str]) -> Picture:
    """`now` is epoch seconds; `urls` lead from node ids to pages."""
    nodes = {node.id: node for stack in stacks for node in stack.nodes}
    kinds = {node.id: KINDS[node.type] for node in nodes.values()}
    uses: dict[tuple[str, str], _Use] = {}
    for stack in stacks:
        for source, target, by in stack.uses:
            uses.setdefault((source, target), _Use()).by.append(by)
    _observe(stacks, flows, nodes, kinds, uses)
    groups: dict[str, list[str]] = {}
    for node in nodes.values():
        groups.setdefault(node.stack, []).append(node.id)
    drawing = layout(groups, uses)
    recent = {end for ends, use in uses.items() if now - use.last < RECENT for end in ends}
    return Picture(
        drawing.width,
        drawing.height,
        list(drawing.boxes),
        [_node(node, kinds[node.id], drawing.places[node.id], urls, node.id in recent) for node in nodes.values()],
        [_edge(nodes[a], nodes[b], use, drawing.places, now) for (a, b), use in uses.items()],
    )


def _observe(
    stacks: Sequence[Declared],
    flows: Iterable[Flow],
    nodes: dict[str, Node],
    kinds: dict[str, Kind],
    uses: dict[tuple[str, str], _Use],
) -> None:
    """Add what traces saw. Who calls from outside, and services of which no resource is known, become nodes of the
    stack that they have to do with."""
    names = {name: node for stack in stacks for name, node in stack.names.items()}
    for flow in flows:
        source = _find(flow.cause, names) if flow.cause else None
        target = _find(flow.place, names)
        if source is None and target is not None and _is_entry(flow):
            source = _beside(nodes[target].stack, "Callers", OUTSIDE, nodes, kinds)
        elif source is not None and target is None:
            target = _beside(nodes[source].stack, flow.place[0], SERVICE, nodes, kinds)
        if source is None or target is None or source == target:
            continue
        use = uses.setdefault((source, target), _Use())
        use.count += flow.count
        use.errors += flow.errors
        use.last = max(use.last, flow.last)


def _is_entry(flow: Flow) -> bool:
    return flow.place[0] in ENTRIES and (flow.cause is None or flow.cause[0] in ENTRIES)


def _find(place: tuple[str, str], names: Mapping[tuple[str, str], str]) -> str | None:
    service, name = place
    return next((names[service, each] for each in names_of(service, name) if (service, each) in names), None)


def _beside(stack: str, name: str, kind: Kind, nodes: dict[str, Node], kinds: dict[str, Kind]) -> str:
    node = Node(f"{stack}/*{name}", stack, name, "", "")
    nodes.setdefault(node.id, node)
    kinds[node.id] = kind
    return node.id


def _node(node: Node, kind: Kind, place: tuple[int, int], urls: Mapping[str, str], recent: bool) -> MapNode:
    return MapNode(
        id=node.id,
        stack=node.stack,
        name=node.name,
        short=node.name if len(node.name) <= NAME_CHARS else node.name[: NAME_CHARS - 1] + "…",
        kind=kind.word,
        icon=kind.icon,
        type=node.type,
        physical_id=node.physical_id,
        url=urls.get(node.id, ""),
        x=place[0],
        y=place[1],
        recent=recent,
    )


def _edge(source: Node, target: Node, use: _Use, places: Mapping[str, tuple[int, int]], now: float) -> MapEdge:
    path, x, y = curve(places[source.id], places[target.id])
    return MapEdge(
        source=source.id,
        target=target.id,
        source_name=source.name,
        target_name=target.name,
        declared_by=use.by,
        count=use.count,
        errors=use.errors,
        last=use.last,
        recent=now - use.last < RECENT,
        path=path,
        label_x=x,
        label_y=y,
    )
