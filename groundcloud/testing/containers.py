"""Our images under test by testcontainers: LocalStack with our plugin, and the cloud in front of it, as one thing.

    with LocalStackCloud() as cloud:
        boto3.client("s3", endpoint_url=cloud.endpoint, …)

Needs a Docker engine and the extra `groundcloud[containers]`. The images are made by `docker compose build` in a
checkout of Groundcloud; their names are never looked for in a registry. What testcontainers reads from the environment
and from ``~/.testcontainers.properties`` holds here too: which engine, whether its reaper runs.
https://testcontainers-python.readthedocs.io/en/latest/features/configuration/
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import docker.errors
import httpx
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient
from testcontainers.core.network import Network
from testcontainers.core.waiting_utils import WaitStrategy, WaitStrategyTarget

from groundcloud.errors import UserError
from groundcloud.testing.cloud import Cloud
from groundcloud.testing.process import quiet_port

START_SECONDS = 300
"""For a container to answer. LocalStack takes some seconds; the machine may be busy."""

LOOPBACK = "127.0.0.1"
_POLL_SECONDS = 0.1
_PROBE_SECONDS = 5
_LOG_LINES = 40
_LOCALSTACK_PORT = 4566
_SHUT: dict[str, Any] = {"cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"]}
_CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Images:
    """Names of images on this machine. The defaults are what docker-compose.yml calls them."""

    cloud: str = "groundcloud/cloud"
    localstack: str = "groundcloud/localstack"


class Answers(WaitStrategy):
    """Waits until `path` answers 200 at the published port. A container that has ended is not waited for; no proxy is
    asked."""

    def __init__(self, port: int, path: str) -> None:
        super().__init__()
        self._port, self._path = port, path
        self.with_startup_timeout(START_SECONDS).with_poll_interval(_POLL_SECONDS)

    def wait_until_ready(self, container: WaitStrategyTarget) -> None:
        """Raises `UserError` with the end of the container's log when it does not get ready."""
        deadline = time.monotonic() + self._startup_timeout
        with httpx.Client(trust_env=False, timeout=_PROBE_SECONDS) as client:
            while not self._answers(client, container):
                container.reload()
                if container.status in ("exited", "dead"):
                    raise UserError(f"The container ended while it started\n{_log_tail(container)}")
                if time.monotonic() > deadline:
                    raise UserError(f"The container does not answer {self._path}\n{_log_tail(container)}")
                time.sleep(self._poll_interval)

    def _answers(self, client: httpx.Client, container: WaitStrategyTarget) -> bool:
        try:
            address = f"http://{container.get_container_host_ip()}:{container.get_exposed_port(self._port)}"
            return client.get(address + self._path).status_code == 200
        except (httpx.TransportError, OSError, StopIteration):  # or testcontainers found that it has ended meanwhile
            return False


class LocalStackContainer(DockerContainer):
    """LocalStack with our plugin, which finds the cloud at `cloud_url`. With an `auth_token` the image has to be one
    that takes it."""

    def __init__(
        self, cloud_url: str, image: str = Images.localstack, auth_token: str = "", secret_access_key: str = "test"
    ) -> None:
        super().__init__(image)
        self.with_envs(
            GROUNDCLOUD_URL=cloud_url,
            GROUNDCLOUD_SECRET_ACCESS_KEY=secret_access_key,
            LOCALSTACK_HOST=f"localhost.localstack.cloud:{cloud_url.rpartition(':')[2]}",
            LOCALSTACK_AUTH_TOKEN=auth_token,
        )
        self.with_kwargs(**_SHUT)
        _publish(self, _LOCALSTACK_PORT)
        self.waiting_for(Answers(_LOCALSTACK_PORT, "/_localstack/health"))


class CloudContainer(DockerContainer):
    """The cloud with LocalStack at `localstack_url` behind it. It listens on the same port inside as outside, because
    the addresses that it hands out have it. `settings` are further `GROUNDCLOUD_*` variables; sources below `app_root`
    run as they are saved."""

    def __init__(
        self,
        localstack_url: str,
        image: str = Images.cloud,
        port: int = 0,
        settings: dict[str, str] | None = None,
        app_root: Path | None = None,
    ) -> None:
        super().__init__(image)
        self.cloud_port = port or quiet_port()
        host = self.get_docker_client().host()
        self.with_envs(
            GROUNDCLOUD_HOST=LOOPBACK,
            GROUNDCLOUD_BIND="0.0.0.0",
            GROUNDCLOUD_PORT=str(self.cloud_port),
            GROUNDCLOUD_PROFILE="localstack",
            GROUNDCLOUD_LOCALSTACK_URL=localstack_url,
            GROUNDCLOUD_HOME="/var/lib/groundcloud",
            GROUNDCLOUD_ALLOWED_HOSTS=f"cloud,{host}",
        )
        self.with_envs(**(settings or {}))
        if app_root is not None:
            folder = str(app_root.resolve())
            self.with_volume_mapping(folder, folder, "ro").with_env("GROUNDCLOUD_APP_ROOT", folder)
        _publish(self, self.cloud_port, self.cloud_port)
        self.with_kwargs(init=True, **_SHUT)
        self.waiting_for(Answers(self.cloud_port, "/_groundcloud/v1/health"))


class LocalStackCloud:
    """Both containers on a network of their own. States: made → started → stopped; `stop` leaves nothing behind.

    `port` is the cloud's, a free one unless given; `settings` are further `GROUNDCLOUD_*` variables of the cloud.
    """

    def __init__(
        self,
        images: Images | None = None,
        port: int = 0,
        settings: dict[str, str] | None = None,
        app_root: Path | None = None,
        auth_token: str = "",
    ) -> None:
        self._images = images or Images()
        self._port = port or quiet_port()
        self._settings, self._app_root, self._auth_token = settings or {}, app_root, auth_token
        self._stack = ExitStack()
        self._cloud: CloudContainer | None = None

    @property
    def endpoint(self) -> str:
        """The address of every AWS API."""
        host = self._started.get_container_host_ip()
        return f"http://{LOOPBACK if host == 'localhost' else host}:{self._port}"

    def start(self) -> LocalStackCloud:
        """Start both and wait until the cloud answers. Raises `UserError` when there is no Docker or no image, or with
        the end of the log of what did not start."""
        _check_images(self._images)
        with ExitStack() as begun:
            network = begun.enter_context(Network())
            cloud_url = f"http://cloud:{self._port}"
            secret = self._settings.get("GROUNDCLOUD_SECRET_ACCESS_KEY", "test")
            localstack = LocalStackContainer(cloud_url, self._images.localstack, self._auth_token, secret)
            begun.enter_context(localstack.with_network(network).with_network_aliases("localstack"))
            cloud = CloudContainer(
                f"http://localstack:{_LOCALSTACK_PORT}", self._images.cloud, self._port, self._settings, self._app_root
            )
            begun.enter_context(cloud.with_network(network).with_network_aliases("cloud"))
            self._cloud, self._stack = cloud, begun.pop_all()
        return self

    def stop(self) -> None:
        """Remove the containers, their volumes and the network."""
        self._cloud = None
        self._stack.close()

    @property
    def running(self) -> bool:
        """Whether the cloud's container runs."""
        if self._cloud is None:
            return False
        self._cloud.reload()
        return bool(self._cloud.status == "running")

    def log_tail(self) -> str:
        """The end of the cloud's log."""
        return _log_tail(self._started)

    def __enter__(self) -> LocalStackCloud:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _started(self) -> CloudContainer:
        if self._cloud is None:
            raise UserError("The cloud's containers are not running", "start() them first")
        return self._cloud


class ContainedCloud(Cloud):
    """The cloud in `containers`, which somebody else has started and ends, as the fixtures see it."""

    def __init__(self, containers: LocalStackCloud) -> None:
        super().__init__(containers.endpoint)
        self._containers = containers

    @property
    def running(self) -> bool:
        return self._containers.running

    def release(self, account: str) -> None:
        """It ends with the containers."""

    def log_tail(self, whole: bool = True) -> str:
        return self._containers.log_tail()


def _check_images(images: Images) -> None:
    """Refuse an image that is not there: its name in a public registry would be somebody else's."""
    try:
        client = DockerClient().client
    except docker.errors.DockerException as error:
        raise UserError(f"Docker does not answer: {error}", "Start the Docker engine, or use another cloud") from error
    try:
        for image in (images.localstack, images.cloud):
            client.images.get(image)
    except docker.errors.ImageNotFound as error:
        raise UserError(
            f"There is no image {image} on this machine", f"Make it: docker compose build, in {_where_to_build()}"
        ) from error
    finally:
        client.close()


def _where_to_build() -> str:
    return str(_CHECKOUT) if (_CHECKOUT / "docker-compose.yml").is_file() else "a checkout of Groundcloud"


def _publish(container: DockerContainer, port: int, outside: int | None = None) -> None:
    """Publish a port, on loopback when the engine is on this machine; a remote one's loopback could not be reached."""
    local = container.get_docker_client().host() in ("localhost", LOOPBACK)
    binding: Any = (LOOPBACK, *((outside,) if outside else ())) if local else outside
    container.ports[str(port)] = binding


def _log_tail(container: Any) -> str:
    output, errors = container.get_logs()
    return "\n".join((output + errors).decode(errors="replace").splitlines()[-_LOG_LINES:])
