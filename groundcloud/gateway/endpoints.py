"""Calls HTTP endpoints: the one door to the HTTP client."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import quote, urlencode, urlsplit

import httpx

from groundcloud.gateway import steps
from groundcloud.gateway.call import Call
from groundcloud.gateway.errors import GatewayError, bad_gateway, configuration_error
from groundcloud.gateway.limits import MAX_BODY_BYTES
from groundcloud.http import Headers, Response

log = logging.getLogger("groundcloud.gateway")

_PLACEHOLDER = re.compile(r"\{([^{}/]+)\}")
_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")
_SAFE_IN_PATHS = "/%:@!$&'()*+,;=~-._"

Pairs = list[tuple[str, str]]


class Endpoints:
    """Calls endpoints over one pool of connections, made at the first call."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None

    async def fetch(
        self, call: Call, method: str, url: str, headers: Pairs, body: bytes, *, timeout: float
    ) -> Response:
        """The endpoint's answer as it came; no redirect is followed. `timeout` in seconds. Raises `GatewayError`."""
        steps.sending(call, url, headers, body)
        begun = time.monotonic()
        try:
            async with asyncio.timeout(timeout):
                response = await self._fetch(method, url, headers, body)
            steps.received(call, response, time.monotonic() - begun)
            return response
        except TimeoutError:
            raise timed_out() from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            log.warning("API %s: %s is no address of an endpoint: %s", call.stage.api_id, url, error)
            raise configuration_error() from error
        except httpx.HTTPError as error:
            log.warning("API %s: %s could not be reached: %s", call.stage.api_id, url, error)
            raise GatewayError("INTEGRATION_FAILURE", "Network error communicating with endpoint") from error

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _fetch(self, method: str, url: str, headers: Pairs, body: bytes) -> Response:
        if self._client is None:
            # Nothing of this machine's proxy settings, of an earlier caller's cookies, or of the library's headers; the
            # time limit is ours.
            no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
            self._client = httpx.AsyncClient(trust_env=False, timeout=None, cookies=no_cookies)
            self._client.headers.clear()
        raw = [(name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in headers]
        async with self._client.stream(method, url, headers=raw, content=body or None) as answer:
            chunks, size = [], 0
            async for chunk in answer.aiter_raw():
                size += len(chunk)
                if size > MAX_BODY_BYTES:
                    raise bad_gateway()
                chunks.append(chunk)
            pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers.raw]
        return Response(answer.status_code, Headers(pairs), b"".join(chunks))


def timed_out() -> GatewayError:
    return GatewayError("INTEGRATION_TIMEOUT", "Endpoint request timed out")


def endpoint_url(call: Call, template: str, path: dict[str, str], query: Pairs) -> str:
    """The URI `template` with stage variables and path parameters in it, and `query` after it. Raises `GatewayError`
    for a parameter that nothing fills, and for what is no URL."""
    uri = _STAGE_VARIABLE.sub(lambda match: call.stage.variables.get(match[1], ""), template)
    if not urlsplit(uri).netloc:
        log.warning("API %s: the endpoint %s is not complete", call.stage.api_id, uri)
        raise configuration_error()
    url = with_parameters(call, uri, path)
    return url if not query else url + ("&" if "?" in url else "?") + urlencode(query)


def with_parameters(call: Call, text: str, path: dict[str, str]) -> str:
    """`text` with each ``{name}`` or ``{name+}`` replaced by that path parameter, percent-encoded where it is not.
    Raises `GatewayError` for one that nothing fills."""
    missing = [name for name in _PLACEHOLDER.findall(text) if name.removesuffix("+") not in path]
    if missing:
        log.warning("API %s: nothing fills %s of %s", call.stage.api_id, missing[0], text)
        raise configuration_error()
    return _PLACEHOLDER.sub(lambda match: quote(path[match[1].removesuffix("+")], safe=_SAFE_IN_PATHS), text)
