"""What traces cost: `python -m bench.traces`.

Two clouds beside each other, one with traces and one without, get the same POST by turns: through authorizer, function
and DynamoDB, with a handler that logs. Besides the milliseconds the processor time of the cloud's process is measured,
in which the writer's thread is counted, and which other work on the machine does not disturb. Then a soak: requests
on both, with somebody listening to the stream of traces, and the memory of the processes after each part of them.
"""

from __future__ import annotations

import json
import shutil
import statistics
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import click

from bench.scenario import Caller, deploy, sign_in
from bench.subject import Groundcloud

GOAL = 1.05
TURN = 25
SOAK_PARTS = 10
SETTLE_SECONDS = 1.0
"""After a measurement: what the writer still has to do belongs to it."""


class Cloud(Groundcloud):
    """One cloud, with traces or without."""

    def __init__(self, *, traced: bool) -> None:
        super().__init__()
        self.name = "with traces" if traced else "without"
        self._traced = traced

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "GROUNDCLOUD_TRACES": str(int(self._traced))}

    def own_memory_mb(self) -> float:
        """Resident memory of the cloud's own process (Linux)."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def control(self, path: str) -> object:
        with urllib.request.urlopen(f"{self.endpoint}/_groundcloud/v1{path}", timeout=60) as answer:
            return json.load(answer)


@dataclass
class Measured:
    """Milliseconds of each call, and of the processor for one call of each turn."""

    calls: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


def started(*, traced: bool) -> tuple[Cloud, Caller]:
    cloud = Cloud(traced=traced)
    cloud.start()
    _, outputs = deploy(cloud)
    return cloud, Caller(cloud, sign_in(cloud, outputs))


def compare(sides: list[tuple[Cloud, Caller]], turns: int) -> dict[str, Measured]:
    """The same calls on both, by turns, the order changing."""
    found = {cloud.name: Measured() for cloud, _ in sides}
    messages = {cloud.name: caller.message("POST", "/logging") for cloud, caller in sides}
    for cloud, caller in sides:
        for _ in range(TURN):
            caller.timed(messages[cloud.name])
        time.sleep(SETTLE_SECONDS)
    for turn in range(turns):
        for cloud, caller in sides[:: -1 if turn % 2 else 1]:
            before = cloud.processor_seconds()
            found[cloud.name].calls += [caller.timed(messages[cloud.name]) for _ in range(TURN)]
            time.sleep(SETTLE_SECONDS / 2)
            found[cloud.name].processor.append((cloud.processor_seconds() - before) * 1000 / TURN)
    return found


def listen(cloud: Cloud, over: threading.Event) -> None:
    """Follow the stream of traces, as the console does."""
    with urllib.request.urlopen(f"{cloud.endpoint}/_groundcloud/v1/traces/stream", timeout=60) as stream:
        while not over.is_set() and stream.readline():
            pass


def soak(sides: list[tuple[Cloud, Caller]], requests: int) -> dict[str, list[float]]:
    """MB of each process before, and after each part of the requests. What both grow by is what the requests leave
    behind: items of the table, log lines."""
    over = threading.Event()
    threading.Thread(target=listen, args=(sides[0][0], over), daemon=True).start()
    memory = {cloud.name: [cloud.own_memory_mb()] for cloud, _ in sides}
    for _ in range(SOAK_PARTS):
        for cloud, caller in sides:
            message = caller.message("POST", "/logging")
            for _ in range(requests // SOAK_PARTS):
                caller.timed(message)
            memory[cloud.name].append(cloud.own_memory_mb())
    over.set()
    return memory


def show(found: dict[str, Measured]) -> None:
    for name, one in found.items():
        p50, processor = statistics.median(one.calls), statistics.mean(one.processor)
        click.echo(f"{name:12} p50 {p50:6.2f} ms, of the processor {processor:6.3f} ms a POST")
    ours, other = found["with traces"], found["without"]
    ratios = [
        statistics.median(ours.calls[start : start + TURN]) / statistics.median(other.calls[start : start + TURN])
        for start in range(0, len(ours.calls), TURN)
    ]
    ratio = statistics.median(ratios)
    verdict = "met" if ratio <= GOAL else "MISSED"
    processor = statistics.mean(ours.processor) / statistics.mean(other.processor)
    click.echo(f"POST, with against without: {ratio:.3f} ({verdict}: ≤ {GOAL}), of the processor {processor:.3f}")


@click.command()
@click.option("--turns", default=20, show_default=True, help=f"Turns of {TURN} calls on each.")
@click.option("--requests", default=10_000, show_default=True, help="Requests of the soak, on each; 0: none.")
def main(turns: int, requests: int) -> None:
    """Measure the same POST with traces and without, then soak both."""
    sides: list[tuple[Cloud, Caller]] = []
    try:
        for traced in (True, False):
            sides.append(started(traced=traced))
        show(compare(sides, turns))
        if requests:
            for name, memory in soak(sides, requests).items():
                click.echo(f"{name:12} {requests:,} requests: " + " → ".join(f"{each:.0f}" for each in memory) + " MB")
            click.echo(f"store: {json.dumps(sides[0][0].control('/traces/stats'))[:300]}")
    finally:
        for cloud, _ in sides:
            cloud.stop()
            shutil.rmtree(cloud.home, ignore_errors=True)


if __name__ == "__main__":
    main()
