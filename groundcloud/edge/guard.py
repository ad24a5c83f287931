"""First of all: is this request meant for us, and did our own user mean it?

A page on any web site can make a browser send requests to 127.0.0.1. A foreign Host name is the mark of DNS rebinding;
a foreign Origin on a control route is a page that tries to change the cloud behind its user's back.
"""

from __future__ import annotations

import ipaddress
import re

from groundcloud.edge.exchange import Exchange
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
    """Answers 403 to what must not come in, and nothing to the rest."""

    def __init__(self, settings: Settings) -> None:
        self._allowed = {*settings.allowed_hosts, settings.host}
        ports = (settings.port, settings.ui_port)
        names = ("localhost", "127.0.0.1", "[::1]", settings.host, settings.ui_host)
        self._origins = {f"http://{name}:{port}" for name in names for port in ports}

    async def __call__(self, exchange: Exchange) -> Response | None:
        hostname = _hostname(exchange.headers.get("host") or "")
        if not self._is_own(hostname):
            return _refuse(
                f"The Host name {hostname!r} is not one of this cloud's. "
                "Add it to GROUNDCLOUD_ALLOWED_HOSTS to allow it."
            )
        path = exchange.raw_path
        if not path.startswith(_CONTROL_PREFIXES):
            return None
        if path.startswith(_ENGINE_PREFIX) and not path[len(_ENGINE_PREFIX) :].startswith(_ENGINE_ROUTES):
            return _refuse("The engine's own routes are not open; use /_groundcloud/v1.")
        if not (hostname in _CONTROL_HOSTS or hostname in self._allowed or _is_loopback(hostname)):
            return _refuse("Control routes answer on 127.0.0.1 and localhost only.")
        if exchange.method not in ("GET", "HEAD") and self._is_cross_origin(exchange):
            return _refuse("Cross-origin writes to control routes are refused.")
        return None

    def _is_own(self, hostname: str) -> bool:
        return _OWN_HOSTS.fullmatch(hostname) is not None or hostname in self._allowed or _is_loopback(hostname)

    def _is_cross_origin(self, exchange: Exchange) -> bool:
        origin = exchange.headers.get("origin")
        if origin is not None:
            return origin.lower() not in self._origins
        return exchange.headers.get("sec-fetch-site", "none") in ("cross-site", "same-site")


def _hostname(host: str) -> str:
    host = host.lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].rstrip(".")


def _is_loopback(hostname: str) -> bool:
    try:
        return ipaddress.ip_address(hostname.strip("[]")).is_loopback
    except ValueError:
        return False


def _refuse(message: str) -> Response:
    return Response.json(403, f'{{"message":"{message.replace(chr(34), chr(39))}"}}')
