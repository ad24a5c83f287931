"""The cloud under test as a process of its own, on a free port, with a working folder of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from tests.support.aws import Aws
from tests.support.http import cloud_client
from tests.support.processes import ROOT, Child, clean_environ, free_port

START_DEADLINE = 30.0
"""Seconds: far above the second it takes, because the machine may be busy with other tests."""


class Cloud:
    """`ground serve` in the background. The same object can be stopped and started again on its folder and port."""

    def __init__(self, home: Path, *, port: int | None = None, app_root: Path = ROOT, **settings: str) -> None:
        self.home = home
        self.port = port or free_port()
        self.app_root = app_root
        self._settings = settings
        self._accounts: dict[str, Aws] = {}
        self._child: Child | None = None
        self.http = cloud_client(self.port)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environ(self) -> dict[str, str]:
        """The environment that any process of ours needs to mean this cloud."""
        named = {
            "PORT": str(self.port),
            "HOME": str(self.home),
            "APP_ROOT": str(self.app_root),
            **{name.upper(): value for name, value in self._settings.items()},
        }
        return clean_environ(**{f"GROUNDCLOUD_{name}": value for name, value in named.items()})

    @property
    def child(self) -> Child:
        assert self._child is not None, "the cloud was not started"
        return self._child

    def start(self) -> Cloud:
        """Start and wait until it is healthy."""
        self._child = Child(
            ["-m", "groundcloud.cli", "serve"], environ=self.environ, log=self.home / "logs" / "test-cloud.log"
        )
        self._child.wait_until(self.healthy, timeout=START_DEADLINE, what="the cloud's health route")
        return self

    def healthy(self) -> bool:
        try:
            return self.http.get("/_groundcloud/v1/health", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> int:
        """SIGTERM, wait; the exit status."""
        for aws in self._accounts.values():
            aws.close()
        self._accounts.clear()
        return self.child.stop()

    def close(self) -> None:
        """The end of the fixture: stop, and close what talks to it."""
        try:
            if self._child is not None and self._child.running:
                self.stop()
        finally:
            self.http.close()

    def control(self, path: str, method: str = "GET", **options: Any) -> httpx.Response:
        """Call one control route, for instance ``control("/mail")``."""
        return self.http.request(method, f"/_groundcloud/v1{path}", **options)

    def aws(self, account: str = "test") -> Aws:
        """boto3 for one account (12 digits), or the default account."""
        if account not in self._accounts:
            self._accounts[account] = Aws(self.endpoint, account)
        return self._accounts[account]

    def client(self, service: str, account: str = "test") -> Any:
        """A boto3 client in one account (12 digits), or the default account."""
        return self.aws(account).client(service)

    def api_url(self, api: str, stage: str, path: str = "") -> str:
        return f"http://{api}.execute-api.localhost:{self.port}/{stage}{path}"

    def website_url(self, bucket: str, path: str = "/") -> str:
        return f"http://{bucket}.s3-website.localhost:{self.port}{path}"

    def distribution_url(self, domain: str, path: str = "/") -> str:
        """`domain` is a distribution's DomainName, ``xxx.cloudfront.net``."""
        return f"http://{domain.partition('.')[0]}.cloudfront.localhost:{self.port}{path}"
