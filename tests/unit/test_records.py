"""`groundcloud.records.dataclass` beside the standard library's, on the same classes."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, field, replace
from typing import Any

import pytest

from groundcloud import records

_MAKERS = pytest.mark.parametrize("make", [dataclasses.dataclass, records.dataclass], ids=["standard", "records"])


@records.dataclass(frozen=True, slots=True)
class Kept:
    """At a module's top, where pickle finds it."""

    name: str
    more: tuple[int, ...] = ()


def point(make: Callable[..., Any], **options: Any) -> Any:
    class Point:
        x: int
        y: int = 0
        note: str = field(default="", compare=False)
        secret: str = field(default="", repr=False)
        many: list[int] = field(default_factory=list, hash=False)

    return make(**options)(Point)


@_MAKERS
@pytest.mark.parametrize("slots", [False, True])
def test_values_are_equal_by_what_is_compared(make: Callable[..., Any], slots: bool) -> None:
    cls = point(make, frozen=True, slots=slots)
    assert cls(1, note="a") == cls(1, note="b")
    assert cls(1) != cls(2)
    assert cls(1, many=[1]) != cls(1)
    assert cls(1) != (1, 0, "", [])
    assert cls(1).__eq__(object()) is NotImplemented
    assert hash(cls(1, many=[1])) == hash(cls(1, note="b"))
    assert len({cls(1), cls(1), cls(1, 2)}) == 2


@_MAKERS
def test_a_value_shows_its_fields_and_cannot_be_changed(make: Callable[..., Any]) -> None:
    value = point(make, frozen=True)(1, many=[2], secret="s")
    assert repr(value) == f"{type(value).__qualname__}(x=1, y=0, note='', many=[2])"
    value.many.append(value)
    assert repr(value) == f"{type(value).__qualname__}(x=1, y=0, note='', many=[2, ...])"
    with pytest.raises(FrozenInstanceError):
        value.x = 2
    with pytest.raises(FrozenInstanceError):
        del value.x
    assert replace(value, x=5, many=[]) == type(value)(5, secret="s")
    assert asdict(type(value)(1)) == {"x": 1, "y": 0, "note": "", "secret": "", "many": []}
    assert type(value).__match_args__ == ("x", "y", "note", "secret", "many")


@_MAKERS
def test_what_can_be_changed_has_no_hash(make: Callable[..., Any]) -> None:
    cls = point(make)
    value = cls(1)
    value.x = 2
    assert value == cls(2)
    with pytest.raises(TypeError, match="unhashable"):
        hash(value)


@_MAKERS
def test_what_is_not_compared_is_itself_only(make: Callable[..., Any]) -> None:
    cls = point(make, eq=False)
    assert cls(1) != cls(1)
    assert len({cls(1), cls(1)}) == 2


@_MAKERS
def test_what_a_class_says_itself_stays(make: Callable[..., Any]) -> None:
    class Own:
        x: int

        def __repr__(self) -> str:
            return "mine"

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 7

    class Equal:
        x: int
        y: int

        def __eq__(self, other: object) -> bool:
            return isinstance(other, type(self)) and self.x == other.x

    own, equal = make(frozen=True)(Own), make(frozen=True)(Equal)
    assert repr(own(1)) == "mine"
    assert own(1) == own(2)
    assert hash(own(1)) == 7
    assert equal(1, 2) == equal(1, 3)
    assert hash(equal(1, 2)) != hash(equal(1, 3))


@_MAKERS
def test_a_class_below_has_all_fields(make: Callable[..., Any]) -> None:
    above = point(make, frozen=True)
    below = make(frozen=True)(type("Below", (above,), {"__annotations__": {"z": "int"}, "z": 3}))
    assert below(1) == below(1)
    assert below(1) != below(1, z=4)
    assert below(1) != above(1)
    assert hash(below(1)) != hash(below(1, z=4))
    assert repr(below(1)) == "Below(x=1, y=0, note='', many=[], z=3)"


@_MAKERS
def test_one_field_or_none(make: Callable[..., Any]) -> None:
    one = make(frozen=True)(type("One", (), {"__annotations__": {"x": "int"}}))
    none = make(frozen=True)(type("Nothing", (), {}))
    assert one(1) == one(1) != one(2)
    assert hash(one(1)) == hash((1,))
    assert none() == none()
    assert hash(none()) == hash(())
    assert repr(none()) == "Nothing()"


def test_a_value_is_copied_and_pickled() -> None:
    value = Kept("a", (1, 2))
    assert copy.deepcopy(value) == value == pickle.loads(pickle.dumps(value))
    assert not hasattr(value, "__dict__")
