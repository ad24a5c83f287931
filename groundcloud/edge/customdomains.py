"""Requests for a custom domain name of API Gateway: told by their host, whatever it is, and led to the mapped API."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from groundcloud.edge.exchange import Exchange
from groundcloud.edge.limits import MAX_DATA_PLANE_BODY_BYTES
from groundcloud.edge.origins import is_loopback
from groundcloud.gateway.domains import Domains
from groundcloud.gateway.target import Target
from groundcloud.http import Request, Response

_SERVICE_HOSTS = re.compile(
    r"localhost(\.localstack\.cloud)?|.+\.(amazonaws\.com(\.cn)?|amazoncognito\.com|cloudfront\.net|on\.aws)"
    r"|.+\.(execute-api|s3|s3-[a-z0-9-]+|cloudfront|lambda-url|amazoncognito)\..+"
)
"""Names that belong to AWS's services and their local forms: nobody can own a domain among them."""

MappedApi = Callable[[Request, Target], Awaitable[Response | None]]


def may_be_custom(hostname: str) -> bool:
    """Whether somebody can have named an API so; cheap, for it is asked about every request."""
    if not hostname or hostname[-1].isdigit() or hostname[-1] == "]":
        return False
    return _SERVICE_HOSTS.fullmatch(hostname) is None and not is_loopback(hostname)


class CustomDomains:
    """The handler of custom domain names; `apis` are offered the request in turn."""

    def __init__(self, domains: Domains, *apis: MappedApi) -> None:
        self._domains = domains
        self._apis = apis

    async def __call__(self, exchange: Exchange) -> Response | None:
        if not may_be_custom(exchange.hostname):
            return None
        domain = await self._domains.find(exchange.hostname)
        if domain is None:
            return None
        if domain.mutual_tls:
            return Response.json(403, '{"message":"Groundcloud does not support mutual TLS of custom domain names"}')
        request = await exchange.request(MAX_DATA_PLANE_BODY_BYTES)
        target = domain.find(request.raw_path)
        if target is not None:
            for api in self._apis:
                response = await api(request, target)
                if response is not None:
                    return response
        # What nothing is mapped to, and a mapping to an API that is gone.
        return Response.json(403, '{"message":"Forbidden"}', x_amzn_ErrorType="ForbiddenException")
