"""Between the engine, which reads streams and queues, and the functions that are called with what it reads."""

from __future__ import annotations

from typing import Any

from groundcloud.clock import Clock
from groundcloud.ports import AwsCaller, Changes, FunctionAccess, Scope
from groundcloud.runtime.mappings import Invoke, Mappings
from groundcloud.runtime.queues import QueueWindows
from groundcloud.runtime.streams import StreamRetries


class MappedBatches:
    """Wraps `invoke` (`Runtime.invoke_from_engine`): batches are as their mappings want them."""

    def __init__(
        self,
        invoke: Invoke,
        aws: AwsCaller,
        changes: Changes,
        clock: Clock,
        default_scope: Scope,
        access: FunctionAccess | None = None,
    ) -> None:
        mappings = Mappings(aws, changes)
        self._streams = StreamRetries(invoke, aws, mappings, clock, default_scope, access)
        self._queues = QueueWindows(self._streams.invoke, aws, mappings, clock, default_scope)

    async def invoke(
        self,
        config: dict[str, Any],
        code_zip: bytes | None,
        event: object,
        request_id: str,
        *,
        asynchronous: bool = False,
    ) -> dict[str, Any]:
        return await self._queues.invoke(config, code_zip, event, request_id, asynchronous=asynchronous)

    def clear(self, account: str = "") -> None:
        """Forget what waits and what is left: of one account, or all."""
        self._streams.clear(account)
        self._queues.clear(account)

    async def close(self) -> None:
        await self._queues.close()
        await self._streams.close()
