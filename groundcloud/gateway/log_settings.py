"""What a stage logs: compiled from its settings, None when nothing.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LOG_GROUP = re.compile(r"arn:[a-z-]+:logs:[a-z0-9-]+:\d{12}:log-group:(?P<name>[^:*]+)(?::\*)?")
_VARIABLE = re.compile(r"\$context((?:\.[A-Za-z_][\w-]*)+)")

LEVELS = ("OFF", "ERROR", "INFO")

Part = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccessLog:
    """`parts` are literals, and the names below ``$context`` of the variables between them."""

    group: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class ExecutionLog:
    """How much is logged of a method: `level` INFO or ERROR; with `data` requests and responses too."""

    level: str
    data: bool


@dataclass(frozen=True, slots=True)
class Logging:
    """`methods` by ``path/VERB`` without a first slash, and ``*/*`` for all others."""

    access: AccessLog | None
    methods: Mapping[str, ExecutionLog | None]

    def of(self, key: str) -> ExecutionLog | None:
        """The execution log of a method."""
        return self.methods[key] if key in self.methods else self.methods.get("*/*")


def read_logging(stage: Mapping[str, Any]) -> Logging | None:
    """Of a stage in boto3's shape."""
    access = _access(stage.get("accessLogSettings") or {})
    methods = {}
    for key, settings in (stage.get("methodSettings") or {}).items():
        level = str((settings or {}).get("loggingLevel") or "OFF").upper()
        data = bool((settings or {}).get("dataTraceEnabled"))
        methods[key.replace("~1", "/").lstrip("/")] = ExecutionLog(level, data) if level in LEVELS[1:] else None
    if access is None and not any(methods.values()):
        return None
    return Logging(access, methods)


def _access(settings: Mapping[str, Any]) -> AccessLog | None:
    found = _LOG_GROUP.fullmatch(str(settings.get("destinationArn") or ""))
    text = str(settings.get("format") or "")
    return AccessLog(found["name"], parts_of(text)) if found and text else None


def parts_of(text: str) -> tuple[Part, ...]:
    """A format, taken apart once."""
    parts: list[Part] = []
    position = 0
    for variable in _VARIABLE.finditer(text):
        if variable.start() > position:
            parts.append(text[position : variable.start()])
        parts.append(tuple(variable[1][1:].split(".")))
        position = variable.end()
    if position < len(text):
        parts.append(text[position:])
    return tuple(parts)
