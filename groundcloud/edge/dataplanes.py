"""Requests that are no AWS API call: REST APIs, websites, distributions. They are told by host and path alone."""

from __future__ import annotations

import re

from groundcloud.edge.exchange import Exchange
from groundcloud.http import Response
from groundcloud.ports import RequestHandler

_MAY_BE_OURS = re.compile(r"\.(execute-api|cloudfront|s3-website)[.-]")
_PATHS = ("/_aws/execute-api/", "/restapis/")
MAX_BODY_BYTES = 64 * 1024**2
"""What a data plane buffers; API Gateway's own limit is 10 MB and is answered in its own words."""


class DataPlanes:
    """Offers the request to each data plane in turn."""

    def __init__(self, *planes: RequestHandler) -> None:
        self._planes = planes

    async def __call__(self, exchange: Exchange) -> Response | None:
        host = exchange.headers.get("host") or ""
        if not _MAY_BE_OURS.search(host) and not exchange.raw_path.startswith(_PATHS):
            return None
        request = await exchange.request(MAX_BODY_BYTES)
        for plane in self._planes:
            response = await plane(request)
            if response is not None:
                return response
        return None
