"""Memory of the cloud and every process it started: idle, and after 2,000 calls."""

from __future__ import annotations

from bench.scenario import Application, Caller
from bench.subject import Subject

CALLS = 2000


def after_calls(subject: Subject, application: Application) -> float:
    """MB after `CALLS` calls to the logging handler."""
    caller = Caller(subject, application)
    for _ in range(CALLS):
        caller("POST", "/logging")
    return subject.memory_mb()
