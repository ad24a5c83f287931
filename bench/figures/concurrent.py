"""Eight clients at once on the logging handler: milliseconds a request took from the cloud's point of view."""

from __future__ import annotations

import selectors
import time

from bench.scenario import Application, Caller
from bench.subject import Subject
from bench.wire import TIMEOUT_SECONDS

CLIENTS = 8


def measure(subject: Subject, application: Application, count: int) -> dict[str, list[float]]:
    """Milliseconds a request with `CLIENTS` clients calling without pause: elapsed time by requests answered."""
    callers = [Caller(subject, application) for _ in range(CLIENTS)]
    together(callers, 3)
    began = time.perf_counter()
    together(callers, count)
    elapsed = (time.perf_counter() - began) * 1000
    for caller in callers:
        caller.connection.close()
    return {f"{CLIENTS} clients, a request": [elapsed / (CLIENTS * count)]}


def together(callers: list[Caller], count: int) -> None:
    """`count` calls of each caller, each as soon as its last was answered. Raises `RuntimeError`, `OSError`."""
    messages = {caller: caller.message("POST", "/logging") for caller in callers}
    left = dict.fromkeys(callers, count)
    with selectors.DefaultSelector() as selector:
        for caller in callers:
            selector.register(caller.connection.socket, selectors.EVENT_READ, caller)
            caller.connection.send(messages[caller])
        while left:
            events = selector.select(TIMEOUT_SECONDS)
            if not events:
                raise TimeoutError(f"no answer within {TIMEOUT_SECONDS} s")
            for key, _ in events:
                caller = key.data
                if not caller.connection.receive():
                    continue
                caller.connection.check()
                left[caller] -= 1
                if left[caller]:
                    caller.connection.send(messages[caller])
                else:
                    del left[caller]
                    selector.unregister(key.fileobj)
