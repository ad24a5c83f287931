"""Whether a call gets slower when 500 functions are deployed: measured on ours alone, before and after."""

from __future__ import annotations

from bench.functions import make_functions, role_of
from bench.scenario import Application, Caller
from bench.subject import Subject

FUNCTIONS = 500
BEFORE, AFTER = "POST, one application deployed", f"POST, {FUNCTIONS} functions more"


def measure(subject: Subject, application: Application, count: int) -> dict[str, list[float]]:
    """Milliseconds of the same call before and after; the functions take the role that the memory figure made."""
    caller = Caller(subject, application)
    before = _calls(caller, count)
    make_functions(subject, role_of(subject), [f"many-{number}" for number in range(FUNCTIONS)], application.table)
    return {BEFORE: before, AFTER: _calls(caller, count)}


def _calls(caller: Caller, count: int) -> list[float]:
    message = caller.message("POST", "/logging")
    for _ in range(10):
        caller.timed(message)
    return [caller.timed(message) for _ in range(count)]
