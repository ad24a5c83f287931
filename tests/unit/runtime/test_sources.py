"""The registry of function sources, and its routes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from groundcloud.http import Request, Response
from groundcloud.runtime.sources import FILE, SourceRegistry, source_routes

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "app" / "functions" / "f").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    return tmp_path / "app"


def ask(registry: SourceRegistry, method: str, body: Any = None) -> Response:
    [route] = [route for route in source_routes(registry) if route.method == method]
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return asyncio.run(route.handler(Request(method, route.path, body=data), {}))


def entry(folder: str, **more: Any) -> dict[str, Any]:
    return {"functionArn": ARN, "folder": folder, "handler": "app.handler", "build": "pip", **more}


def test_put_is_shown_and_survives(tmp_path: Path, root: Path) -> None:
    registry = SourceRegistry(tmp_path / "state", root)
    assert json.loads(ask(registry, "GET").body) == {"sources": []}
    expected = {"sources": [entry(str(root / "functions" / "f"))]}
    answer = ask(registry, "PUT", {"sources": [entry(str(root / "functions" / "f"))]})
    assert (answer.status, json.loads(answer.body)) == (200, expected)
    again = SourceRegistry(tmp_path / "state", root)
    assert json.loads(ask(again, "GET").body) == expected


def test_put_replaces_by_arn_only(tmp_path: Path, root: Path) -> None:
    registry = SourceRegistry(tmp_path / "state", root)
    ask(registry, "PUT", {"sources": [entry("functions"), entry("functions", functionArn=ARN + "2")]})
    ask(registry, "PUT", {"sources": [entry("functions/f")]})
    assert [(source.function_arn, source.folder) for source in registry.all()] == [
        (ARN, str(root / "functions" / "f")),
        (ARN + "2", str(root / "functions")),
    ]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "Expecting"),
        ([], 'the body is {"sources": [...]}'),
        ({"sources": {}}, 'the body is {"sources": [...]}'),
        ({"sources": ["x"]}, "each source is an object"),
        ({"sources": [entry("../outside")]}, "is not under the application's root"),
        ({"sources": [entry("../outside")]}, "set GROUNDCLOUD_APP_ROOT to a folder above all that you work on"),
        ({"sources": [entry("/etc")]}, "is not under the application's root"),
        ({"sources": [entry("functions/none")]}, "does not exist"),
        ({"sources": [entry("functions", build="make")]}, "use one of none, pip"),
        ({"sources": [entry("functions", functionArn="f")]}, "is not the ARN of a function"),
        ({"sources": [entry("functions", handler="")]}, "each source needs a handler"),
    ],
)
def test_what_is_refused_changes_nothing(tmp_path: Path, root: Path, body: Any, message: str) -> None:
    registry = SourceRegistry(tmp_path / "state", root)
    answer = ask(registry, "PUT", body)
    assert answer.status == 400
    assert message in json.loads(answer.body)["message"]
    assert registry.all() == []
    assert not (tmp_path / "state" / FILE).exists()


def test_links_out_of_the_root_are_refused(tmp_path: Path, root: Path) -> None:
    (root / "link").symlink_to(tmp_path / "outside")
    answer = ask(SourceRegistry(tmp_path / "state", root), "PUT", {"sources": [entry("link")]})
    assert answer.status == 400
