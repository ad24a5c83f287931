"""Objects as anybody may read them, of an engine that judges nobody: websites and distributions read through this."""

from __future__ import annotations

from typing import Any

from groundcloud.clock import Clock, new_request_id
from groundcloud.engines.choice import WholeEngine
from groundcloud.http import Headers, Request, Response
from groundcloud.iam.access import AccessControl
from groundcloud.iam.origin import Origin
from groundcloud.iam.params import Call
from groundcloud.ports import Scope

_DENIED = (
    b"<?xml version='1.0' encoding='UTF-8'?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
)
_OPERATION = {"HEAD": "HeadObject"}


class PublicReads:
    """The engine, which takes an unsigned request for an object only when the bucket's policy lets anybody in."""

    def __init__(self, engine: WholeEngine, access: AccessControl, default: Scope, clock: Clock) -> None:
        self._engine = engine
        self._access = access
        self._default = default
        self._clock = clock

    async def call(self, service: str, operation: str, params: dict[str, Any] | None = None, *, scope: Scope) -> Any:
        return await self._engine.call(service, operation, params, scope=scope)

    async def request_as_admin(self, request: Request, service: str, scope: Scope) -> Response:
        return await self._engine.request_as_admin(request, service, scope)

    async def request(self, request: Request) -> Response:
        bucket = request.path.lstrip("/").partition("/")[0]
        owner = await self._access.resources.bucket_owner(bucket, self._default.account)
        if not owner:
            return await self._engine.request(request)
        scope = Scope(owner, self._default.region)
        origin = Origin(new_request_id(), request.client, scope.region, self._clock.now(), request.headers)
        operation = _OPERATION.get(request.method, "GetObject")
        path, query = request.raw_path, request.query_string
        call = Call("s3", operation, "rest-xml", request.method, path, query, request.headers, b"", "")
        verdict = await self._access.judge_anonymous(call, scope, owner, origin)
        if verdict.refused is not None:
            return _denied()
        return await self._engine.request(request)


def _denied() -> Response:
    return Response(403, Headers([("Content-Type", "application/xml")]), _DENIED)
