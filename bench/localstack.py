"""A POST on profile localstack: through our edge, and through LocalStack's own gateway: `python -m bench.localstack`.

One LocalStack (started without Docker), one stack in it, one API, called by turns at both addresses. LocalStack's own
way does less than ours, and ends in a quicker runtime than its own: its community edition checks no authorizer, and its
Lambda runtime needs Docker, so that its invocations end in ours too, through the plugin's executor. The item that the
handler writes takes the same way from both. What that takes is measured too, by the same request at both addresses.
"""

from __future__ import annotations

import json
import shutil
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from bench.scenario import BODY, STAGE, Application, Caller, deploy, sign_in
from bench.subject import REGION, Groundcloud, free_port
from bench.wire import Connection, request
from groundcloud.hostengine.engine import HostEngine
from groundcloud.hostengine.install import Installer
from groundcloud.hostengine.launch import Launch
from groundcloud.hostengine.machine import Machine

ROOT = Path(__file__).resolve().parents[1]
GOAL = 0.4
WARM_UP = 20
PATHS = ("/logging", "/silent")
PUT = "PutItem alone"


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


class PutItem:
    """The handler's PutItem at one of the two addresses, as the account's administrator."""

    def __init__(self, subject: OverLocalStack, application: Application, port: int) -> None:
        self._connection = Connection(port)
        # Signed by AWS's own code, for minutes: as long as one of the runs takes.
        item = {"id": {"S": "one"}, "body": {"S": BODY.decode()}}
        body = json.dumps({"TableName": application.table, "Item": item}).encode()
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.PutItem"}
        signed = AWSRequest("POST", f"http://127.0.0.1:{port}/", headers, body)
        SigV4Auth(Credentials("test", "test"), "dynamodb", REGION).add_auth(signed)
        self._message = request("POST", "/", {"Host": f"127.0.0.1:{port}", **dict(signed.headers.items())}, body)

    def timed(self) -> float:
        """One call; its milliseconds."""
        began = time.perf_counter()
        self._connection.call(self._message)
        return (time.perf_counter() - began) * 1000


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
    """Median milliseconds at our address and at LocalStack's, of a POST by handler and of PutItem."""
    found = {}
    for path in PATHS:
        callers = (Caller(subject, application), OwnGateway(subject, application))
        found[f"POST {path[1:]} handler"] = _by_turns(
            [partial(caller.timed, caller.message("POST", path)) for caller in callers], count
        )
    ports = (subject.port, subject.localstack_port)
    found[PUT] = _by_turns([PutItem(subject, application, port).timed for port in ports], count)
    return found


def _by_turns(calls: list[Callable[[], float]], count: int) -> tuple[float, float]:
    samples: tuple[list[float], list[float]] = ([], [])
    for number in range(WARM_UP + count):
        for call, taken in zip(calls, samples, strict=True):
            elapsed = call()
            if number >= WARM_UP:
                taken.append(elapsed)
    return statistics.median(samples[0]), statistics.median(samples[1])


@click.command()
@click.option("--runs", default=5, show_default=True, help="Runs; both addresses are called by turns within each.")
@click.option("--calls", "count", default=100, show_default=True, help="Calls an address, handler and run.")
def main(runs: int, count: int) -> None:
    """Measure profile localstack: our edge against LocalStack's own gateway."""
    subject = OverLocalStack()
    collected: dict[str, list[tuple[float, float]]] = {}
    try:
        subject.start()
        _, outputs = deploy(subject)
        application = sign_in(subject, outputs)
        for _ in range(runs):
            for what, pair in measure(subject, application, count).items():
                collected.setdefault(what, []).append(pair)
    finally:
        subject.stop()
        shutil.rmtree(subject.home, ignore_errors=True)
    for what, pairs in collected.items():
        ours, own = (statistics.median(each) for each in zip(*pairs, strict=True))
        ratio = statistics.median(first / second for first, second in pairs)
        verdict = "" if what == PUT else f" (goal {GOAL}: {'met' if ratio <= GOAL else 'missed'})"
        click.echo(f"{what}: through the edge {ours:.2f} ms, at LocalStack {own:.2f} ms, ratio {ratio:.2f}{verdict}")


if __name__ == "__main__":
    main()
