"""First of all: is this request meant for us, and did our own user mean it?

A page on any web site can make a browser send requests to 127.0.0.1. A foreign Host name is the mark of DNS rebinding;
a foreign Origin is a page that tries to change the cloud behind its user's back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable

from groundcloud.edge.exchange import Exchange
from groundcloud.edge.limits import MAX_KNOWN_HOSTS
from groundcloud.edge.origins import Origins, is_loopback
from groundcloud.http import Response
from groundcloud.settings import Settings

_OWN_HOSTS = re.compile(
    r"localhost|.+\.localhost|(.+\.)?localhost\.localstack\.cloud|.+\.amazonaws\.com(\.cn)?|.+\.amazoncognito\.com"
    r"|.+\.cloudfront\.net|.+\.on\.aws"
)
_CONTROL_PREFIXES = ("/_groundcloud/", "/_localstack/", "/_ministack/")
_ENGINE_PREFIX = "/_ministack/"
_ENGINE_ROUTES = ("lambda-code/", "lambda-layers/", "cfn-response/", "cfn-signal/")
"""Addresses that the engine itself hands out in its answers; its other routes stay inside."""

_CONTROL_HOSTS = ("localhost", "localhost.localstack.cloud")


class Guard:
    """Answers 403 to what must not come in, and nothing to the rest. `is_custom` says whether the user has made a host
    name one of the cloud's (a custom domain name of API Gateway)."""

    def __init__(self, settings: Settings, is_custom: Callable[[str], Awaitable[bool]] | None = None) -> None:
        self._is_custom = is_custom
        self._allowed = {*settings.allowed_hosts, settings.host}
        self._origins = Origins(settings)
        self._known: set[str] = set()

    async def __call__(self, exchange: Exchange) -> Response | None:
        hostname = exchange.hostname
        if not self._is_own(hostname) and not (self._is_custom and hostname and await self._is_custom(hostname)):
            host = exchange.headers.get("host") or ""
            return _refuse(
                f"The Host name {host!r} is not one of this cloud's. Add it to GROUNDCLOUD_ALLOWED_HOSTS to allow it."
            )
        if not self._origins.may_sign(exchange):
            return _refuse(
                "Signed requests are taken from pages of this machine only. "
                "Add the page's host to GROUNDCLOUD_ALLOWED_HOSTS to allow it."
            )
        # The decoded path is what the engine looks at: /%5Fministack/reset is its reset.
        return self._guard_control(exchange) if exchange.path.startswith(_CONTROL_PREFIXES) else None

    def _guard_control(self, exchange: Exchange) -> Response | None:
        path, hostname = exchange.path, exchange.hostname
        if path.startswith(_ENGINE_PREFIX) and not path[len(_ENGINE_PREFIX) :].startswith(_ENGINE_ROUTES):
            return _refuse("The engine's own routes are not open; use /_groundcloud/v1.")
        if not (hostname in _CONTROL_HOSTS or hostname in self._allowed or is_loopback(hostname)):
            return _refuse("Control routes answer on 127.0.0.1 and localhost only.")
        if exchange.method not in ("GET", "HEAD") and not self._origins.may_write_control(exchange):
            return _refuse("Cross-origin writes to control routes are refused.")
        return None

    def _is_own(self, hostname: str) -> bool:
        if hostname in self._known:
            return True
        is_own = _OWN_HOSTS.fullmatch(hostname) is not None or hostname in self._allowed or is_loopback(hostname)
        if is_own and len(self._known) < MAX_KNOWN_HOSTS:
            self._known.add(hostname)
        return is_own


def _refuse(message: str) -> Response:
    return Response.json(403, json.dumps({"message": message}))
