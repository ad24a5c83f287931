"""Our own routes: everything below `/_groundcloud/v1`, described by `openapi.yaml`, and LocalStack's health route."""

from __future__ import annotations

import json
import re
import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from groundcloud import __version__
from groundcloud.edge.exchange import Exchange
from groundcloud.edge.limits import MAX_CONTROL_BODY_BYTES
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import ControlRoute, Engine, Scopes
from groundcloud.settings import Settings

PREFIX = "/_groundcloud/v1"
DESCRIPTION = Path(__file__).with_name("openapi.yaml")


@dataclass(frozen=True)
class About:
    """What the cloud says of itself; `started_at` epoch seconds, `start_seconds` from start to ready."""

    settings: Settings
    engine_name: str
    engine_version: str
    pid: int
    started_at: float
    start_seconds: float


class Control:
    """Answers control routes, in one piece or as a stream; leaves every other path alone."""

    def __init__(self, routes: Sequence[ControlRoute]) -> None:
        self._routes = [(route, _compile(route.path)) for route in sorted(routes, key=lambda one: "{" in one.path)]

    async def __call__(self, exchange: Exchange) -> Response | None:
        path = exchange.raw_path
        if path.startswith(PREFIX + "/"):
            relative = path[len(PREFIX) :]
        elif exchange.path.startswith(("/_groundcloud/", "/_localstack/")):
            relative = path
        else:
            return None
        allowed = []
        for route, pattern in self._routes:
            found = pattern.fullmatch(relative)
            if found is None:
                continue
            if route.method == exchange.method or (route.method == "GET" and exchange.method == "HEAD"):
                names = {name: unquote(value) for name, value in found.groupdict().items()}
                return await route.handler(await exchange.request(MAX_CONTROL_BODY_BYTES), names)
            allowed.append(route.method)
        if allowed:
            return message(405, f"{exchange.method} is not one of {', '.join(sorted(set(allowed)))}")
        return message(404, f"There is no route {path}; GET {PREFIX}/openapi.yaml describes all of them")


def _compile(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))


def message(status: int, text: str) -> Response:
    """A JSON answer with one message."""
    return Response.json(status, json.dumps({"message": text}))


def own_routes(about: About, engine: Engine, scopes: Scopes) -> list[ControlRoute]:
    """The routes that concern the cloud as a whole."""

    async def health(_request: Request, _names: dict[str, str]) -> Response:
        return Response.json(200, json.dumps(_health(about)))

    async def status(_request: Request, _names: dict[str, str]) -> Response:
        return Response.json(200, json.dumps(_status(about, scopes)))

    async def localstack_health(_request: Request, _names: dict[str, str]) -> Response:
        answer = await engine.request(Request("GET", "/_localstack/health", "", Headers([("Host", "localhost")])))
        services = json.loads(answer.body).get("services", {})
        return Response.json(200, json.dumps({"services": services, "edition": "groundcloud", "version": __version__}))

    async def description(_request: Request, _names: dict[str, str]) -> Response:
        return Response(200, Headers([("Content-Type", "application/yaml")]), DESCRIPTION.read_bytes())

    return [
        ControlRoute("GET", "/health", health),
        ControlRoute("GET", "/status", status),
        ControlRoute("GET", "/openapi.yaml", description),
        ControlRoute("GET", "/_localstack/health", localstack_health),
    ]


def _health(about: About) -> dict[str, Any]:
    return {
        "status": "ok",
        "version": __version__,
        "engine": about.engine_name,
        "engineVersion": about.engine_version,
        "startedAt": datetime.fromtimestamp(about.started_at, UTC).isoformat(timespec="seconds"),
    }


def _status(about: About, scopes: Scopes) -> dict[str, Any]:
    settings = about.settings
    return {
        "profile": settings.profile,
        "endpoint": settings.endpoint,
        "uiUrl": settings.ui_url,
        "region": settings.region,
        "account": settings.account,
        "pid": about.pid,
        "startedAt": about.started_at,
        "startSeconds": round(about.start_seconds, 3),
        "memoryBytes": _resident_bytes(),
        "engine": {"name": about.engine_name, "version": about.engine_version},
        "scopes": [{"account": scope.account, "region": scope.region} for scope in scopes.known()],
    }


def _resident_bytes() -> int:
    """Resident memory of this process: now where /proc tells, else the peak."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
