"""App clients: RefreshTokenRotation, which the engine takes but does not keep.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RefreshTokenRotationType.html
"""

from __future__ import annotations

import json
from typing import Any

from groundcloud.http import Response
from groundcloud.signin import errors
from groundcloud.signin.desk import Call, Desk

_MAX_GRACE_SECONDS = 60


class AppClients:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def create_or_update(self, call: Call) -> Response | None:
        rotation = call.data.get("RefreshTokenRotation")
        if isinstance(rotation, dict):
            _check(rotation)
        response = await self._desk.engine.request(call.request)
        if response.status != 200:
            return response
        answer = json.loads(response.body)
        client_id = str(answer["UserPoolClient"]["ClientId"])
        if isinstance(rotation, dict):
            grace = int(rotation.get("RetryGracePeriodSeconds") or 0)
            self._desk.credentials.note_rotation(client_id, str(rotation.get("Feature")), grace)
        return self._shown(answer, client_id)

    async def describe(self, call: Call) -> Response | None:
        response = await self._desk.engine.request(call.request)
        if response.status != 200:
            return response
        return self._shown(json.loads(response.body), call.text("ClientId"))

    def _shown(self, answer: dict[str, Any], client_id: str) -> Response:
        rotation = self._desk.credentials.rotation(client_id)
        if rotation:
            shown = {"Feature": rotation[0], "RetryGracePeriodSeconds": rotation[1]}
            answer["UserPoolClient"]["RefreshTokenRotation"] = shown
        return errors.answer(answer)


def _check(rotation: dict[str, Any]) -> None:
    grace = rotation.get("RetryGracePeriodSeconds") or 0
    if rotation.get("Feature") not in ("ENABLED", "DISABLED"):
        raise errors.invalid_parameter("RefreshTokenRotation.Feature must be ENABLED or DISABLED")
    if not isinstance(grace, int) or not 0 <= grace <= _MAX_GRACE_SECONDS:
        raise errors.invalid_parameter("RetryGracePeriodSeconds must be between 0 and 60")
