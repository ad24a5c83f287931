"""Refuses requests of the control plane and templates that ask for what is not supported, with the feature's name, so
that nothing is accepted and then silently not done."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.gateway.unsupported import FEATURES, Feature, Place
from groundcloud.http import Request, Response
from groundcloud.ports import Scope

_NOTHING: tuple[Any, ...] = (None, "", "false", "False", "0", False, 0, {}, [])


def of_operation(service: str, operation: str, body: Mapping[str, Any]) -> AwsError | None:
    """The refusal of a request, if it asks for any of this; `body` as it travels."""
    owner = f"{service}:{operation}"
    for feature, place in _PLACES.get(owner, ()):
        asks = _patched if place.member.startswith(("/", "*/")) else _asks
        if asks(place, body):
            return _refusal(feature, place)
    return None


def of_resource(kind: str, properties: Mapping[str, Any]) -> str | None:
    """Why a resource of a template is refused; what is unknown yet in `properties` asks for nothing."""
    for feature, place in _PLACES.get(kind, ()):
        if _asks(place, properties):
            return _refusal(feature, place).message
    return None


def unsupported(what: str) -> AwsError:
    return AwsError("BadRequestException", f"Groundcloud does not support {what}", 400)


class Refusals:
    """A part that looks at the operations of one service, for every caller, and answers none of them."""

    def __init__(self, service: str) -> None:
        self._service = service

    def knows(self, operation: str) -> bool:
        return f"{self._service}:{operation}" in _PLACES

    async def check(self, operation: str, request: Request, scope: Scope) -> None:
        """Raise `AwsError` for what is not supported."""
        if not self.knows(operation):
            return
        problem = of_operation(self._service, operation, request.json_object())
        if problem is not None:
            raise problem

    async def handle(self, operation: str, request: Request, scope: Scope) -> Response | None:
        return None


def _refusal(feature: Feature, place: Place) -> AwsError:
    """A member is named when its being there is the feature."""
    named = place.member.lstrip("*").strip("/").rstrip("*") if not place.value else ""
    return unsupported(f"{feature.name} ({named})" if named else feature.name)


def _asks(place: Place, shape: Mapping[str, Any]) -> bool:
    if not place.member:
        return True
    return any(_fits(place, value) for value in _values(shape, place.member.split(".")))


def _patched(place: Place, body: Mapping[str, Any]) -> bool:
    for patch in body.get("patchOperations") or []:
        if not isinstance(patch, dict) or patch.get("op") == "remove":
            continue
        path, value = str(patch.get("path") or ""), patch.get("value")
        if patch.get("op") == "copy" and fnmatchcase(str(patch.get("from") or ""), place.member):
            return True  # what is copied is what there cannot be
        # A value may be the last part of the path, as in /endpointConfiguration/types/PRIVATE.
        told = value if value is not None else path.rpartition("/")[2]
        if fnmatchcase(path, place.member) and _fits(place, told):
            return True
    return False


def _fits(place: Place, value: Any) -> bool:
    if not place.value:
        return value not in _NOTHING
    return isinstance(value, str | int) and re.fullmatch(place.value, str(value)) is not None


def _values(node: Any, path: list[str]) -> Iterator[Any]:
    if not path:
        yield node
    elif path[0] == "*":
        inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        for item in inner:
            yield from _values(item, path[1:])
    elif isinstance(node, dict) and path[0] in node:
        yield from _values(node[path[0]], path[1:])


def _by_owner() -> dict[str, list[tuple[Feature, Place]]]:
    places: dict[str, list[tuple[Feature, Place]]] = {}
    for feature in FEATURES:
        for place in feature.places:
            places.setdefault(place.owner, []).append((feature, place))
    return places


_PLACES = _by_owner()
