"""Access logs of stages, put into CloudWatch Logs in batches beside the request path.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections import defaultdict
from typing import Any

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.gateway.httpapi.limits import ACCESS_LOG_LINES, ACCESS_LOG_SECONDS
from groundcloud.gateway.httpapi.model import AccessLog
from groundcloud.gateway.later import Later
from groundcloud.gateway.parameters import as_text, walk
from groundcloud.ports import AwsCaller

log = logging.getLogger("groundcloud.gateway")

_VARIABLE = re.compile(r"\$(?:\{context\.([\w.:-]+)\}|context\.([\w:-]+(?:\.[\w:-]+)*))")


def line(text: str, context: dict[str, Any]) -> str:
    """The format with its ``$context`` variables filled in; what is absent is ``-``."""
    return _VARIABLE.sub(lambda found: as_text(walk(context, (found[1] or found[2]).split("."))) or "-", text)


class AccessLogs:
    """Gathers lines and puts them a moment later. Nothing runs while nobody calls."""

    def __init__(self, engine: AwsCaller, clock: Clock, every: float = ACCESS_LOG_SECONDS) -> None:
        self._engine = engine
        self._clock = clock
        self._waiting: defaultdict[tuple[AccessLog, str], list[dict[str, Any]]] = defaultdict(list)
        self._streams: set[tuple[AccessLog, str]] = set()
        self._later = Later(self.flush, every)
        self._lock = asyncio.Lock()

    def write(self, target: AccessLog, stage: str, text: str) -> None:
        """Note one line of the stage `stage` (API and name)."""
        lines = self._waiting[target, hashlib.md5(stage.encode(), usedforsecurity=False).hexdigest()]
        lines.append({"timestamp": int(self._clock.now() * 1000), "message": text})
        del lines[:-ACCESS_LOG_LINES]
        self._later.want()

    async def flush(self) -> None:
        """Put every line that waits."""
        async with self._lock:
            waiting, self._waiting = self._waiting, defaultdict(list)
            for (target, stream), events in waiting.items():
                try:
                    await self._put(target, stream, events)
                except AwsError as error:
                    self._streams.discard((target, stream))
                    log.warning("The access log %s could not be written: %s", target.group, error)

    async def _put(self, target: AccessLog, stream: str, events: list[dict[str, Any]]) -> None:
        place = {"logGroupName": target.group, "logStreamName": stream}
        if (target, stream) not in self._streams:
            try:
                await self._engine.call("logs", "CreateLogStream", place, scope=target.scope)
            except AwsError as error:
                if error.code != "ResourceAlreadyExistsException":
                    raise
            self._streams.add((target, stream))
        await self._engine.call("logs", "PutLogEvents", {**place, "logEvents": events}, scope=target.scope)

    def clear(self) -> None:
        """Forget what waits, and which streams there are."""
        self._waiting.clear()
        self._streams.clear()

    async def close(self) -> None:
        """Put what is left; no timer afterwards."""
        await self._later.close()
