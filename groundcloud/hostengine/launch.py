"""The command that runs a LocalStack: settings as data, and the folders it expects.

LocalStack takes its settings from the environment and its programs from folders of a container's file system. Its
environment is made from nothing, so that no `AWS_*` or setting of the shell reaches it, and the folders are links below
a root of its own.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from groundcloud.hostengine.install import Installed
from groundcloud.hostengine.versions import KINESIS, LOCALSTACK

HEALTH_PATH = "/_localstack/health"
_LIBRARIES = Path("usr/lib/localstack")
"""Where LocalStack looks below its root for what its image ships: ``PACKAGE/VERSION``."""


@dataclass(frozen=True)
class Launch:
    """How one LocalStack runs. `folder` is its own: root, temporary files, caches. `cloud_url` is where the plugin
    finds our cloud; `settings` are further ones of LocalStack's, and win."""

    installed: Installed
    folder: Path
    port: int
    cloud_url: str = "http://127.0.0.1:4566"
    host: str = "127.0.0.1"
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Everything LocalStack sees."""
        folder = self.folder.resolve()
        node = Path(self.installed.npm[0]).parent
        return {
            "PATH": f"{folder}/bin:{self.installed.java_home}/bin:{node}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": str(folder / "home"),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "GATEWAY_LISTEN": f"{self.host}:{self.port}",
            "OVERRIDE_IN_DOCKER": "0",
            "FILESYSTEM_ROOT": str(folder / "root"),
            "TMPDIR": str(folder / "tmp"),
            "LOCALSTACK_VOLUME_DIR": str(folder / "volume"),
            # No name server, no downloaded certificate, nothing told to anybody.
            "DNS_ADDRESS": "0",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "DISABLE_EVENTS": "1",
            "EAGER_SERVICE_LOADING": "0",
            "PROVIDER_OVERRIDE_DYNAMODB": "v2",
            "PROVIDER_OVERRIDE_DYNAMODBSTREAMS": "v2",
            "DYNAMODB_IN_MEMORY": "1",
            "CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES": "0",
            **self._plugin_settings(),
            **self.settings,
        }

    @property
    def command(self) -> tuple[str, ...]:
        """The whole of it in one command, environment included: `env -i` makes it from nothing."""
        words = [f"{name}={value}" for name, value in self.environment.items()]
        return ("env", "-i", *words, str(self.installed.python), "-m", "localstack.runtime.main")

    def prepare(self) -> None:
        """Make the folders and links. What they lead to may have moved since the last time."""
        for name in ("bin", "root", "tmp", "volume", "home"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        libraries = self.folder / "root" / _LIBRARIES
        _link(libraries / "dynamodb-local" / "2", self.installed.dynamodb_local)
        # LocalStack asks for 21; DynamoDB Local runs on 17 as well.
        _link(libraries / "java" / "21", self.installed.java_home)
        _link(libraries / Path(*KINESIS), self.installed.kinesis)
        # LocalStack calls npm for what it runs in Node.js and does not find.
        npm = self.folder / "bin" / "npm"
        npm.write_text(f'#!/bin/sh\nexec {shlex.join(self.installed.npm)} "$@"\n')
        npm.chmod(0o755)

    def _plugin_settings(self) -> dict[str, str]:
        if not self.installed.plugin:
            return {}
        return {
            "GROUNDCLOUD_URL": self.cloud_url,
            "LAMBDA_RUNTIME_EXECUTOR": "groundcloud",
            "LAMBDA_SYNCHRONOUS_CREATE": "1",
            # Addresses that LocalStack makes up lead to the cloud in front of it.
            "LOCALSTACK_HOST": f"localhost.localstack.cloud:{urlsplit(self.cloud_url).port or 80}",
            "SQS_ENDPOINT_STRATEGY": "path",
            # The cloud has verified signatures, and tells roles by the form of their keys.
            "S3_SKIP_SIGNATURE_VALIDATION": "1",
            "PARITY_AWS_ACCESS_KEY_ID": "1",
        }


def is_healthy(answer: bytes) -> bool:
    """Whether the answer of the health route is that of the LocalStack that was started."""
    try:
        return bool(json.loads(answer)["version"] == LOCALSTACK)
    except (ValueError, KeyError, TypeError):
        return False


def _link(link: Path, target: Path) -> None:
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.is_symlink():
        link.unlink()
    link.symlink_to(target)
