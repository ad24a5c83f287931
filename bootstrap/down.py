"""Ends what `up` started, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

from bootstrap import localstack
from bootstrap.process import stop
from bootstrap.runfile import RunFile
from groundcloud.deploy.report import Reporter
from groundcloud.settings import Settings

FORGOTTEN = ("state", "state-localstack", "localstack/run", "build", "logs")
"""What CLEAN=1 removes. What the tests brought in (`tools`) stays: it is no state."""


def stop_services(settings: Settings, reporter: Reporter) -> list[str]:
    """End the processes noted in ``run.json``, the last one started first; the names of those that ran."""
    runfile = RunFile(settings.home / "run.json")
    stopped = []
    for process in reversed(runfile.all()):
        reporter.step(f"Stopping the {process.name}")
        if stop(process):
            stopped.append(process.name)
        if process.name == localstack.NAME:
            localstack.of(settings, reporter.step).end_left_over()
        runfile.remove(process.name)
    return stopped


def forget(home: Path) -> list[str]:
    """Remove all state; what there was."""
    gone = []
    for name in FORGOTTEN:
        folder = home / name
        if folder.exists():
            shutil.rmtree(folder)
            gone.append(name)
    traces = list(home.glob("traces.sqlite*"))  # SQLite keeps two more files beside it
    for file in traces:
        file.unlink()
    return [*gone, "traces"] if traces else gone
