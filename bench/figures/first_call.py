"""The first call of a function that imports boto3: the cold start as the caller sees it."""

from __future__ import annotations

from bench.scenario import Application, Caller
from bench.subject import Subject


def measure(subject: Subject, application: Application) -> dict[str, list[float]]:
    """Milliseconds of one call to a function that has never run."""
    return {"first call": [Caller(subject, application)("POST", "/logging")]}
