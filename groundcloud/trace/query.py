"""What lists ask for: the words of a query string → SQL. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from groundcloud.trace.limits import DEFAULT_LIMIT, MAX_LIMIT, UNROOTED_SECONDS

_NAMES = {"service": "services", "function": "functions"}
"""Of these, one of a trace's spans must have exactly this name."""

_PARTS = {"operation": "operations", "resource": "resources"}
"""Of these, the name of one must have this part."""

_OUTCOMES = ("ok", "error", "denied")


class QueryError(ValueError):
    """A word that is not understood; the message says which."""


@dataclass(frozen=True)
class Query:
    """`where` has a placeholder for each of `values`; `limit` traces at most."""

    where: str
    values: tuple[object, ...]
    limit: int


def read_query(words: Mapping[str, str], now: float) -> Query:
    """Raises `QueryError`."""
    where = ["(root <> '' OR started < ?)"]
    values: list[object] = [now - UNROOTED_SECONDS]
    for word, column in _NAMES.items():
        if name := words.get(word):
            where.append(f"instr({column}, ?)")
            values.append(f"\n{name}\n")
    for word, column in _PARTS.items():
        if part := words.get(word):
            where.append(f"{column} LIKE ? ESCAPE '!'")
            values.append(f"%{_plain(part)}%")
    _add_exact(words, where, values)
    if words.get("q"):
        _add_search(words["q"], where, values)
    if words.get("before"):
        moment, _, trace = words["before"].partition("~")
        where.append("(started, id) < (?, ?)")
        values += [_number("before", moment), trace]
    return Query(" AND ".join(where), tuple(values), _limit(words.get("limit")))


def cursor(started: float, trace: str) -> str:
    """Where the next page begins."""
    return f"{started!r}~{trace}"


def _add_exact(words: Mapping[str, str], where: list[str], values: list[object]) -> None:
    if status := words.get("status"):
        if status not in _OUTCOMES:
            raise QueryError(f"status is one of {', '.join(_OUTCOMES)}")
        where.append("outcome = ?")
        values.append(status)
    if account := words.get("account"):
        where.append("account = ?")
        values.append(account)
    for word, column in (("since", "started"), ("minMs", "ms")):
        if words.get(word):
            where.append(f"{column} >= ?")
            values.append(_number(word, words[word]))


def _add_search(text: str, where: list[str], values: list[object]) -> None:
    """Every word of it, anywhere in the trace or its log."""
    for word in text.lower().split():
        # Without escapes LIKE is the quickest search that SQLite has, and the only one that ignores case.
        like, part = ("LIKE ? ESCAPE '!'", _plain(word)) if "%" in word or "_" in word else ("LIKE ?", word)
        where.append(f"(text {like} OR id {like} OR id IN (SELECT trace FROM lines WHERE message {like}))")
        values += [f"%{part}%"] * 3


def _plain(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _number(word: str, text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise QueryError(f"{word} is not a number: {text!r}")
    return found


def _limit(text: str | None) -> int:
    if not text:
        return DEFAULT_LIMIT
    if not text.isdecimal() or not int(text):
        raise QueryError("limit is a whole number above 0")
    return min(int(text), MAX_LIMIT)
