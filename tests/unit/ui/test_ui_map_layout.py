"""Where the nodes of the map stand."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from ui.maps.layout import HEIGHT, SWEEPS, WIDTH, Drawing, curve, layout


def overlaps(drawing: Drawing) -> list[tuple[str, str]]:
    return [
        (one, other)
        for (one, (x, y)), (other, (p, q)) in itertools.combinations(drawing.places.items(), 2)
        if abs(x - p) < WIDTH and abs(y - q) < HEIGHT
    ]


def test_effects_stand_right_of_their_causes() -> None:
    edges = [("api", "get"), ("api", "put"), ("get", "table"), ("put", "table"), ("api", "table")]
    drawing = layout({"shop": ["table", "get", "put", "api"]}, edges)
    x = {name: place[0] for name, place in drawing.places.items()}
    assert x["api"] < x["get"] == x["put"] < x["table"]
    assert overlaps(drawing) == []


def test_what_nothing_is_joined_to_stands_below() -> None:
    drawing = layout({"shop": ["a", "b", *"12345"]}, [("a", "b")])
    lowest = max(drawing.places["a"][1], drawing.places["b"][1])
    assert all(drawing.places[each][1] > lowest for each in "12345")
    assert overlaps(drawing) == []


@pytest.mark.parametrize(
    "edges",
    [
        [("a", "b"), ("b", "a")],
        [("a", "b"), ("b", "c"), ("c", "a")],
        [("a", "a"), ("a", "b"), ("b", "c"), ("c", "b")],
        [("a", "b"), ("a", "b"), ("c", "c")],
    ],
    ids=["two", "three", "itself", "twice"],
)
def test_circles_are_drawn(edges: list[tuple[str, str]]) -> None:
    drawing = layout({"shop": ["a", "b", "c"]}, edges)
    assert set(drawing.places) == {"a", "b", "c"}
    assert overlaps(drawing) == []
    assert drawing.places["a"][0] < drawing.places["b"][0]


def test_groups_stand_one_below_the_other_and_hold_their_nodes() -> None:
    drawing = layout({"one": ["a", "b"], "two": ["c"], "none": []}, [("a", "b"), ("b", "c"), ("c", "gone")])
    boxes = {each.name: each for each in drawing.boxes}
    assert boxes["one"].y + boxes["one"].height < boxes["two"].y
    for group, nodes in (("one", "ab"), ("two", "c")):
        box = boxes[group]
        for node in nodes:
            x, y = drawing.places[node]
            assert box.x < x and x + WIDTH < box.x + box.width
            assert box.y < y and y + HEIGHT < box.y + box.height
    assert drawing.height == boxes["none"].y + boxes["none"].height


def test_nothing_takes_no_room() -> None:
    assert layout({}, []) == Drawing(0, 0, (), {})


def test_lines_end_at_the_nodes_whichever_way_they_go() -> None:
    assert curve((0, 0), (400, 100))[0].startswith(f"M{WIDTH} {HEIGHT // 2}C")
    assert curve((0, 0), (400, 100))[0].endswith(f"400 {100 + HEIGHT // 2}")
    assert curve((0, 0), (WIDTH + 46, 100))[1:] == (WIDTH + 23, 50 + HEIGHT // 2)
    assert curve((0, 0), (400, 100))[1:] == (400 - 23, 100 + HEIGHT // 2)
    assert curve((0, 0), (0, 200))[0].endswith(f"{WIDTH // 2} 200")
    assert curve((0, 200), (0, 0))[0].endswith(f"{WIDTH // 2} {HEIGHT}")


class Name(str):
    """A node that counts how often it is looked up."""

    __slots__ = ()
    looked_up = 0

    def __hash__(self) -> int:
        Name.looked_up += 1
        return super().__hash__()


def looked_up(size: int) -> int:
    """How often nodes are looked up, for `size` of them and two edges to each, some of them back."""
    nodes = [Name(n) for n in range(size)]

    def edges() -> Iterator[tuple[str, str]]:
        for n, node in enumerate(nodes):
            yield node, nodes[(n + 1) % size]
            yield node, nodes[n * 7 % size]

    Name.looked_up = 0
    drawing = layout({"all": nodes}, list(edges()))
    assert len(drawing.places) == size
    return Name.looked_up


def test_the_work_grows_with_the_map_and_no_faster() -> None:
    small, large = looked_up(150), looked_up(600)
    assert small < 150 * 40 + 300 * (20 + 4 * SWEEPS)
    assert large < small * 4.5
