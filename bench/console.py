"""How long the console's pages take with many spans in the store: `python -m bench.console`.

A cloud starts on a store that was filled before, the bench's application is deployed into it, and in this process every
page of the console is asked for that can be opened by its address alone, and the trace in the middle of the store.
Processor time of both processes, which other work on the machine does not disturb, and elapsed time.
"""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import click
from flask.testing import FlaskClient

from bench.scenario import deploy
from bench.subject import Groundcloud
from bench.trace_store import BEGAN, fill, trace_id
from groundcloud.settings import Settings
from groundcloud.trace.store import Store
from ui import create_app
from ui.views import SCREENS
from ui.warm import warm_up

LIMIT_MS = 200
REPEATS = 10


class Full(Groundcloud):
    """A cloud with so many spans in its store, however old they are."""

    def __init__(self, spans: int) -> None:
        super().__init__()
        folder = self.home / "home"
        folder.mkdir()
        store = Store(folder / "traces.sqlite")
        fill(store, spans)
        store.close()
        self._spans = spans

    def environment(self) -> dict[str, str]:
        hours = int(time.time() - BEGAN) // 3600 + 24
        bounds = {"GROUNDCLOUD_TRACES_SPANS": str(self._spans * 2), "GROUNDCLOUD_TRACES_HOURS": str(hours)}
        return super().environment() | bounds


def addresses(spans: int) -> Iterator[str]:
    """What is asked for. 8 steps are two traces: the one in the middle, and its neighbour to compare it with."""
    middle, next_one = trace_id(spans // 8), trace_id(spans // 8 + 1)
    for screen in SCREENS:
        yield from (page.path for page in screen.pages if "<" not in page.path)
    yield from ("/requests?status=error", "/requests?q=zzzzzz", "/requests?service=dynamodb&minMs=40")
    yield from (f"/requests/{middle}", f"/requests/{middle}/edit", f"/compare?a={middle}&b={next_one}")


def measured(visitor: FlaskClient, cloud: Groundcloud, address: str) -> tuple[float, float] | None:
    """Milliseconds of both processors for one page, and median of those elapsed; None for a page that wants a query."""
    base = f"http://127.0.0.1:{Settings().ui_port}"
    status = visitor.get(address, base_url=base).status_code
    if 400 <= status < 500:
        return None
    assert status == 200, f"{address} answered {status}"
    elapsed, spent = [], time.process_time() + cloud.processor_seconds()
    for _ in range(REPEATS):
        began = time.perf_counter()
        visitor.get(address, base_url=base)
        elapsed.append((time.perf_counter() - began) * 1000)
    spent = time.process_time() + cloud.processor_seconds() - spent
    return spent * 1000 / REPEATS, statistics.median(elapsed)


@click.command()
@click.option("--spans", default=100_000, show_default=True)
def main(spans: int) -> None:
    """Fill a store, start a cloud on it, and open every page of the console."""
    cloud = Full(spans)
    try:
        cloud.start()
        deploy(cloud)
        app = create_app(Settings(port=cloud.port, home=Path(cloud.home)))
        warm_up(app).join()
        for address in addresses(spans):
            found = measured(app.test_client(), cloud, address)
            if found is None:
                continue
            processor, elapsed = found
            verdict = "met" if processor <= LIMIT_MS else "MISSED"
            click.echo(f"{address:90.90} {processor:6.1f} ms of both processors, {elapsed:6.1f} elapsed  {verdict}")
    finally:
        cloud.stop()
        shutil.rmtree(cloud.home, ignore_errors=True)


if __name__ == "__main__":
    main()
