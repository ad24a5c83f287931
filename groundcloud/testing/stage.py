"""What a session has made ready, and what a test makes of it in its own account."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from groundcloud.deploy.doors import BotoDoor
from groundcloud.deploy.profile import Profile
from groundcloud.deploy.template import check_stack_name, stack_name_for
from groundcloud.errors import UserError
from groundcloud.testing.account import SECRET, Sessions, new_account
from groundcloud.testing.application import Application, prepare
from groundcloud.testing.building import CloudBuilder
from groundcloud.testing.cloud import Cloud, EmbeddedCloud
from groundcloud.testing.deployed import Deployed, Invoked, create, invoke
from groundcloud.testing.python import CloudPython


class Applications:
    """The templates of one session, each prepared when first asked for, in an account that no test gets."""

    def __init__(self, cloud: Cloud, root: Path) -> None:
        self._cloud = cloud
        self._root = root
        self._known: dict[tuple[Path, tuple[tuple[str, str], ...]], Application] = {}
        self._stage: Stage | None = None
        self.sessions = Sessions()
        self._builds = tempfile.TemporaryDirectory(prefix="groundcloud-builds-")

    def stage(self, account: str) -> Stage:
        return Stage(self, self._cloud, account)

    def path(self, template: str | Path) -> Path:
        path = (self._root / template).resolve()
        if not path.is_file():
            raise UserError(f"There is no template {path}", "It is relative to the folder that pytest calls rootdir")
        return path

    def ready(self, path: Path, parameters: dict[str, str]) -> Application:
        """Parameters may decide what a transform makes of a template, so they are part of what is kept."""
        key = (path, tuple(sorted(parameters.items())))
        if key not in self._known:
            if self._stage is None:
                self._stage = self.stage(new_account())
            self._known[key] = self._stage.prepare(path, parameters, self._builder())
        return self._known[key]

    def _builder(self) -> CloudBuilder:
        python = self._cloud.python if isinstance(self._cloud, EmbeddedCloud) else CloudPython.this()
        return CloudBuilder(Path(self._builds.name), python)

    def close(self) -> None:
        if self._stage is not None:
            self._stage.close()
            self._cloud.release(self._stage.account)
        self._builds.cleanup()


class Stage:
    """One account, and a door to it."""

    def __init__(self, applications: Applications, cloud: Cloud, account: str) -> None:
        self._applications = applications
        self._cloud = cloud
        self._profile = Profile("embedded", cloud.region, account, cloud.endpoint, account, SECRET)
        self.account = account
        self._door = BotoDoor(self._profile, applications.sessions.shared)

    def prepare(self, path: Path, parameters: dict[str, str], builder: CloudBuilder) -> Application:
        # LocalStack's CloudFormation does not hand out what its transform made of a change set.
        transform = self._cloud.engine != "localstack"
        return prepare(path, parameters, self._door, self._profile.account, builder, transform=transform)

    def deploy(self, template: str | Path, stack: str = "", /, **parameters: str) -> Deployed:
        """Deploy `template` as the stack `stack` (by default named after the template's place) with these parameters.
        Raises `UserError` with CloudFormation's reasons."""
        path = self._applications.path(template)
        name = check_stack_name(stack or stack_name_for(path))
        application = self._applications.ready(path, parameters)
        return create(self._cloud, self._door, self._profile, application, name, parameters)

    def invoke(self, function: str, event: Any = None, *, stack: str = "") -> Invoked:
        """Call a function by its logical id (in `stack`, where several have it) or its name."""
        return invoke(self._door, function, {} if event is None else event, stack)

    def close(self) -> None:
        self._door.close()
