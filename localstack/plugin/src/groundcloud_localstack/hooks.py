"""What the plugin does when LocalStack starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from localstack.runtime import hooks
from localstack.utils.patch import patch
from localstack.utils.run import ShellCommandThread

from groundcloud_localstack.agents import without_missing_agents


@hooks.on_infra_start()
def drop_missing_agents() -> None:
    """Let Java programs start without the agents that are not there."""

    @patch(ShellCommandThread.__init__)
    def start(original: Any, self: ShellCommandThread, cmd: Any, *args: Any, **kwargs: Any) -> None:
        if isinstance(cmd, list):
            cmd = without_missing_agents(cmd, lambda jar: Path(jar).exists())
        original(self, cmd, *args, **kwargs)
