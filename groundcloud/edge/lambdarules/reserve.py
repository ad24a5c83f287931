"""What Lambda refuses of reserved concurrency: see `groundcloud/stacks/reserverules.py`, which templates have too."""

from __future__ import annotations

from groundcloud.edge.lambdarules.asked import Asked
from groundcloud.edge.lambdarules.look import Look
from groundcloud.stacks.reserverules import check_reserve


async def put(asked: Asked, look: Look) -> None:
    function, number = asked.unqualified, asked.members.get("ReservedConcurrentExecutions")
    if isinstance(number, int) and await look.function(function) is not None:
        await check_reserve(look.engine, {function.name: number}, function.scope)
