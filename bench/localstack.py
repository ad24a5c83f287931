"""A POST on profile localstack: through our edge, and through LocalStack's own gateway: `python -m bench.localstack`.

One LocalStack (started without Docker), one stack in it, one API, called by turns at both addresses. LocalStack's own
way does less than ours, and ends in a quicker runtime than its own: its community edition checks no authorizer, and its
Lambda runtime needs Docker, so that its invocations end in ours too, through the plugin's executor.
"""

from __future__ import annotations

import shutil
import statistics
from pathlib import Path

import click

from bench.scenario import BODY, STAGE, Application, Caller, deploy, sign_in
from bench.subject import Groundcloud, free_port
from bench.wire import Connection, request
from groundcloud.hostengine.engine import HostEngine
from groundcloud.hostengine.install import Installer
from groundcloud.hostengine.launch import Launch
from groundcloud.hostengine.machine import Machine

ROOT = Path(__file__).resolve().parents[1]
GOAL = 0.4
WARM_UP = 20
PATHS = ("/logging", "/silent")


class OverLocalStack(Groundcloud):
    """Our cloud with a LocalStack of its own behind it."""

    def __init__(self) -> None:
        super().__init__()
        home = ROOT / ".groundcloud" / "localstack"
        installed = Installer(home, ROOT / "localstack" / "plugin", click.echo, Machine()).ensure()
        self.localstack_port = free_port()
        self._engine = HostEngine(Launch(installed, self.home / "localstack", self.localstack_port, self.endpoint))

    def environment(self) -> dict[str, str]:
        return {
            **super().environment(),
            "GROUNDCLOUD_PROFILE": "localstack",
            "GROUNDCLOUD_LOCALSTACK_URL": self._engine.address,
        }

    def start(self) -> float:
        self._engine.start()
        return super().start()

    def stop(self) -> None:
        super().stop()
        self._engine.stop()


class OwnGateway(Caller):
    """The same API at LocalStack's own address."""

    def __init__(self, subject: OverLocalStack, application: Application) -> None:
        super().__init__(subject, application)
        self.connection = Connection(subject.localstack_port)
        self._api = application.api_id

    def message(self, method: str, path: str) -> bytes:
        headers = {**self._headers, "Host": f"localhost:{self.connection.socket.getpeername()[1]}"}
        body = BODY if method == "POST" else b""
        return request(method, f"/restapis/{self._api}/{STAGE}/_user_request_{path}", headers, body)


def measure(subject: OverLocalStack, application: Application, count: int) -> dict[str, tuple[float, float]]:
    """Median milliseconds of a POST, ours and LocalStack's own, by handler."""
    found = {}
    for path in PATHS:
        callers = (Caller(subject, application), OwnGateway(subject, application))
        messages = [caller.message("POST", path) for caller in callers]
        samples: tuple[list[float], list[float]] = ([], [])
        for number in range(WARM_UP + count):
            for caller, message, taken in zip(callers, messages, samples, strict=True):
                elapsed = caller.timed(message)
                if number >= WARM_UP:
                    taken.append(elapsed)
        found[path] = (statistics.median(samples[0]), statistics.median(samples[1]))
    return found


@click.command()
@click.option("--runs", default=5, show_default=True, help="Runs; both addresses are called by turns within each.")
@click.option("--calls", "count", default=100, show_default=True, help="Calls an address, handler and run.")
def main(runs: int, count: int) -> None:
    """Measure profile localstack: our edge against LocalStack's own gateway."""
    subject = OverLocalStack()
    collected: dict[str, list[tuple[float, float]]] = {path: [] for path in PATHS}
    try:
        subject.start()
        _, outputs = deploy(subject)
        application = sign_in(subject, outputs)
        for _ in range(runs):
            for path, pair in measure(subject, application, count).items():
                collected[path].append(pair)
    finally:
        subject.stop()
        shutil.rmtree(subject.home, ignore_errors=True)
    for path, pairs in collected.items():
        ours, own = (statistics.median(each) for each in zip(*pairs, strict=True))
        ratio = statistics.median(first / second for first, second in pairs)
        verdict = "met" if ratio <= GOAL else "missed"
        click.echo(
            f"POST {path[1:]} handler: through the edge {ours:.2f} ms, LocalStack's own gateway {own:.2f} ms, "
            f"ratio {ratio:.2f} (goal {GOAL}: {verdict})"
        )


if __name__ == "__main__":
    main()
