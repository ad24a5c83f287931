"""The console's OpenAPI document, `/api/openapi.json`: made from the screens, never written by hand."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterable
from typing import Any

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from ui.schema import Schemas
from ui.screens import Action, Page, Screen

SCOPE = {
    "account": "Whose resources: 12 digits; the cloud's own account if not given",
    "region": "In which region; the cloud's own region if not given",
}


def install(app: Flask, screens: Iterable[Screen]) -> None:
    described = document(screens)

    def openapi() -> ResponseReturnValue:
        return jsonify(described)

    app.add_url_rule("/api/openapi.json", "openapi_data", openapi)


def document(screens: Iterable[Screen]) -> dict[str, Any]:
    """OpenAPI 3.1 of every JSON route and every write."""
    schemas = Schemas()
    paths: dict[str, Any] = {}
    for screen in screens:
        for page in screen.pages:
            paths.setdefault(_template(page.data_path), {})["get"] = _reading(screen, page, schemas)
        for action in screen.actions:
            paths.setdefault(_template(action.path), {})["post"] = _writing(screen, action)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Groundcloud console",
            "version": "1",
            "description": "What the screens show, as JSON; and the forms that they post.",
        },
        "paths": paths,
        "components": {"schemas": schemas.found | {"Problem": PROBLEM}},
    }


PROBLEM = {
    "type": "object",
    "required": ["message"],
    "properties": {"message": {"type": "string"}, "hint": {"type": "string"}},
}


def _reading(screen: Screen, page: Page, schemas: Schemas) -> dict[str, Any]:
    answer = schemas.of(typing.get_type_hints(page.read)["return"])
    query = {**page.query, **SCOPE}
    return {
        "operationId": page.endpoint.replace(".", "_"),
        "tags": [screen.name],
        "summary": (page.read.__doc__ or screen.summary).strip().partition("\n")[0],
        "parameters": _segments(page.path)
        + [
            {"name": name, "in": "query", "schema": {"type": "string"}, "description": text}
            for name, text in query.items()
        ],
        "responses": {
            "200": {"description": "What the page shows", "content": {"application/json": {"schema": answer}}},
            "default": _problem("The cloud does not answer, or there is no such thing"),
        },
    }


def _writing(screen: Screen, action: Action) -> dict[str, Any]:
    properties = {name: {"type": "string", "description": text} for name, text in action.fields.items()}
    form = {
        "type": "object",
        "required": ["csrf_token"],
        "properties": {"csrf_token": {"type": "string", "description": "From a page of the same session"}} | properties,
    }
    return {
        "operationId": action.endpoint.replace(".", "_"),
        "tags": [screen.name],
        "summary": action.summary,
        "parameters": _segments(action.path),
        "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": form}}},
        "responses": {
            "303": {"description": "Done; leads to the page that shows it"},
            "default": _problem("Refused, or the cloud does not answer"),
        },
    }


def _problem(text: str) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _template(path: str) -> str:
    """Flask's ``<int:id>`` as OpenAPI's ``{id}``."""
    return re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", path)


def _segments(path: str) -> list[dict[str, Any]]:
    names = re.findall(r"<(?:[^:>]+:)?([^>]+)>", path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
