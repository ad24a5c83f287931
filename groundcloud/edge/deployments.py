"""Keeps what deployments of APIs froze: before a change of an API goes on, its gateway is told."""

from __future__ import annotations

import re
from typing import Protocol

from groundcloud.edge.exchange import Exchange
from groundcloud.edge.record import may_change
from groundcloud.edge.services import OperationPart
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Scope

_REST_API = re.compile(r"/restapis/([^/]+)")
_HTTP_API = re.compile(r"/v2/apis/([^/]+)")
_STACK_SERVICES = ("cloudformation", "cloudcontrol")
_STATUS = re.compile(rb"<StackStatus>(?!REVIEW_)\w+_IN_PROGRESS</StackStatus>")
_FORM = Headers([("Content-Type", "application/x-www-form-urlencoded")])


class Freezer(Protocol):
    """A gateway's side of it."""

    async def freeze(self, scope: Scope, api: str | None) -> None: ...


class KeepDeployments:
    """A handler that answers nothing."""

    def __init__(self, gateway: Freezer, http_apis: Freezer, stacks: OperationPart) -> None:
        self._gateway = gateway
        self._http_apis = http_apis
        self._stacks = stacks

    async def __call__(self, exchange: Exchange) -> Response | None:
        identity = exchange.identity
        if identity is None or not may_change(identity.service, identity.operation):
            return None
        if identity.service == "apigateway":
            found = _REST_API.match(exchange.path)
            if found is not None:
                await self._gateway.freeze(identity.scope, found[1])
        elif identity.service == "apigatewayv2":
            found = _HTTP_API.match(exchange.path)
            if found is not None:
                await self._http_apis.freeze(identity.scope, found[1])
        elif identity.service in _STACK_SERVICES and not await self._busy(identity.scope):
            await self._gateway.freeze(identity.scope, None)
            await self._http_apis.freeze(identity.scope, None)
        return None

    async def _busy(self, scope: Scope) -> bool:
        """Whether a stack is being worked on: the API it deploys may be half made, and must not be kept like that.
        Asked in this way, the stacks that have just ended are completed first."""
        request = Request("POST", "/", "", _FORM.copy(), b"Action=DescribeStacks&Version=2010-05-15")
        answer = await self._stacks.handle("DescribeStacks", request, scope)
        return answer is not None and _STATUS.search(answer.body) is not None
