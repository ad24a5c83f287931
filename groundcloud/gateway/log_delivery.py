"""Brings log lines to CloudWatch Logs, in batches beside the request path.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html#set-up-access-logging-permissions: the
account's settings must name a role that API Gateway may assume; without one nothing is logged.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import defaultdict
from dataclasses import dataclass

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.gateway.errors import GatewayError
from groundcloud.gateway.later import Later
from groundcloud.gateway.limits import LOG_EVENTS_A_BATCH, LOG_EVENTS_KEPT, LOGS_FLUSH_SECONDS
from groundcloud.gateway.roles import Roles
from groundcloud.ports import AwsCaller, Changes, Scope

log = logging.getLogger("groundcloud.gateway")


@dataclass(frozen=True, slots=True)
class _Stream:
    scope: Scope
    group: str
    name: str


class LogDelivery:
    """Gathers lines and puts them every second. Nothing runs while nothing is logged; of more than `LOG_EVENTS_KEPT`
    waiting lines the rest is dropped, with a warning."""

    def __init__(self, engine: AwsCaller, changes: Changes, roles: Roles, clock: Clock) -> None:
        self._engine = engine
        self._changes = changes
        self._roles = roles
        self._clock = clock
        self._waiting: defaultdict[tuple[Scope, str], list[tuple[int, str]]] = defaultdict(list)
        self._count = 0
        self._streams: dict[tuple[Scope, str], _Stream] = {}
        self._permitted: dict[Scope, tuple[tuple[int, int], bool]] = {}
        self._later = Later(self.flush, LOGS_FLUSH_SECONDS)
        self._lock = asyncio.Lock()

    def add(self, scope: Scope, group: str, lines: list[str]) -> None:
        """Log `lines` of one moment."""
        if self._count + len(lines) > LOG_EVENTS_KEPT:
            log.warning("Log group %s: %d lines dropped: too many wait", group, len(lines))
            return
        now = int(self._clock.now() * 1000)
        self._waiting[scope, group] += [(now, one) for one in lines]
        self._count += len(lines)
        self._later.want()

    async def flush(self) -> None:
        """Put what waits. Never raises."""
        if not self._waiting and not self._lock.locked():
            return
        async with self._lock:
            waiting, self._waiting, self._count = self._waiting, defaultdict(list), 0
            for (scope, group), events in waiting.items():
                try:
                    if await self._may(scope):
                        await self._put(scope, group, events)
                except AwsError as error:
                    self._streams.pop((scope, group), None)
                    log.warning("Log group %s: %d lines were not put: %s", group, len(events), error)

    def clear(self) -> None:
        """Forget what waits, and which streams there are."""
        self._waiting.clear()
        self._streams.clear()
        self._permitted.clear()
        self._count = 0

    async def close(self) -> None:
        """Put what is left; no timer afterwards."""
        await self._later.close()

    async def _may(self, scope: Scope) -> bool:
        """Whether the account's settings name a role that API Gateway may assume."""
        generation = (self._changes.generation("apigateway"), self._changes.generation("iam"))
        known = self._permitted.get(scope)
        if known is not None and known[0] == generation:
            return known[1]
        account = await self._engine.call("apigateway", "GetAccount", {}, scope=scope)
        role, may = account.get("cloudwatchRoleArn"), False
        if not role:
            log.warning("Account %s: nothing is logged: CloudWatch Logs role ARN must be set", scope.account)
        else:
            try:
                await self._roles.keys(role, scope.region)
                may = True
            except GatewayError:
                log.warning("Account %s: nothing is logged: %s may not be assumed", scope.account, role)
        self._permitted[scope] = (generation, may)
        return may

    async def _put(self, scope: Scope, group: str, events: list[tuple[int, str]]) -> None:
        stream = self._streams.get((scope, group))
        if stream is None:
            stream = self._streams[scope, group] = _Stream(scope, group, os.urandom(16).hex())
            await self._make(stream)
        for start in range(0, len(events), LOG_EVENTS_A_BATCH):
            batch = [{"timestamp": at, "message": text} for at, text in events[start : start + LOG_EVENTS_A_BATCH]]
            params = {"logGroupName": group, "logStreamName": stream.name, "logEvents": batch}
            await self._engine.call("logs", "PutLogEvents", params, scope=scope)

    async def _make(self, stream: _Stream) -> None:
        try:
            await self._engine.call("logs", "CreateLogGroup", {"logGroupName": stream.group}, scope=stream.scope)
        except AwsError as error:
            if error.code != "ResourceAlreadyExistsException":
                raise
        params = {"logGroupName": stream.group, "logStreamName": stream.name}
        await self._engine.call("logs", "CreateLogStream", params, scope=stream.scope)
