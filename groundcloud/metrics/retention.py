"""Forgets what log groups no longer retain, which the engine keeps.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html: events that are older
than a group's retention are deleted, typically within 72 hours; streams stay, empty.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.metrics import limits
from groundcloud.ports import AwsCaller, Scope, Scopes

_log = logging.getLogger(__name__)


class Retention:
    """`run()` is its background task. CloudWatch Logs has no call that deletes events, so a stream is emptied whole,
    when the last of its events is too old."""

    def __init__(self, aws: AwsCaller, scopes: Scopes, clock: Clock) -> None:
        self._aws = aws
        self._scopes = scopes
        self._clock = clock

    async def run(self) -> None:
        """Look every hour until cancelled."""
        while True:
            await asyncio.sleep(limits.RETENTION_INTERVAL_SECONDS)
            for scope in self._scopes.known():
                try:
                    await self.apply(scope)
                except AwsError as error:
                    # A group that was deleted in between, for instance.
                    _log.info("the retention of log groups of %s: %s", scope, error)

    async def apply(self, scope: Scope) -> None:
        """Empty the streams of one scope whose events are all too old. Raises `AwsError`."""
        async for group in self._pages("DescribeLogGroups", "logGroups", {}, scope):
            days = group.get("retentionInDays")
            if not days:
                continue
            oldest = (self._clock.now() - days * limits.DAY_SECONDS) * 1000
            name = {"logGroupName": group["logGroupName"]}
            streams = [one async for one in self._pages("DescribeLogStreams", "logStreams", name, scope)]
            for stream in streams:
                last = stream.get("lastEventTimestamp")
                if last is not None and last < oldest:
                    await self._empty({**name, "logStreamName": stream["logStreamName"]}, scope)

    async def _empty(self, stream: dict[str, Any], scope: Scope) -> None:
        for operation in ("DeleteLogStream", "CreateLogStream"):
            await self._aws.call("logs", operation, stream, scope=scope)

    async def _pages(
        self, operation: str, member: str, params: dict[str, Any], scope: Scope
    ) -> AsyncIterator[dict[str, Any]]:
        page = dict(params)
        while True:
            answer = await self._aws.call("logs", operation, page, scope=scope)
            for one in answer.get(member) or []:
                yield one
            if not answer.get("nextToken"):
                return
            page["nextToken"] = answer["nextToken"]
