"""What an operation of Lambda's was asked: its parameters from address, query and body alike, by its model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote

from groundcloud.engines.models import service_model
from groundcloud.http import Request
from groundcloud.ports import Scope
from groundcloud.runtime.function import Reference, parse_reference


@dataclass(frozen=True)
class Asked:
    """`members` are named as the API names them, and none is null."""

    operation: str
    members: Mapping[str, Any]
    scope: Scope

    def text(self, name: str) -> str:
        """A member that is text, else ""."""
        value = self.members.get(name)
        return value if isinstance(value, str) else ""

    def inner(self, name: str) -> Mapping[str, Any]:
        """A member that is a structure, else an empty one."""
        value = self.members.get(name)
        return value if isinstance(value, dict) else {}

    @property
    def function(self) -> Reference:
        """The function meant. Raises `AwsError` for what is no name of one, and two qualifiers that differ."""
        return parse_reference(self.text("FunctionName"), self.scope, self.text("Qualifier") or None)

    @property
    def unqualified(self) -> Reference:
        """The same function without its qualifier."""
        return self.function._replace(qualifier=None)


def asked_of(operation: str, request: Request, scope: Scope) -> Asked:
    """Read a request. A body that is no JSON object gives nothing: the engine has its own words for it."""
    shape = service_model("lambda").operation_model(operation).input_shape
    members = {name: value for name, value in request.json_object().items() if value is not None}
    path = _path(operation).fullmatch(request.raw_path)
    for name, member in shape.members.items():
        place = member.serialization.get("location")
        wire = member.serialization.get("name", name)
        if place == "uri" and path is not None:
            members[name] = unquote(path[wire])
        elif place == "querystring" and request.query_value(wire) is not None:
            members[name] = request.query_value(wire)
    return Asked(operation, members, scope)


@cache
def _path(operation: str) -> re.Pattern[str]:
    uri = service_model("lambda").operation_model(operation).http["requestUri"].partition("?")[0]
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", uri.rstrip("/")) + "/?")
