"""JSONPath as API Gateway's templates and mapping expressions use it: the one door to the library.

https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings.html ("JSONPath"): a path that can name one
thing only gives that thing; one that may find several (``..``, ``*``, slices, filters) gives the list of what it found.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from statistics import mean
from typing import Any, Final

from groundcloud.errors import GroundcloudError

_STEP = re.compile(r"\.([A-Za-z_$][\w$-]*)|\[(\d+)\]|\['([^']*)'\]|\[\"([^\"]*)\"\]")
_FUNCTION = re.compile(r"(?P<path>.+)\.(?P<name>[a-z]+)\(\)")
_PATHS_KEPT = 1024

_AGGREGATES: dict[str, Callable[[list[Any]], Any]] = {"min": min, "max": max, "sum": sum, "avg": mean}

MISSING: Final = object()
"""What a path finds that leads nowhere; a JSON null is None."""


class BadPath(GroundcloudError):
    """A path that is none."""


def find(document: Any, path: str) -> Any:
    """What `path` finds in `document`: a value, a list of values, or `MISSING`. Raises `BadPath`."""
    found = _FUNCTION.fullmatch(path)
    if found is not None:
        return _apply(found["name"], find(document, found["path"]))
    compiled = _compiled(path)
    if isinstance(compiled, tuple):
        return _walk(document, compiled)
    several = compiled.findall(document)
    if not compiled.singular_query():
        return several
    return several[0] if several else MISSING


@lru_cache(maxsize=_PATHS_KEPT)
def _compiled(path: str) -> Any:
    """The steps of a plain path (``$.a.b[0]['c']``), else the library's query."""
    if not path.startswith("$"):
        raise BadPath(f"JSONPath must begin with $: {path!r}")
    steps: list[str | int] = []
    position = 1
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            return _query(path)
        position = step.end()
        key = next(group for group in step.groups() if group is not None)
        steps.append(int(key) if step[2] is not None else key)
    return tuple(steps)


def _query(path: str) -> Any:
    # Imported when the first path needs it: most APIs have plain ones only.
    from jsonpath import JSONPathEnvironment, JSONPathError

    try:
        return JSONPathEnvironment().compile(path)
    except (JSONPathError, RecursionError) as error:
        raise BadPath(f"Invalid JSONPath {path!r}: {str(error).splitlines()[0]}") from error


def _walk(document: Any, steps: tuple[str | int, ...]) -> Any:
    value = document
    for step in steps:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else MISSING
        else:
            value = value.get(step, MISSING) if isinstance(value, dict) else MISSING
        if value is MISSING:
            return MISSING
    return value


def _apply(name: str, value: Any) -> Any:
    """The functions that may end a path. https://github.com/json-path/JsonPath (the notation API Gateway takes)."""
    if name in ("length", "size"):
        return len(value) if isinstance(value, list | dict | str) else MISSING
    if name == "keys":
        return list(value) if isinstance(value, dict) else MISSING
    numbers = [one for one in value if isinstance(one, int | float)] if isinstance(value, list) else []
    if name not in _AGGREGATES:
        raise BadPath(f"JSONPath has no function {name}()")
    return _AGGREGATES[name](numbers) if numbers else MISSING
