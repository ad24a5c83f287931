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
_ASIDE = (types.FrameType, types.CodeType, types.FunctionType)


def remains(marks: list[str]) -> list[tuple[str, str]]:
    """Who still holds a text with a mark."""
    gc.collect()
    every = [each for each in gc.get_objects() if not isinstance(each, _ASIDE) and each is not marks]
    holders: list[tuple[Any, str]] = []
    referrers: dict[int, list[Any]] = {}
    for each in every:
        referents = gc.get_referents(each)
        texts = [text for text in referents if isinstance(text, (str, bytes)) and _has(text, marks)]
        holders += [(each, text if isinstance(text, str) else text.decode("latin-1")) for text in texts[:1]]
        for other in referents:
            if gc.is_tracked(other):
                referrers.setdefault(id(other), []).append(each)
    return sorted({(owner, text[:100]) for holder, text in holders if (owner := _owner(holder, referrers))})


def _has(text: str | bytes, marks: list[str]) -> bool:
    return any((mark in text) if isinstance(text, str) else (mark.encode() in text) for mark in marks)


def _owner(holder: Any, referrers: dict[int, list[Any]]) -> str:
    """The nearest object of ours that leads to it, and the way from there; empty when there is none."""
    level, seen = [(holder, "")], {id(holder)}
    for _ in range(_DEPTH):
        above = []
        for each, way in level:
            kind = type(each)
            name = f"{kind.__module__}.{kind.__name__}" if kind.__module__.startswith("groundcloud.") else ""
            if name and not hasattr(kind, "__dataclass_fields__") and kind.__module__ not in _VALUES:
                return name + way
            if isinstance(each, types.ModuleType):
                continue
            way = f" > {name or kind.__name__}{way}"
            above += [(other, way) for other in referrers.get(id(each), ()) if id(other) not in seen]
            seen.update(id(other) for other, _ in above)
        level = above
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
