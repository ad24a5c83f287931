"""Requests that are no AWS API call: APIs of API Gateway, websites, distributions.

They are told by host and path alone.
"""

from __future__ import annotations

import re
from functools import lru_cache

from groundcloud.edge.exchange import Exchange
from groundcloud.edge.limits import MAX_DATA_PLANE_BODY_BYTES
from groundcloud.http import Request, Response
from groundcloud.ports import RequestHandler

_MAY_BE_OURS = re.compile(r"(?!.*\.s3[.-](?!website)).+\.(execute-api|cloudfront|s3-website)[.-].+")
"""Not a bucket's own host, which streams, whatever the bucket is called."""

_PATHS = re.compile(r"/_aws/execute-api/|/restapis/[^/]+/[^/]+/_user_request_|/@connections/")


def first_of(*planes: RequestHandler) -> RequestHandler:
    """The planes as one: the first that answers."""

    async def handle(request: Request) -> Response | None:
        for plane in planes:
            response = await plane(request)
            if response is not None:
                return response
        return None

    return handle


class DataPlanes:
    """Offers the request to each data plane in turn."""

    def __init__(self, *planes: RequestHandler) -> None:
        self._answer = first_of(*planes)

    async def __call__(self, exchange: Exchange) -> Response | None:
        if not _may_be_ours(exchange.hostname) and not _PATHS.match(exchange.raw_path):
            return None
        return await self._answer(await exchange.request(MAX_DATA_PLANE_BODY_BYTES))


@lru_cache(maxsize=256)
def _may_be_ours(hostname: str) -> bool:
    return _MAY_BE_OURS.fullmatch(hostname) is not None
