"""The cloud under test: one that runs somewhere, or one that is started for the session."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from groundcloud.errors import UserError
from groundcloud.settings import Settings
from groundcloud.testing.http import cloud_client
from groundcloud.testing.process import Child, clean_environ, free_port
from groundcloud.testing.python import CloudPython

START_SECONDS = 120.0
"""Far above the second it takes, because the machine may be busy with other tests."""

_ATTEMPTS = 3


class Cloud:
    """A cloud that somebody else has started, and how to reach what is in it. `http` resolves its host names."""

    def __init__(self, endpoint: str) -> None:
        parts = urlsplit(endpoint)
        if parts.scheme != "http" or not parts.hostname:
            raise UserError(f"{endpoint} is no address of a cloud", "It looks like http://127.0.0.1:4566")
        self.host, self.port = parts.hostname, parts.port or 80
        self.http = cloud_client(self.port, host=self.host)
        self.region = Settings.region

    @property
    def endpoint(self) -> str:
        return f"http://{self.host}:{self.port}"

    def healthy(self) -> bool:
        try:
            return self.http.get("/_groundcloud/v1/health", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    @cached_property
    def engine(self) -> str:
        """What is behind the edge: ``embedded`` or ``localstack``."""
        return str(self.control("/health").json()["engine"])

    def control(self, path: str, method: str = "GET", **options: Any) -> httpx.Response:
        """Call one control route, for instance ``control("/mail")``."""
        return self.http.request(method, f"/_groundcloud/v1{path}", **options)

    def reset(self, account: str = "", service: str = "") -> list[str]:
        """Forget everything, or what one account holds, or what is one service's. Returns the services that an
        account's reset does not cover and that hold something of it, or may. Raises `UserError`."""
        asked = {name: value for name, value in {"account": account, "service": service}.items() if value}
        answer = self.control("/reset", "POST", json=asked, timeout=120)
        if answer.status_code != 200:
            raise UserError(f"The cloud was not reset: {answer.text}")
        done = answer.json()
        return [*done.get("left", ()), *done.get("unknown", ())]

    def release(self, account: str) -> None:
        """A test is done with `account`: what it holds would stay for ever in a cloud that outlives the session. What
        could not be deleted is a warning."""
        try:
            self.reset(account)
        except (UserError, httpx.TransportError) as error:
            warnings.warn(f"Account {account} could not be emptied: {error}", stacklevel=2)

    def api_url(self, api: str, stage: str, path: str = "") -> str:
        """The address of `path` in a stage. The stage ``$default`` of an HTTP API has no name in its addresses:
        https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html"""
        named = "" if stage == "$default" else f"/{stage}"
        return f"http://{api}.execute-api.localhost:{self.port}{named}{path}"

    def website_url(self, bucket: str, path: str = "/") -> str:
        return f"http://{bucket}.s3-website.localhost:{self.port}{path}"

    def distribution_url(self, domain: str, path: str = "/") -> str:
        """`domain` is a distribution's DomainName, ``xxx.cloudfront.net``."""
        return f"http://{domain.partition('.')[0]}.cloudfront.localhost:{self.port}{path}"

    @property
    def running(self) -> bool:
        """Whether it still answers, as far as this session knows. The session's last report comes after `close`."""
        return not self.http.is_closed

    def log_tail(self, whole: bool = True) -> str:
        """The end of what it wrote, or, where that is known, of what it wrote since `mark_log`; empty when it writes
        elsewhere."""
        return ""

    def mark_log(self) -> None:
        """What is written from now on is another test's."""

    def close(self) -> None:
        self.http.close()


class EmbeddedCloud(Cloud):
    """`ground serve` in the background. The same object can be stopped and started again on its folder and port.

    `settings` are named as the variables without their prefix, in lower case: ``{"persist": "0"}``.
    """

    def __init__(
        self,
        home: Path,
        *,
        app_root: Path,
        python: CloudPython | None = None,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"http://127.0.0.1:{port or free_port()}")
        self.home = home
        self.app_root = app_root
        self.python = python or CloudPython.this()
        self._settings = settings or {}
        self._may_move = port is None
        self._child: Child | None = None
        self._marked = 0

    @property
    def environ(self) -> dict[str, str]:
        """The environment that any process of ours needs to mean this cloud."""
        named: Mapping[str, str] = {
            "PORT": str(self.port),
            "HOME": str(self.home),
            "APP_ROOT": str(self.app_root),
            **{name.upper(): value for name, value in self._settings.items()},
        }
        variables = {f"GROUNDCLOUD_{name}": value for name, value in named.items()}
        return clean_environ(**variables, **self.python.environ)

    @property
    def child(self) -> Child:
        assert self._child is not None, "the cloud was not started"
        return self._child

    def start(self) -> EmbeddedCloud:
        """Start and wait until it is healthy. Raises `AssertionError` with its log."""
        for attempt in range(_ATTEMPTS):
            self._child = Child(
                ["-m", "groundcloud.cli", "serve"],
                environ=self.environ,
                log=self.home / "logs" / "test-cloud.log",
                folder=self.home,
                python=self.python.executable,
            )
            try:
                self._child.wait_until(self.healthy, timeout=START_SECONDS, what="the cloud's health route")
                break
            except AssertionError as error:
                # Somebody has taken the port between our look and the cloud's.
                if "is in use by another program" not in str(error) or not self._may_move or attempt == _ATTEMPTS - 1:
                    raise
                self.http.close()
                self.port = free_port()
                self.http = cloud_client(self.port)
        return self

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.running

    def release(self, account: str) -> None:
        """It ends with the cloud."""

    def log_tail(self, whole: bool = True) -> str:
        return self.child.log_tail(since=0 if whole else self._marked)

    def mark_log(self) -> None:
        self._marked = self.child.log_size()

    def stop(self) -> int:
        """SIGTERM, wait; the exit status."""
        return self.child.stop()

    def close(self) -> None:
        """The end of the fixture: stop, and close what talks to it."""
        try:
            if self.running:
                self.stop()
        finally:
            self.http.close()
