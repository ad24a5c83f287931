"""Answers of the operations that give out access keys, noted on their way to the client."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Protocol

from groundcloud.clock import Clock
from groundcloud.edge.exchange import Exchange, Identity
from groundcloud.edge.limits import MAX_OPERATION_BODY_BYTES
from groundcloud.engines.codec import Codec
from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.iam import minting
from groundcloud.iam.checks import text
from groundcloud.iam.durations import asked_seconds, check_seconds
from groundcloud.iam.identities import Identities
from groundcloud.iam.issuing import Issuing
from groundcloud.iam.model import PolicyKind
from groundcloud.iam.params import Call, read_params
from groundcloud.iam.registry import KnownKey
from groundcloud.iam.validate import validate

log = logging.getLogger(__name__)


class Door(Protocol):
    """The engine's raw door."""

    async def request(self, request: Request) -> Response: ...


class Issued:
    """Sends such a request to the engine itself, so that it sees the whole answer."""

    def __init__(self, engine: Door, issuing: Issuing, identities: Identities, codec: Codec, clock: Clock) -> None:
        self._engine = engine
        self._issuing = issuing
        self._identities = identities
        self._codec = codec
        self._clock = clock

    async def answer(self, exchange: Exchange, identity: Identity, asker: KnownKey | None) -> Response:
        """Raises `AwsError` for a session that is longer than its role allows, or whose policy is none."""
        request = await exchange.request(MAX_OPERATION_BODY_BYTES)
        params = read_params(_call(request, identity))
        policy = text(params, "Policy") if identity.service == "sts" else ""
        if policy:
            validate(policy, PolicyKind.SESSION, takes_old=True)
        if identity.operation == "AssumeRole":
            await self._check_duration(params, asker)
        response = await self._engine.request(request)
        if response.status < 300:
            await self._note(params, response, identity, asker)
        elif response.status == 403 and identity.operation == "AssumeRole" and asker is not None:
            # It was decided before this that the caller may.
            return await self._own_session(params, identity, asker, exchange.request_id) or response
        return response

    async def _check_duration(self, params: Mapping[str, Any], asker: KnownKey | None) -> None:
        role = await self._identities.role(text(params, "RoleArn"))
        if role is not None:
            check_seconds(asked_seconds(params), role.longest, asker.kind if asker is not None else None)

    async def _own_session(
        self, params: Mapping[str, Any], identity: Identity, asker: KnownKey, request_id: str
    ) -> Response | None:
        role = await self._identities.role(str(params.get("RoleArn", "")))
        if role is None or identity.protocol != "query":
            return None
        answer = minting.session_of(role, params, self._clock)
        self._issuing.note("sts", "AssumeRole", params, answer, asker.account, asker, is_ours=True)
        return minting.assumed(answer, request_id)

    async def _note(
        self, params: Mapping[str, Any], response: Response, identity: Identity, asker: KnownKey | None
    ) -> None:
        try:
            answer = self._codec.decode(identity.service, identity.operation, response)
        except AwsError as error:
            # In another protocol than the service's own: the key works, and the engine judges it.
            log.warning("The answer of %s could not be read: %s", identity.operation, error)
            return
        account = asker.account if asker else identity.scope.account
        self._issuing.note(identity.service, identity.operation, params, answer, account, asker)


def _call(request: Request, identity: Identity) -> Call:
    return Call(
        identity.service,
        identity.operation,
        identity.protocol,
        request.method,
        request.raw_path,
        request.query_string,
        request.headers,
        request.body,
    )
