"""Which pages in the user's browser may send what.

The administrator's keys of a local cloud are known to everyone (`test` / `test`), and a function's code runs on the
user's own machine: a page on any web site could sign a request to 127.0.0.1 that creates a function and runs it. AWS
is safe from this because the page does not know the keys. So a signed request is taken from a page only if the page
itself comes from this machine. Unsigned requests are anonymous, can do what AWS lets anyone do, and stay open.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from groundcloud.edge.exchange import Exchange
from groundcloud.settings import Settings

_LOCAL = re.compile(r"localhost|.+\.localhost|(.+\.)?localhost\.localstack\.cloud")
_SIGNED_HEADER = ("AWS4-", "AWS ")
_SIGNED_QUERY = re.compile(r"(?:^|&)(?:X-Amz-Signature|Signature)=", re.IGNORECASE)
_PRESIGNED_S3 = re.compile(r"X-Amz-Credential=[^&]*(?:/|%2F)s3(?:/|%2F)aws4_request", re.IGNORECASE)


class Origins:
    """Judges the Origin header, or what the browser says instead (`Sec-Fetch-Site`)."""

    def __init__(self, settings: Settings) -> None:
        self._allowed = {*settings.allowed_hosts, settings.host, settings.ui_host}
        names = ("localhost", "127.0.0.1", "[::1]", settings.host, settings.ui_host)
        self._own = {f"http://{name}:{port}" for name in names for port in (settings.port, settings.ui_port)}

    def may_write_control(self, exchange: Exchange) -> bool:
        """Only the console, the endpoint's own pages, and what is no browser."""
        origin = exchange.headers.get("origin")
        if origin is not None:
            return origin.lower() in self._own
        return exchange.headers.get("sec-fetch-site", "none") not in ("cross-site", "same-site")

    def may_sign(self, exchange: Exchange) -> bool:
        """False for a signed request of a page that is not from this machine."""
        origin = exchange.headers.get("origin")
        if origin is None and "sec-fetch-site" not in exchange.headers:
            return True  # no browser
        if not _is_signed(exchange):
            return True
        if origin is not None:
            return self._is_local(origin, exchange.hostname)
        if exchange.headers.get("sec-fetch-site") != "cross-site":
            return True
        # Without Origin it is a link, a picture or a script: good for a presigned object, not for a query API's GET.
        is_read = exchange.method in ("GET", "HEAD") and "Action=" not in exchange.query_string
        return is_read and (_PRESIGNED_S3.search(exchange.query_string) is not None or _is_v2(exchange))

    def _is_local(self, origin: str, hostname: str) -> bool:
        try:
            host = urlsplit(origin).hostname or ""
        except ValueError:
            return False
        if _LOCAL.fullmatch(host) or host in self._allowed or (host and host == hostname):
            return True
        return is_loopback(host)


def is_loopback(hostname: str) -> bool:
    """Whether it is an address of this machine, brackets of IPv6 or not."""
    try:
        return ipaddress.ip_address(hostname.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_signed(exchange: Exchange) -> bool:
    authorization = exchange.headers.get("authorization") or ""
    return authorization.startswith(_SIGNED_HEADER) or _SIGNED_QUERY.search(exchange.query_string) is not None


def _is_v2(exchange: Exchange) -> bool:
    return "AWSAccessKeyId=" in exchange.query_string
