"""What traces cost: `python -m bench.traces`.

Two clouds beside each other, one with traces and one without, get the same POST by turns: through authorizer, function
and DynamoDB, with a handler that logs. Besides the milliseconds the processor time of the cloud's process is measured,
in which the writer's thread is counted, and which other work on the machine does not disturb.
"""

from __future__ import annotations

import shutil
import statistics
import time
from dataclasses import dataclass, field

import click

from bench.scenario import Caller, deploy, sign_in
from bench.subject import Groundcloud

GOAL = 1.05
TURN = 25
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
def main(turns: int) -> None:
    """Measure the same POST with traces and without."""
    sides: list[tuple[Cloud, Caller]] = []
    try:
        for traced in (True, False):
            sides.append(started(traced=traced))
        show(compare(sides, turns))
    finally:
        for cloud, _ in sides:
            cloud.stop()
            shutil.rmtree(cloud.home, ignore_errors=True)


if __name__ == "__main__":
    main()
