"""Which of Lambda's operations are looked at before the engine has them, and by which rules.

First a call by itself: its model's constraints (`functionconfig`). Then what the account has: versions, functions,
queues and roles that a call names. Every caller's calls are looked at; what is in order goes to the engine.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from groundcloud.edge.functionconfig import check_configuration
from groundcloud.edge.lambdarules import destinations, functions, mappings, permissions, reserve, tags, urls, versions
from groundcloud.edge.lambdarules.asked import Asked, asked_of
from groundcloud.edge.lambdarules.look import Look
from groundcloud.http import Request, Response
from groundcloud.ports import Scope

Rule = Callable[[Asked, Look], Awaitable[None]]


async def _nothing(_asked: Asked, _look: Look) -> None:
    """For what is only answered."""


_RULES: dict[str, Rule] = {
    "AddPermission": permissions.add,
    "CreateAlias": versions.create_alias,
    "CreateEventSourceMapping": mappings.create,
    "CreateFunction": functions.create,
    "CreateFunctionUrlConfig": urls.create,
    "DeleteAlias": _nothing,
    "DeleteEventSourceMapping": mappings.known,
    "DeleteFunction": versions.delete,
    "DeleteFunctionUrlConfig": urls.known,
    "GetAlias": versions.get_alias,
    "GetEventSourceMapping": mappings.known,
    "GetFunctionUrlConfig": urls.known,
    "GetPolicy": permissions.get,
    "ListTags": tags.known,
    "PublishLayerVersion": functions.publish_layer,
    "PublishVersion": versions.publish,
    "PutFunctionConcurrency": reserve.put,
    "PutFunctionEventInvokeConfig": destinations.put,
    "RemovePermission": permissions.remove,
    "TagResource": tags.add,
    "UntagResource": tags.known,
    "UpdateAlias": versions.update_alias,
    "UpdateEventSourceMapping": mappings.update,
    "UpdateFunctionCode": functions.update_code,
    "UpdateFunctionConfiguration": functions.update_configuration,
    "UpdateFunctionEventInvokeConfig": destinations.put,
    "UpdateFunctionUrlConfig": urls.update,
}

_ANSWERS: dict[str, Callable[[Asked, Look], Awaitable[Response | None]]] = {
    "CreateEventSourceMapping": mappings.created,
    "DeleteAlias": versions.deleted_alias,
    "UpdateFunctionEventInvokeConfig": destinations.updated,
}


class LambdaRules:
    """Implements `edge.services.CheckingPart`."""

    def __init__(self, look: Look) -> None:
        self._look = look

    def knows(self, operation: str) -> bool:
        return operation in _RULES

    async def check(self, operation: str, request: Request, scope: Scope) -> None:
        """Raises `AwsError` as Lambda would answer."""
        asked = asked_of(operation, request, scope)
        check_configuration(operation, asked.members)
        await _RULES[operation](asked, self._look)

    async def handle(self, operation: str, request: Request, scope: Scope) -> Response | None:
        """The answer to what the engine has not, or has otherwise."""
        answer = _ANSWERS.get(operation)
        return await answer(asked_of(operation, request, scope), self._look) if answer is not None else None
