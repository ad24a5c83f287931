"""Sample events: what each AWS source sends to a function, to try one with.

Each is a JSON file beside this one, written after the example on the page of AWS's documentation that its `_source`
names.
Times and identifiers are AWS's examples' kind, not real ones.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from groundcloud.errors import UserError

_FOLDER = Path(__file__).parent
_STEP = re.compile(r"[^.\[\]]+")


def sources() -> dict[str, str]:
    """The names of all sources, and a word about each."""
    return {path.stem: str(_load(path)["_about"]) for path in sorted(_FOLDER.glob("*.json"))}


def sample_event(source: str, changes: Iterable[str] = ()) -> str:
    """The event of `source` as JSON, with `changes` such as ``Records[0].body=hello`` made. Raises `UserError`."""
    path = _FOLDER / f"{source}.json"
    if not re.fullmatch(r"[a-z0-9-]+", source) or not path.is_file():
        raise UserError(f"There is no event of {source}", f"Sources: {', '.join(sources())}")
    event = _load(path)["event"]
    for change in changes:
        _set(event, change)
    return json.dumps(event, indent=2, ensure_ascii=False)


def _load(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _set(event: Any, change: str) -> None:
    place, equals, text = change.partition("=")
    steps = _STEP.findall(place)
    if not equals or not steps:
        raise UserError(f"{change!r} sets nothing", "For instance: Records[0].body='hello'")
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    target = event
    for step in steps[:-1]:
        target = _inner(target, step, change)
    last = steps[-1]
    if isinstance(target, list):
        target[_index(target, last, change)] = value
    elif isinstance(target, dict):
        # A body is text in AWS's events, whatever is in it.
        is_text = isinstance(target.get(last), str) and not isinstance(value, str)
        target[last] = text if is_text else value
    else:
        raise UserError(f"{change!r}: there is nothing that could have a {last}")


def _inner(target: Any, step: str, change: str) -> Any:
    if isinstance(target, list):
        return target[_index(target, step, change)]
    if not isinstance(target, dict):
        raise UserError(f"{change!r}: there is nothing that could have a {step}")
    if target.get(step) is None:
        target[step] = {}
    return target[step]


def _index(target: list[Any], step: str, change: str) -> int:
    if not step.isdecimal() or int(step) >= len(target):
        raise UserError(f"{change!r}: there is no item {step}, the list has {len(target)}")
    return int(step)
