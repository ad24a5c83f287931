"""Updates that the engine's control plane of REST APIs lacks: read, patched, and put again.

https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope

_METHOD = r"/restapis/(?P<restApiId>[^/]+)/resources/(?P<resourceId>[^/]+)/methods/(?P<httpMethod>[^/]+)"


@dataclass(frozen=True, slots=True)
class Update:
    """`reads` gives what `puts` takes again. `maps` are members whose items are patched one by one, `plain` others."""

    path: re.Pattern[str]
    reads: str
    puts: str
    plain: tuple[str, ...]
    maps: tuple[str, ...]


UPDATES = {
    "UpdateIntegrationResponse": Update(
        re.compile(_METHOD + r"/integration/responses/(?P<statusCode>[^/]+)"),
        "GetIntegrationResponse",
        "PutIntegrationResponse",
        ("selectionPattern", "contentHandling"),
        ("responseParameters", "responseTemplates"),
    ),
    "UpdateMethodResponse": Update(
        re.compile(_METHOD + r"/responses/(?P<statusCode>[^/]+)"),
        "GetMethodResponse",
        "PutMethodResponse",
        (),
        ("responseParameters", "responseModels"),
    ),
    "UpdateGatewayResponse": Update(
        re.compile(r"/restapis/(?P<restApiId>[^/]+)/gatewayresponses/(?P<responseType>[^/]+)"),
        "GetGatewayResponse",
        "PutGatewayResponse",
        ("statusCode",),
        ("responseParameters", "responseTemplates"),
    ),
}


async def update(
    engine: AwsCaller, operation: str, place: Mapping[str, str], patches: list[dict[str, Any]], scope: Scope
) -> dict[str, Any]:
    """What stands after `operation`. Raises `AwsError`."""
    kind = UPDATES[operation]
    before = await engine.call("apigateway", kind.reads, dict(place), scope=scope)
    changed = patched({name: before.get(name) for name in (*kind.plain, *kind.maps)}, patches, kind)
    kept = {name: value for name, value in changed.items() if value not in (None, "")}
    after: dict[str, Any] = await engine.call("apigateway", kind.puts, {**place, **kept}, scope=scope)
    after.pop("ResponseMetadata", None)
    return after


def patched(shape: Mapping[str, Any], patches: list[dict[str, Any]], kind: Update) -> dict[str, Any]:
    """`shape` after `patches`; ``/`` in a name is written ``~1``. Raises `AwsError` for a path that there is not."""
    changed = {name: dict(value or {}) if name in kind.maps else value for name, value in shape.items()}
    for one in patches:
        path = [part.replace("~1", "/").replace("~0", "~") for part in str(one.get("path") or "").split("/")[1:]]
        value = one.get("value") if one.get("op") != "remove" else None
        if len(path) == 1 and path[0] in kind.plain:
            changed[path[0]] = value
        elif len(path) == 2 and path[0] in kind.maps:
            items = changed[path[0]]
            items.pop(path[1], None)
            if value is not None:
                items[path[1]] = _item(items_of=path[0], value=value, kind=kind)
        else:
            raise AwsError("BadRequestException", f"Invalid patch path {one.get('path')}", 400)
    return changed


def _item(*, items_of: str, value: Any, kind: Update) -> Any:
    """Whether a method response requires a parameter is told as text."""
    required = kind.puts == "PutMethodResponse" and items_of == "responseParameters"
    return str(value).lower() == "true" if required else value
