"""Whether memory stays flat while somebody looks on: `python -m bench.soak`.

A cloud, its console, and Chromium with Requests and Logs open, both live. A function behind API Gateway and a Cognito
authorizer reads an item, 10,000 times. It logs nothing, START and REPORT included (JSON logs, system level WARN), so
that a request leaves nothing that is a user's: what grows then is ours. `--logging` lets it log: what a line weighs in
CloudWatch Logs comes on top, until its log group's retention ends.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from playwright.sync_api import CDPSession, Page

from bench.scenario import Caller, deploy, sign_in
from bench.subject import Groundcloud
from tests.support.browser import chromium
from tests.support.console import Console

PARTS = 10
WARM_PARTS = 2
"""What is filled for the first time fills in these: caches, rings, the server's buffers."""

GOAL_MB = 8.0
SETTLE_SECONDS = 3.0
PAGES = ("/requests", "/logs")
QUIET = {"LogFormat": "JSON", "SystemLogLevel": "WARN", "ApplicationLogLevel": "ERROR"}


@dataclass
class Grown:
    """MB after each part, by whom: the cloud, the console, each page's JavaScript."""

    parts: dict[str, list[float]] = field(default_factory=dict)

    def note(self, name: str, megabytes: float) -> None:
        self.parts.setdefault(name, []).append(megabytes)

    def show(self) -> None:
        for name, found in self.parts.items():
            grown = found[-1] - found[WARM_PARTS]
            verdict = "met" if grown <= GOAL_MB else "MISSED"
            line = " → ".join(f"{each:.1f}" for each in found)
            click.echo(f"{name:16} {line} MB: {grown:+.1f} after the first {WARM_PARTS} parts  {verdict}: ≤ {GOAL_MB}")


def resident_mb(pid: int) -> float:
    """Resident memory of one process (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def silence(cloud: Groundcloud) -> None:
    """Have the function that the soak calls log nothing at all."""
    functions = cloud.client("lambda")
    for each in functions.list_functions()["Functions"]:
        if "Silent" in each["FunctionName"]:
            functions.update_function_configuration(FunctionName=each["FunctionName"], LoggingConfig=QUIET)


@contextmanager
def looked_at(console: Console) -> Iterator[dict[str, CDPSession]]:
    """The console's live pages in a browser, and a way to ask each how much it holds."""
    with chromium() as browser:
        sessions: dict[str, CDPSession] = {}
        for path in PAGES:
            page: Page = browser.new_page()
            page.goto(console.url + path)
            sessions[f"page {path}"] = page.context.new_cdp_session(page)
        yield sessions


def heap_mb(session: CDPSession) -> float:
    """What a page's JavaScript holds when its garbage was collected."""
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics: list[dict[str, Any]] = session.send("Performance.getMetrics")["metrics"]
    return next(float(each["value"]) for each in metrics if each["name"] == "JSHeapUsedSize") / 1e6


def soak(cloud: Groundcloud, console: Console, caller: Caller, message: bytes, requests: int) -> Grown:
    grown = Grown()
    with looked_at(console) as pages:

        def note() -> None:
            grown.note("cloud", resident_mb(cloud.pid))
            grown.note("console", resident_mb(console.pid))
            for name, session in pages.items():
                grown.note(name, heap_mb(session))

        note()
        for _ in range(PARTS):
            for _ in range(requests // PARTS):
                caller.timed(message)
            time.sleep(SETTLE_SECONDS)
            note()
    return grown


@click.command()
@click.option("--requests", default=10_000, show_default=True)
@click.option("--logging", is_flag=True, help="Call the function that logs.")
def main(requests: int, *, logging: bool) -> None:
    """Soak a cloud with its console open."""
    cloud = Groundcloud()
    try:
        cloud.start()
        console = Console(cloud.environment(), cloud.home / "console.log").start()
        try:
            _, outputs = deploy(cloud)
            caller = Caller(cloud, sign_in(cloud, outputs))
            if not logging:
                silence(cloud)
            message = caller.message("GET", "/logging" if logging else "/silent")
            caller.timed(message)
            soak(cloud, console, caller, message, requests).show()
        finally:
            console.stop()
    finally:
        cloud.stop()
        shutil.rmtree(cloud.home, ignore_errors=True)


if __name__ == "__main__":
    main()
