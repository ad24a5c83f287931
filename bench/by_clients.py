"""What a POST takes of the processor, by whose it is and how many call at once: `python -m bench.by_clients`.

The cloud's loop, its other threads, the functions' processes and the load generator are counted apart, by the kernel's
own account of each thread (Linux). That hardly moves when others use the machine, where elapsed time means nothing;
the least of the rounds, and the one in the middle, are shown.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import NamedTuple

import click

from bench.figures import concurrent
from bench.scenario import Caller, deploy, sign_in
from bench.subject import Groundcloud

CLIENTS = (1, 2, 4, 8)
CALLS = 96
"""Of a round, over all its clients."""


class Spent(NamedTuple):
    """Milliseconds a request: elapsed, and of the processor."""

    elapsed: float
    loop: float
    threads: float
    functions: float
    clients: float


def _threads(cloud: Groundcloud) -> dict[tuple[str, int, int], int]:
    """Nanoseconds of the processor of each thread: ``(whose, process, thread)``."""
    found = {}
    for depth, pid in cloud.processes():
        for task in Path(f"/proc/{pid}/task").glob("*"):
            whose = "functions" if depth else "loop" if int(task.name) == pid else "threads"
            try:
                found[whose, pid, int(task.name)] = int((task / "schedstat").read_text().split()[0])
            except (FileNotFoundError, ProcessLookupError):
                continue
    return found


def measured(cloud: Groundcloud, callers: list[Caller]) -> Spent:
    """One round of all callers at once."""
    each = CALLS // len(callers)
    before, own, began = _threads(cloud), time.process_time(), time.perf_counter()
    concurrent.together(callers, each)
    elapsed, own, after = time.perf_counter() - began, time.process_time() - own, _threads(cloud)
    spent = dict.fromkeys(("loop", "threads", "functions"), 0.0)
    calls = each * len(callers)
    for key, nanoseconds in after.items():
        spent[key[0]] += (nanoseconds - before.get(key, 0)) / 1e6 / calls
    return Spent(elapsed=elapsed * 1e3 / calls, clients=own * 1e3 / calls, **spent)


@click.command()
@click.option("--rounds", default=40, show_default=True, help=f"Rounds of {CALLS} calls with each number of clients.")
def main(rounds: int) -> None:
    """Measure the POST with one client and more."""
    cloud = Groundcloud()
    try:
        cloud.start()
        _, outputs = deploy(cloud)
        application = sign_in(cloud, outputs)
        callers = [Caller(cloud, application) for _ in range(max(CLIENTS))]
        concurrent.together(callers, 20)
        found: dict[int, list[Spent]] = {count: [] for count in CLIENTS}
        for _ in range(rounds):
            for count, spent in found.items():
                spent.append(measured(cloud, callers[:count]))
        for count, spent in found.items():
            for name, position in (("least", 0), ("middle", rounds // 2)):
                values = [sorted(column)[position] for column in zip(*spent, strict=True)]
                shown = ", ".join(f"{field} {value:.3f}" for field, value in zip(Spent._fields, values, strict=True))
                click.echo(f"{count} at once, {name:6} {shown} ms a request")
    finally:
        cloud.stop()
        shutil.rmtree(cloud.home, ignore_errors=True)


if __name__ == "__main__":
    main()
