"""HTTP_PROXY integrations: the request goes to an endpoint as it came, the endpoint's response goes back.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-http.html
"""

from __future__ import annotations

import asyncio
import logging
import re
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import quote, urlencode, urlsplit

import httpx

from groundcloud.gateway.httpapi import mapping
from groundcloud.gateway.httpapi.answer import kept_headers
from groundcloud.gateway.httpapi.call import Call
from groundcloud.gateway.httpapi.errors import server_error, unavailable
from groundcloud.gateway.httpapi.event import forwarded_headers, query_pairs
from groundcloud.gateway.httpapi.limits import MAX_PROXIED_BYTES
from groundcloud.gateway.httpapi.model import DEFAULT, Integration
from groundcloud.http import Headers, Response

log = logging.getLogger("groundcloud.gateway")

_PLACEHOLDER = re.compile(r"\{([^{}/]+)\}")
_SAFE = "/%:@!$&'()*+,;=~-._"

Pairs = list[tuple[str, str]]


class Endpoints:
    """Calls endpoints over one pool of connections, made at the first call."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None

    async def answer(self, call: Call, integration: Integration) -> Response:
        """The endpoint's response. Raises `HttpApiError`."""
        wanted = mapping.changes(integration.request_parameters, mapping.of_request(call))
        method = call.request.method if integration.method in ("", "ANY") else integration.method
        url = endpoint_url(call, integration, wanted)
        headers = mapping.apply(_headers(call), wanted.header, any_case=True)
        return await self.fetch(method, url, headers, call.request.body, integration.timeout)

    async def fetch(self, method: str, url: str, headers: Pairs, body: bytes, timeout: float) -> Response:
        """Raises `HttpApiError`: 503 when the endpoint cannot be reached or takes longer than `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                return await self._fetch(method, url, headers, body)
        except TimeoutError:
            raise unavailable(f"{url} took longer than {timeout:g} s") from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
            log.warning("%s is no address of an endpoint: %s", url, error)
            raise server_error(f"{url} is no address of an endpoint") from error
        except httpx.HTTPError as error:
            log.warning("%s could not be reached: %s", url, error)
            raise unavailable(f"{url} could not be reached: {error}") from error

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _fetch(self, method: str, url: str, headers: Pairs, body: bytes) -> Response:
        if self._client is None:
            # Nothing of this machine's proxy settings, of an earlier caller's cookies, or of the library's headers.
            no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
            self._client = httpx.AsyncClient(trust_env=False, timeout=None, cookies=no_cookies)
            self._client.headers.clear()
        raw = [(name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in headers]
        async with self._client.stream(method, url, headers=raw, content=body or None) as answer:
            chunks, size = [], 0
            async for chunk in answer.aiter_raw():
                size += len(chunk)
                if size > MAX_PROXIED_BYTES:
                    raise server_error(f"{url} answered more than {MAX_PROXIED_BYTES} bytes")
                chunks.append(chunk)
            pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers.raw]
        return Response(answer.status_code, Headers(kept_headers(pairs)), b"".join(chunks))


def endpoint_url(call: Call, integration: Integration, wanted: mapping.Changes) -> str:
    """The integration's URI with path variables in it, and the request's query after it.

    A `$default` route sends the full request path behind the URI. `wanted.path` replaces the URI's path.
    """
    parameters = (call.match.parameters or {}) if call.match else {}
    missing = [name for name in _PLACEHOLDER.findall(integration.uri) if name.removesuffix("+") not in parameters]
    if missing or not urlsplit(integration.uri).netloc:
        raise server_error(f"the endpoint {integration.uri} is not complete")
    url = _PLACEHOLDER.sub(lambda found: quote(parameters[found[1].removesuffix("+")], safe=_SAFE), integration.uri)
    if wanted.path is not None:
        parts = urlsplit(url)
        url = f"{parts.scheme}://{parts.netloc}/{quote(wanted.path.lstrip('/'), safe=_SAFE)}"
    elif call.route.key == DEFAULT and not _PLACEHOLDER.search(integration.uri):
        url = url.rstrip("/") + call.path
    pairs = mapping.apply(query_pairs(call.request.query_string), wanted.querystring, any_case=False)
    return url + (("&" if "?" in url else "?") + urlencode(pairs) if pairs else "")


def _headers(call: Call) -> Pairs:
    """The client's headers, but Host, which is the endpoint's, and with `Forwarded`, as HTTP APIs send it."""
    dropped = ("host", "content-length", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto")
    kept = [item for item in forwarded_headers(call) if item[0] not in dropped]
    request = call.request
    own = f"by={request.client};for={request.client};host={request.host};proto={request.scheme}"
    before = request.headers.get("forwarded")
    kept = [item for item in kept if item[0] != "forwarded"]
    return [*kept, ("forwarded", f"{before}, {own}" if before else own)]
