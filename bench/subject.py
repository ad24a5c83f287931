"""What is measured: a cloud as a process of its own, started and stopped by the bench."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

START_DEADLINE_SECONDS = 60
REGION = "us-east-1"
USER, PASSWORD = "bench@example.com", "Bench-mark-1"


class Subject:
    """One cloud. States: made → `start()` → answering → `stop()`. `health` is its health path."""

    name = ""
    health = ""

    def __init__(self) -> None:
        self.port = free_port()
        self.home = Path(tempfile.mkdtemp(prefix="bench-"))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Of the cloud's own process."""
        assert self._process is not None, "start() first"
        return self._process.pid

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return {}

    def start(self) -> float:
        """Start it; the seconds until its health route answers 200."""
        environment = {**os.environ, **self.environment()}
        began = time.perf_counter()
        log = (self.home / "log").open("wb")
        self._process = subprocess.Popen(
            self.command(), env=environment, stdout=log, stderr=log, start_new_session=True, cwd=self.home
        )
        while time.perf_counter() - began < START_DEADLINE_SECONDS:
            if self._process.poll() is not None:
                raise RuntimeError(f"{self.name} ended: {(self.home / 'log').read_text()[-2000:]}")
            try:
                with urllib.request.urlopen(self.endpoint + self.health, timeout=1) as answer:
                    if answer.status == 200:
                        return time.perf_counter() - began
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.005)
        raise RuntimeError(f"{self.name} was not healthy within {START_DEADLINE_SECONDS} s")

    def stop(self) -> None:
        """End it and whatever it started."""
        if self._process is None:
            return
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 0}),
        )

    def processor_seconds(self) -> float:
        """Processor time of the process so far (Linux)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Proportional set size of the process and all its descendants, in MB (Linux)."""
        return sum(_pss_kb(pid) for _, pid in self.processes()) / 1024

    def processes(self) -> list[tuple[int, int]]:
        """``(how far below the cloud's process, pid)`` of all of its processes, itself at 0 (Linux)."""
        return _tree(self.pid)


class Groundcloud(Subject):
    name = "groundcloud"
    health = "/_groundcloud/v1/health"

    def command(self) -> list[str]:
        return [sys.executable, "-m", "groundcloud.cli", "serve"]

    def environment(self) -> dict[str, str]:
        return {
            "GROUNDCLOUD_PORT": str(self.port),
            "GROUNDCLOUD_HOME": str(self.home / "home"),
            "GROUNDCLOUD_APP_ROOT": str(self.home),
        }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tree(root: int) -> list[tuple[int, int]]:
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [(0, root)]
    while waiting:
        depth, pid = waiting.pop()
        found.append((depth, pid))
        waiting += [(depth + 1, child) for child in parents.get(pid, [])]
    return found


def _pss_kb(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        pass
    return 0
