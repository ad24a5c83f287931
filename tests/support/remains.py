"""`ground serve` in a process that can be asked what it still holds: `python -m tests.support.remains MARK…`.

When the file `search` appears in the working folder, every object of the process is looked at: a text with one of the
marks in it, that an object of ours leads to, remains. The answer is `remains.json`: ``[[owner, text], …]``.
"""

from __future__ import annotations

import gc
import json
import sys
import threading
import types
from pathlib import Path
from typing import Any

from groundcloud.cli import settings
from groundcloud.server import serve
from groundcloud.testing.process import poll

ASK, ANSWER = "search", "remains.json"
_DEPTH = 7
_VALUES = ("groundcloud.ports", "groundcloud.http", "groundcloud.runtime.function", "groundcloud.spans")
_MOST = 10
"""Holders whose owners are looked for: each takes tens of milliseconds."""

_ASIDE = (types.FrameType, types.CodeType, types.FunctionType)


def remains(marks: list[str]) -> list[tuple[str, str]]:
    """Who still holds a text with a mark."""
    gc.collect()
    every = gc.get_objects()
    holders: list[tuple[Any, str]] = []
    for each in every:
        if isinstance(each, _ASIDE) or each is marks:
            continue
        for text in gc.get_referents(each):
            if isinstance(text, (str, bytes)) and _has(text, marks):
                holders.append((each, text if isinstance(text, str) else text.decode("latin-1")))
                break
    seen = {id(every), id(holders), id(marks), *(id(entry) for entry in holders)}
    found = {(owner, text[:100]) for holder, text in holders[:_MOST] if (owner := _owner(holder, seen | set(), 0))}
    return sorted(found)


def _has(text: str | bytes, marks: list[str]) -> bool:
    return any((mark in text) if isinstance(text, str) else (mark.encode() in text) for mark in marks)


def _owner(each: Any, seen: set[int], depth: int) -> str:
    """The nearest objects of ours that lead to it; empty when there is none."""
    kind = type(each)
    name = f"{kind.__module__}.{kind.__name__}" if kind.__module__.startswith("groundcloud.") else ""
    if name and not hasattr(kind, "__dataclass_fields__") and kind.__module__ not in _VALUES:
        return name
    if depth == _DEPTH or isinstance(each, types.ModuleType):
        return ""
    for referrer in gc.get_referrers(each):
        if id(referrer) in seen or isinstance(referrer, _ASIDE):
            continue
        seen.add(id(referrer))
        if owner := _owner(referrer, seen, depth + 1):
            return f"{owner} > {name or kind.__name__}"
    return ""


def _answer_searches(home: Path, marks: list[str]) -> None:
    while True:
        poll((home / ASK).exists, timeout=3600, what="a search", every=0.05)
        (home / ASK).unlink()
        scratch = home / f"{ANSWER}.new"
        scratch.write_text(json.dumps(remains(marks)))
        scratch.rename(home / ANSWER)


if __name__ == "__main__":
    here = settings()
    threading.Thread(target=_answer_searches, args=(here.home, sys.argv[1:]), daemon=True).start()
    serve(here)
