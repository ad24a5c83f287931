"""The cloud under test as a process of its own, on a free port, with a working folder of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from groundcloud.testing.cloud import EmbeddedCloud
from tests.support.aws import Aws
from tests.support.processes import ROOT


class Cloud(EmbeddedCloud):
    """The test kit's, for the functions of this repository, with boto3 clients of any account that close with it."""

    def __init__(self, home: Path, *, port: int | None = None, app_root: Path = ROOT, **settings: str) -> None:
        super().__init__(home, app_root=app_root, port=port, settings=settings)
        self._accounts: dict[str, Aws] = {}

    def start(self) -> Cloud:
        super().start()
        return self

    def stop(self) -> int:
        for aws in self._accounts.values():
            aws.close()
        self._accounts.clear()
        return super().stop()

    def aws(self, account: str = "test") -> Aws:
        """boto3 for one account (12 digits), or the default account."""
        if account not in self._accounts:
            self._accounts[account] = Aws(self.endpoint, account)
        return self._accounts[account]

    def client(self, service: str, account: str = "test") -> Any:
        """A boto3 client in one account (12 digits), or the default account."""
        return self.aws(account).client(service)
