"""Function URLs: told by their host, judged by signature and policy, answered by the runtime.

``{id}.lambda-url.{region}.on.aws``, ``{id}.lambda-url.{region}.localhost``, ``{id}.lambda-url.localhost``. A URL
without authentication takes what its function's policy opens to everyone. With AWS_IAM, a request that the
administrator signed is let through here; every other one is put through the engine, which knows signatures and
policies, with the runtime's answer in the function's place.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Protocol

from groundcloud.edge.exchange import Exchange, Identity
from groundcloud.edge.identify import credential_of
from groundcloud.edge.limits import MAX_DATA_PLANE_BODY_BYTES
from groundcloud.edge.services import Gate
from groundcloud.http import Request, Response
from groundcloud.ports import AwsCaller, Scope
from groundcloud.runtime.urls import FunctionUrls
from groundcloud.runtime.urls.answer import forbidden, not_found
from groundcloud.runtime.urls.config import FunctionUrl

_HOST = re.compile(
    r"(?P<id>[a-z0-9]{1,63})\.lambda-url(?:\.(?P<region>[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}))?"
    r"\.(?P<place>on\.aws|localhost(?:\.localstack\.cloud)?)"
)
_ACCOUNT = re.compile(r"\d{12}")
_ISSUED = ("ASIA", "AKIA")


class Judge(Protocol):
    """`Authorize`: marks the administrator's requests, refuses wrong signatures, leaves the others to the engine."""

    async def __call__(self, exchange: Exchange) -> Response | None: ...


class FunctionUrlHosts:
    """The handler of function URLs."""

    def __init__(self, urls: FunctionUrls, authorize: Judge, gate: Gate, aws: AwsCaller, account: str) -> None:
        self._urls = urls
        self._authorize = authorize
        self._gate = gate
        self._aws = aws
        self._account = account

    async def __call__(self, exchange: Exchange) -> Response | None:
        found = _HOST.fullmatch(exchange.hostname)
        if found is None:
            return None
        request = await exchange.request(MAX_DATA_PLANE_BODY_BYTES)
        url = await self._urls.find(found["id"], found["region"])
        if url is None:
            return not_found()
        ready = self._urls.preflight(url, request)
        if ready is not None:
            return ready
        return await self._judged(exchange, url, request)

    async def _judged(self, exchange: Exchange, url: FunctionUrl, request: Request) -> Response:
        access_key, region, service = credential_of(exchange)
        if not url.needs_iam:
            # A signature on a request of an open URL is the function's business.
            return await self._call(url, request, None)() if url.is_open else forbidden()
        if not access_key or service != "lambda":
            return forbidden()
        scope = Scope(url.target.scope.account, region or url.target.scope.region)
        exchange.identity = Identity("lambda", "InvokeFunctionUrl", "rest-json", scope, access_key, service)
        await self._authorize(exchange)
        caller = await self._caller(access_key, url)
        run = self._call(url, request, caller)
        if exchange.is_admin and caller["accountId"] == url.target.scope.account:
            return await run()
        return await self._gated(request, run)

    def _call(
        self, url: FunctionUrl, request: Request, caller: dict[str, str | None] | None
    ) -> Callable[[], Awaitable[Response]]:
        async def run() -> Response:
            return await self._urls.call(url, request, caller)

        return run

    async def _gated(self, request: Request, run: Callable[[], Awaitable[Response]]) -> Response:
        response, allowed = await self._gate(request, run)
        denied = not allowed and b"AccessDenied" in response.body
        return forbidden() if denied else response

    async def _caller(self, access_key: str, url: FunctionUrl) -> dict[str, str | None]:
        """As far as a key tells it: which role or user it belongs to, only the engine knows."""
        if access_key.startswith(_ISSUED):
            asked = {"AccessKeyId": access_key}
            answer = await self._aws.call("sts", "GetAccessKeyInfo", asked, scope=url.target.scope)
            account = answer.get("Account", url.target.scope.account)
            unknown = dict.fromkeys(("callerId", "userArn", "userId"))
            return {"accessKey": access_key, "accountId": account, **unknown}
        account = access_key if _ACCOUNT.fullmatch(access_key) else self._account
        return {
            "accessKey": access_key,
            "accountId": account,
            "callerId": account,
            "userArn": f"arn:aws:iam::{account}:root",
            "userId": account,
        }
