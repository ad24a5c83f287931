"""The values that mapping templates handle, with the methods they have on AWS, where they are Java's.

https://velocity.apache.org/engine/2.3/user-guide.html (methods); what a map prints is Java's ``{a=1, b=[2]}``, a list
prints as JSON. `wrap` makes them of plain JSON.
"""

from __future__ import annotations

import json
import re
from typing import Any


class Text(str):
    """A string: Java's `String` methods beside Python's of the same name and meaning."""

    __slots__ = ()

    def length(self) -> int:
        return len(self)

    def isEmpty(self) -> bool:
        return not self

    def contains(self, part: Any) -> bool:
        return str(part) in self

    def equals(self, other: Any) -> bool:
        return isinstance(other, str) and self == other

    def equalsIgnoreCase(self, other: Any) -> bool:
        return str(self).lower() == str(other).lower()

    def startsWith(self, prefix: Any) -> bool:
        return self.startswith(str(prefix))

    def endsWith(self, suffix: Any) -> bool:
        return self.endswith(str(suffix))

    def indexOf(self, part: Any) -> int:
        return self.find(str(part))

    def lastIndexOf(self, part: Any) -> int:
        return self.rfind(str(part))

    def substring(self, start: int, end: int | None = None) -> Text:
        stop = len(self) if end is None else end
        if not 0 <= start <= stop <= len(self):
            raise IndexError(f"begin {start}, end {stop}, length {len(self)}")
        return Text(self[start:stop])

    def matches(self, pattern: Any) -> bool:
        return re.fullmatch(str(pattern), self) is not None

    def replaceAll(self, pattern: Any, replacement: Any) -> Text:
        return Text(re.sub(str(pattern), _replacement(replacement), self))

    def replaceFirst(self, pattern: Any, replacement: Any) -> Text:
        return Text(re.sub(str(pattern), _replacement(replacement), self, count=1))

    def toLowerCase(self) -> Text:
        return Text(self.lower())

    def toUpperCase(self) -> Text:
        return Text(self.upper())

    def trim(self) -> Text:
        return Text(self.strip())

    def concat(self, other: Any) -> Text:
        return Text(f"{self}{other}")

    def charAt(self, index: int) -> Text:
        return Text(self[index])

    def toString(self) -> Text:
        return self

    def split(self, pattern: Any = None, limit: Any = -1) -> List:
        """By a regular expression; empty parts at the end are left out, as Java does."""
        parts = re.split(str(pattern), self) if pattern else list(self)
        while len(parts) > 1 and not parts[-1]:
            parts.pop()
        return List(Text(part) for part in parts)


class List(list[Any]):
    """An array."""

    def __str__(self) -> str:
        return json_text(self)

    def size(self) -> int:
        return len(self)

    def isEmpty(self) -> bool:
        return not self

    def get(self, index: int) -> Any:
        return self[index]

    def add(self, value: Any) -> bool:
        self.append(value)
        return True

    def addAll(self, values: Any) -> bool:
        self.extend(values)
        return True

    def set(self, index: int, value: Any) -> Any:
        before, self[index] = self[index], value
        return before

    def contains(self, value: Any) -> bool:
        return value in self

    def indexOf(self, value: Any) -> int:
        return self.index(value) if value in self else -1

    def subList(self, start: int, end: int) -> List:
        return List(self[start:end])

    def toString(self) -> Text:
        return Text(str(self))


class Entry:
    """One pair of a map."""

    def __init__(self, key: str, value: Any) -> None:
        self.key = key
        self.value = value

    def getKey(self) -> str:
        return self.key

    def getValue(self) -> Any:
        return self.value

    def __str__(self) -> str:
        return f"{self.key}={java_text(self.value)}"


class Nothing(tuple[()]):
    """What an object does not have, where Python's dict has a method that Java's map has not: `null` in a template, a
    loop over it ends at once."""

    __slots__ = ()

    def __str__(self) -> str:
        return ""


_ONLY_PYTHONS = frozenset({"copy", "fromkeys", "items", "keys", "pop", "popitem", "setdefault", "update"})


class Map(dict[str, Any]):
    """An object. A key hides the method of its name, as everywhere in Velocity."""

    def __missing__(self, key: str) -> Nothing:
        if key in _ONLY_PYTHONS:
            return Nothing()
        raise KeyError(key)

    def __str__(self) -> str:
        return "{" + ", ".join(f"{key}={java_text(value)}" for key, value in self.items()) + "}"

    def size(self) -> int:
        return len(self)

    def isEmpty(self) -> bool:
        return not self

    def containsKey(self, key: Any) -> bool:
        return key in self

    def containsValue(self, value: Any) -> bool:
        return value in list(self.values())

    def keySet(self) -> List:
        return List(Text(key) for key in self)

    def entrySet(self) -> List:
        return List(Entry(Text(key), value) for key, value in self.items())

    def put(self, key: str, value: Any) -> Any:
        before = self.get(key)
        self[key] = value
        return before

    def putAll(self, values: Any) -> None:
        self.update(values)

    def remove(self, key: str) -> Any:
        return self.pop(key, None)

    def getOrDefault(self, key: str, default: Any) -> Any:
        return self.get(key, default)

    def toString(self) -> Text:
        return Text(str(self))


def wrap(value: Any) -> Any:
    """`value` (plain JSON) with Java's methods, all the way down."""
    if isinstance(value, str):
        return Text(value)
    if isinstance(value, dict):
        return Map((key, wrap(one)) for key, one in value.items())
    if isinstance(value, list | tuple):
        return List(wrap(one) for one in value)
    return value


def json_text(value: Any) -> str:
    """The JSON text of a value."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)


def java_text(value: Any) -> str:
    """What printing a value inside a map gives."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _replacement(text: Any) -> str:
    """A Java replacement (``$1``) as Python writes it."""
    escaped = str(text).replace("\\$", "\0").replace("\\", "\\\\")
    return re.sub(r"\$(\d)", r"\\\1", escaped).replace("\0", "$")
