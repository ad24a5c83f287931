"""What the test kit costs: `python -m bench.kit`, about four minutes. Nothing else should run meanwhile.

The suite is fifty tests that each sign a user up in a CloudTask of their own, make a task and list it. With Groundcloud
each gets an account and a deployment by the kit's `deployed`; with ministack alone each begins with its reset and
deploys again (the package is made once a session there, too). Time of pytest from its start to its end, by turns:
elapsed, and of the processor, which other work on the machine does not disturb.
Besides: how long a session's cloud takes to start, and a reset of everything after a CloudTask was deployed and called.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import click

from bench.kit.conftest import TEMPLATE
from groundcloud.testing.account import new_account
from groundcloud.testing.cloud import EmbeddedCloud
from groundcloud.testing.stage import Applications

HERE = Path(__file__).parent
SESSION_GOAL, RESET_GOAL, DEPLOY_GOAL = 1000.0, 50.0, 150.0


@click.command()
@click.option("--runs", default=3, show_default=True, help="Interleaved runs of the suite.")
@click.option("--tests", default=50, show_default=True, help="Tests in it.")
@click.option("--workers", default=0, help="Workers of pytest-xdist; 0 runs without it.")
@click.option("--only", type=click.Choice(["all", "suite", "cloud"]), default="all", help="Which figures.")
def main(runs: int, tests: int, workers: int, only: str) -> None:
    """Measure the test kit."""
    if only in ("all", "suite"):
        suite(runs, tests, workers)
    if only in ("all", "cloud"):
        cloud_figures()


def suite(runs: int, tests: int, workers: int) -> None:
    """Both suites by turns; a ratio is the median of the runs' own."""
    ours: list[Suite] = []
    theirs: list[Suite] = []
    for number in range(runs):
        click.echo(f"run {number + 1} of {runs}", err=True)
        for is_peer in (False, True) if number % 2 == 0 else (True, False):
            (theirs if is_peer else ours).append(one_suite(tests, workers, is_peer))
    pairs = list(zip(ours, theirs, strict=True))
    for what in ("seconds", "processor"):
        mine, other = (statistics.median(getattr(one, what) for one in all_) for all_ in (ours, theirs))
        ratio = statistics.median(getattr(one, what) / getattr(two, what) for one, two in pairs)
        click.echo(
            f"{tests} tests, {what:10}  groundcloud {mine:7.2f} s   ministack {other:7.2f} s   ratio {ratio:.2f}x"
        )
    click.echo(f"a deployment in the suite: {statistics.median(sum((one.deployments[1:] for one in ours), [])):.1f} ms")


@dataclass(frozen=True)
class Suite:
    """Wall time of one pytest, processor time of it and of what it started, and the milliseconds of each deployment."""

    seconds: float
    processor: float
    deployments: list[float]


def one_suite(tests: int, workers: int, is_peer: bool) -> Suite:
    with tempfile.TemporaryDirectory() as folder:
        note = Path(folder, "deployments")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull]
        command += ["--rootdir", str(HERE.parents[1]), "--import-mode=importlib", "-p", "groundcloud.testing.plugin"]
        command += [str(HERE), "--tests", str(tests), "--note", str(note)]
        command += ["--peer"] if is_peer else []
        command += ["-p", "xdist", "-n", str(workers)] if workers else []
        environ = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(HERE.parents[1])}
        before, began = _processor(), time.perf_counter()
        done = subprocess.run(command, env=environ, cwd=HERE.parents[1], capture_output=True, text=True, check=False)
        seconds, processor = time.perf_counter() - began, _processor() - before
        if done.returncode != 0:
            raise RuntimeError(f"{done.stdout[-3000:]}\n{done.stderr[-1000:]}")
        return Suite(seconds, processor, json.loads(note.read_text()) if note.exists() else [])


def _processor() -> float:
    """Processor seconds of children that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def cloud_figures() -> None:
    """Start of a session's cloud, a deployment by itself, a reset of everything; elapsed and of the processor."""
    starts = [_start() for _ in range(5)]
    _tell("session start", starts, SESSION_GOAL)
    home = Path(tempfile.mkdtemp(prefix="bench-"))
    cloud = _cloud(home)
    cloud.start()
    applications = Applications(cloud, TEMPLATE.parent)
    deploys, resets = [], []
    try:
        for _ in range(11):
            stage, watch = applications.stage(new_account()), Watch(cloud)
            stage.deploy(TEMPLATE, "app")
            deploys.append(watch.read())
            stage.invoke("GetTasks", {})
            stage.close()
            watch = Watch(cloud)
            cloud.reset()
            resets.append(watch.read())
    finally:
        applications.close()
        cloud.close()
        shutil.rmtree(home, ignore_errors=True)
    _tell("first deployment (packages, transforms)", deploys[:1], None)
    _tell("deploying CloudTask into an account", deploys[1:], DEPLOY_GOAL)
    _tell("first reset", resets[:1], None)
    _tell("reset after CloudTask was called", resets[1:], RESET_GOAL)


@dataclass(frozen=True)
class Taken:
    """Milliseconds: elapsed, and of the processor, in this process and the cloud's."""

    elapsed: float
    processor: float


class Watch:
    """Begins when it is made."""

    def __init__(self, cloud: EmbeddedCloud) -> None:
        self._cloud = cloud
        self._elapsed, self._processor = time.perf_counter(), self._used()

    def _used(self) -> float:
        if not self._cloud.running:
            return time.process_time()
        fields = Path(f"/proc/{self._cloud.child.pid}/stat").read_text().rpartition(")")[2].split()
        return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def read(self) -> Taken:
        elapsed = time.perf_counter() - self._elapsed
        return Taken(elapsed * 1000, (self._used() - self._processor) * 1000)


def _cloud(home: Path) -> EmbeddedCloud:
    return EmbeddedCloud(home, app_root=TEMPLATE.parent, settings={"persist": "0", "reload": "0"})


def _start() -> Taken:
    home = Path(tempfile.mkdtemp(prefix="bench-"))
    cloud = _cloud(home)
    try:
        watch = Watch(cloud)
        cloud.start()
        return watch.read()
    finally:
        cloud.close()
        shutil.rmtree(home, ignore_errors=True)


def _tell(what: str, taken: list[Taken], goal: float | None) -> None:
    elapsed, processor = (sorted(getattr(one, name) for one in taken) for name in ("elapsed", "processor"))
    middle = statistics.median(elapsed)
    text = f"{what:40}{middle:8.1f} ms ({elapsed[0]:.1f} to {elapsed[-1]:.1f})"
    text += f", processor {statistics.median(processor):.1f} ms"
    click.echo(text + ("" if goal is None else f"; goal {goal:.0f} ms {'met' if middle <= goal else 'MISSED'}"))


if __name__ == "__main__":
    main()
