"""A Docker Engine whose containers are processes of this machine.

It speaks as much of the Engine API (https://docs.docker.com/reference/api/engine/version/v1.47/) as docker-py and
testcontainers call: version, images, containers, their logs and ports, networks. What an image runs is told to it; the
names and ports by which containers reach each other become this machine's (`tests/support/on_this_host.py`).
"""

from __future__ import annotations

import json
import re
import struct
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from tests.support.on_this_host import LOOPBACK, on_this_host
from tests.support.processes import quiet_port

API_VERSION = "1.47"


class Process(Protocol):
    """What a container has become."""

    @property
    def running(self) -> bool: ...

    def output(self) -> str: ...

    def kill(self) -> None: ...


Program = Callable[[dict[str, str], dict[int, int], Path], Process]
"""Starts what an image runs: its environment, where its ports are to be listened on, a folder of its own."""


@dataclass
class Container:
    """One container as it was asked for (`wanted`, the body of ``POST /containers/create``)."""

    id: str
    wanted: dict[str, Any]
    ports: dict[int, int]
    process: Process | None = None

    @property
    def status(self) -> str:
        if self.process is None:
            return "created"
        return "running" if self.process.running else "exited"

    @property
    def environment(self) -> dict[str, str]:
        return dict(each.split("=", 1) for each in self.wanted.get("Env") or ())

    @property
    def names(self) -> list[str]:
        networks = (self.wanted.get("NetworkingConfig") or {}).get("EndpointsConfig") or {}
        return [name for each in networks.values() for name in each.get("Aliases") or ()]

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()

    def shown(self) -> dict[str, Any]:
        """As ``GET /containers/{id}/json`` shows it."""
        published = {f"{inside}/tcp": [{"HostIp": LOOPBACK, "HostPort": str(at)}] for inside, at in self.ports.items()}
        return {
            "Id": self.id,
            "Name": f"/{self.id[:12]}",
            "State": {"Status": self.status, "Running": self.status == "running"},
            "Config": {"Image": self.wanted["Image"], "Tty": False, "Labels": self.wanted.get("Labels") or {}},
            "HostConfig": self.wanted.get("HostConfig") or {},
            "NetworkSettings": {"Ports": published, "Networks": {}},
        }


@dataclass
class Engine:
    """`images` are those that it has, and what each runs. `asked` are the requests it got."""

    images: dict[str, Program]
    folder: Path
    containers: dict[str, Container] = field(default_factory=dict)
    networks: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    made: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        """Status and answer of one request; `path` is without the version."""
        self.asked.append(f"{method} {path}")
        for pattern, handler in self._routes.items():
            if found := re.fullmatch(pattern, f"{method} {path}"):
                try:
                    return handler(self, *found.groups(), query, body)
                except KeyError as missing:
                    return 404, {"message": f"No such {path.split('/')[1].removesuffix('s')}: {missing.args[0]}"}
        return 501, {"message": f"this fake Docker knows no {method} {path}"}

    def close(self) -> None:
        for container in self.containers.values():
            container.kill()

    def _version(self, _query: Any, _body: Any) -> tuple[int, Any]:
        return 200, {"Version": "28.0.0", "ApiVersion": API_VERSION, "MinAPIVersion": "1.24", "Os": "linux"}

    def _image(self, name: str, _query: Any, _body: Any) -> tuple[int, Any]:
        _ = self.images[name]  # a KeyError is Docker's 404
        return 200, {"Id": f"sha256:{uuid.uuid5(uuid.NAMESPACE_URL, name).hex}", "RepoTags": [f"{name}:latest"]}

    def _create(self, _query: Any, body: Any) -> tuple[int, Any]:
        _ = self.images[body["Image"]]
        bindings = (body.get("HostConfig") or {}).get("PortBindings") or {}
        ports = {}
        for inside, (binding, *_rest) in bindings.items():
            assert binding.get("HostIp") == LOOPBACK, f"port {inside} is published on {binding.get('HostIp') or 'all'}"
            ports[int(inside.partition("/")[0])] = int(binding.get("HostPort") or 0) or quiet_port()
        container = Container(uuid.uuid4().hex, body, ports)
        self.containers[container.id] = container
        self.made.append(body)
        return 201, {"Id": container.id, "Warnings": []}

    def _start(self, id: str, _query: Any, _body: Any) -> tuple[int, Any]:
        container = self.containers[id]
        moved = {
            (name, inside): at
            for each in self.containers.values()
            for name in each.names
            for inside, at in each.ports.items()
        }
        folder = self.folder / id[:12]
        folder.mkdir()
        environment = on_this_host(container.environment, folder, moved)
        container.process = self.images[container.wanted["Image"]](environment, container.ports, folder)
        return 204, None

    def _inspect(self, id: str, _query: Any, _body: Any) -> tuple[int, Any]:
        return 200, self.containers[id].shown()

    def _logs(self, id: str, query: dict[str, list[str]], _body: Any) -> tuple[int, Any]:
        """Everything is standard output: a frame of stream 1."""
        process = self.containers[id].process
        wanted = query.get("stdout", ["0"])[0] in ("1", "True", "true")
        text = process.output().encode() if process is not None and wanted else b""
        return 200, struct.pack(">BxxxL", 1, len(text)) + text if text else b""

    def _remove(self, id: str, _query: Any, _body: Any) -> tuple[int, Any]:
        self.containers.pop(id).kill()
        return 204, None

    def _create_network(self, _query: Any, body: Any) -> tuple[int, Any]:
        id = uuid.uuid4().hex
        self.networks[id] = {"Id": id, "Name": body["Name"], "Driver": "bridge", "Labels": body.get("Labels") or {}}
        return 201, {"Id": id, "Warning": ""}

    def _network(self, id: str, _query: Any, _body: Any) -> tuple[int, Any]:
        return 200, self.networks[id]

    def _remove_network(self, id: str, _query: Any, _body: Any) -> tuple[int, Any]:
        del self.networks[id]
        return 204, None

    _routes = {
        "GET /version": _version,
        "GET /images/(.+)/json": _image,
        "POST /containers/create": _create,
        "POST /containers/([^/]+)/start": _start,
        "GET /containers/([^/]+)/json": _inspect,
        "GET /containers/([^/]+)/logs": _logs,
        "DELETE /containers/([^/]+)": _remove,
        "POST /networks/create": _create_network,
        "GET /networks/([^/]+)": _network,
        "DELETE /networks/([^/]+)": _remove_network,
    }


@contextmanager
def served(engine: Engine) -> Iterator[str]:
    """`engine` on a free port, for a ``DOCKER_HOST``. At the end no process of a container is left."""
    server = ThreadingHTTPServer((LOOPBACK, 0), _handler(engine))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"tcp://{LOOPBACK}:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        engine.close()


def _handler(engine: Engine) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = re.sub(r"^/v[\d.]+", "", parts.path)
            status, answer = engine.answer(
                self.command, path, parse_qs(parts.query), json.loads(body) if body else None
            )
            raw = isinstance(answer, bytes)
            payload = answer if raw else b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/vnd.docker.multiplexed-stream" if raw else "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = do_DELETE = _serve

        def log_message(self, *_: object) -> None: ...

    return Handler
