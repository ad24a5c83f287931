"""The control routes below ``/_groundcloud/v1/iam``."""

from __future__ import annotations

import json

from groundcloud.http import Request, Response
from groundcloud.iam.decisions import DecisionLog
from groundcloud.iam.limits import MAX_DECISIONS
from groundcloud.ports import ControlRoute

_FILTERS = ("principal", "action", "resource", "requestId")
_DEFAULT_LIMIT = 100


class IamRoutes:
    def __init__(self, log: DecisionLog, mode: str) -> None:
        self._log = log
        self._mode = mode

    def routes(self) -> list[ControlRoute]:
        return [ControlRoute("GET", "/iam/decisions", self._decisions)]

    async def _decisions(self, request: Request, _: dict[str, str]) -> Response:
        """``?denied=1&principal=&action=&resource=&requestId=&after=NUMBER&limit=``, newest first."""
        wanted = {name: value for name in _FILTERS if (value := request.query_value(name))}
        after, limit = _number(request, "after", 0), _number(request, "limit", _DEFAULT_LIMIT)
        if after is None or limit is None:
            return Response.json(400, json.dumps({"message": "after and limit are whole numbers"}))
        denied = request.query_value("denied") in ("1", "true")
        found = self._log.listed(denied=denied, wanted=wanted, after=after, limit=max(1, min(limit, MAX_DECISIONS)))
        return Response.json(200, json.dumps({"mode": self._mode, "decisions": found}))


def _number(request: Request, name: str, default: int) -> int | None:
    text = request.query_value(name)
    if not text:
        return default
    return int(text) if text.isdecimal() else None
