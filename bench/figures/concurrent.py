"""Eight clients at once on the logging handler: milliseconds a request took from the cloud's point of view."""

from __future__ import annotations

import threading
import time

from bench.scenario import Application, Caller
from bench.subject import Subject

CLIENTS = 8


def measure(subject: Subject, application: Application, count: int) -> dict[str, list[float]]:
    """Milliseconds a request with `CLIENTS` clients calling without pause: elapsed time by requests answered."""
    callers = [Caller(subject, application) for _ in range(CLIENTS)]
    _together(callers, 3)
    began = time.perf_counter()
    _together(callers, count)
    elapsed = (time.perf_counter() - began) * 1000
    return {f"{CLIENTS} clients, a request": [elapsed / (CLIENTS * count)]}


def _together(callers: list[Caller], count: int) -> None:
    failures: list[BaseException] = []

    def run(caller: Caller) -> None:
        try:
            for _ in range(count):
                caller("POST", "/logging")
        except (OSError, RuntimeError) as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(caller,)) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
