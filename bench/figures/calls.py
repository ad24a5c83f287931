"""POST and GET through authorizer, function and DynamoDB, with a handler that logs and with a silent one."""

from __future__ import annotations

from bench.scenario import Application, Caller
from bench.subject import Subject

WARM_UP = 10
CALLS = (("POST", "/logging"), ("GET", "/logging"), ("POST", "/silent"), ("GET", "/silent"))


def measure(subject: Subject, application: Application, count: int) -> dict[str, list[float]]:
    """Milliseconds of each call, by figure."""
    caller = Caller(subject, application)
    samples = {}
    for method, path in CALLS:
        message = caller.message(method, path)
        for _ in range(WARM_UP):
            caller.timed(message)
        samples[f"{method} {path[1:]} handler"] = [caller.timed(message) for _ in range(count)]
    caller.connection.close()
    return samples
