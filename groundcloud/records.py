"""`dataclass`, whose classes are made in half of the standard library's time; they behave as its own do.

That writes and compiles up to six functions for each class, which was a fifth of the imports that a start waits for. Of
those, comparing, hashing and showing are the same for all classes here, made ready for one when it is first compared.
https://docs.python.org/3/library/dataclasses.html
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # Type checkers know the standard library's by its name.
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls=None, /, *, frozen=False, eq=True, slots=False):
        """The options that are in use here: `order` and its like are not taken."""

        def make(cls):
            if not cls.__doc__:
                # Else it would be made of the signature, which takes as long as all the rest.
                cls.__doc__ = cls.__name__
            made = dataclasses.dataclass(cls, frozen=frozen, eq=False, repr=False, slots=slots)
            if "__repr__" not in cls.__dict__:
                made.__repr__ = _shown
            if eq:
                _compare(made, frozen=frozen)
            return made

        return make if cls is None else make(cls)


def _compare(made: type, *, frozen: bool) -> None:
    """Give it what it does not say itself. Python puts None for the hash of a class that says only what is equal."""
    own = vars(made)
    methods: dict[str, Any] = {
        "__eq__": own.get("__eq__", _equals),
        "__hash__": own.get("__hash__") or (_hashed if frozen else None),
    }
    for name, method in methods.items():
        setattr(made, name, method)


def _equals(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    values = _compared(self.__class__)
    return values(self) == values(other)


def _hashed(self: Any) -> int:
    return hash(_told_apart(self.__class__)(self))


@recursive_repr()
def _shown(self: Any) -> str:
    shown = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in dataclasses.fields(self) if each.repr)
    return f"{self.__class__.__qualname__}({shown})"


@cache
def _compared(cls: Any) -> Callable[[Any], tuple[Any, ...]]:
    return _values([each.name for each in dataclasses.fields(cls) if each.compare])


@cache
def _told_apart(cls: Any) -> Callable[[Any], tuple[Any, ...]]:
    fields = dataclasses.fields(cls)
    return _values([each.name for each in fields if (each.compare if each.hash is None else each.hash)])


def _values(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """What gives the values of an object's attributes."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda each: tuple(getattr(each, name) for name in names)
