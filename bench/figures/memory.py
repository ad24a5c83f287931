"""Memory of the cloud and every process it started: idle, and after 2,000 calls spread over eight functions."""

from __future__ import annotations

from bench.functions import make_functions, make_role
from bench.scenario import Application
from bench.subject import Subject

CALLS = 2000
FUNCTIONS = 8


def after_calls(subject: Subject, application: Application) -> float:
    """MB after `CALLS` calls by turns to `FUNCTIONS` functions with the logging handler."""
    names = [f"memory-{number}" for number in range(FUNCTIONS)]
    make_functions(subject, make_role(subject), names, application.table)
    client = subject.client("lambda")
    for number in range(CALLS):
        answer = client.invoke(FunctionName=names[number % FUNCTIONS], Payload=b"{}")
        if "FunctionError" in answer:
            raise RuntimeError(f"{subject.name}: {answer['Payload'].read()[:300]!r}")
        answer["Payload"].read()
    return subject.memory_mb()
