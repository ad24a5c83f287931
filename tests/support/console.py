"""The console as a process of its own, in front of a cloud under test."""

from __future__ import annotations

from pathlib import Path

import httpx

from tests.support.processes import Child, free_port


class Console:
    """`python -m ui` in the background. `environ` names the cloud it shows, whether that runs or not."""

    def __init__(self, environ: dict[str, str], log: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environ = environ | {"GROUNDCLOUD_UI_PORT": str(self.port)}
        self._log = log
        self._child: Child | None = None

    def start(self) -> Console:
        self._child = Child(["-m", "ui"], environ=self._environ, log=self._log)
        self._child.wait_until(self._answers, timeout=60, what="the console")
        return self

    @property
    def pid(self) -> int:
        assert self._child is not None, "start() first"
        return self._child.pid

    def stop(self) -> int:
        """SIGTERM, wait; the exit status."""
        return self._child.stop() if self._child is not None else 0

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/static/console.css", timeout=2, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False
