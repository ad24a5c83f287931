"""Requests that are no AWS API call: REST APIs, websites, distributions. They are told by host and path alone."""

from __future__ import annotations

import re

from groundcloud.edge.exchange import Exchange
from groundcloud.edge.limits import MAX_DATA_PLANE_BODY_BYTES
from groundcloud.http import Response
from groundcloud.ports import RequestHandler

_MAY_BE_OURS = re.compile(r"(?!.*\.s3[.-](?!website)).+\.(execute-api|cloudfront|s3-website)[.-].+")
"""Not a bucket's own host, which streams, whatever the bucket is called."""

_PATHS = re.compile(r"/_aws/execute-api/|/restapis/[^/]+/[^/]+/_user_request_")


class DataPlanes:
    """Offers the request to each data plane in turn."""

    def __init__(self, *planes: RequestHandler) -> None:
        self._planes = planes

    async def __call__(self, exchange: Exchange) -> Response | None:
        if not _MAY_BE_OURS.fullmatch(exchange.hostname) and not _PATHS.match(exchange.raw_path):
            return None
        request = await exchange.request(MAX_DATA_PLANE_BODY_BYTES)
        for plane in self._planes:
            response = await plane(request)
            if response is not None:
                return response
        return None
