"""HTTP_PROXY integrations: the request goes to an endpoint as it came, the endpoint's response goes back.

https://docs.aws.amazon.com/apigateway/latest/developerguide/setup-http-integrations.html
Parameters: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-parameter-mapping.html
"""

from __future__ import annotations

import asyncio
import logging
import re
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import quote, urlencode, urlsplit

import httpx

from groundcloud.gateway.call import Call
from groundcloud.gateway.errors import GatewayError, bad_gateway, configuration_error
from groundcloud.gateway.event import forwarded_headers
from groundcloud.gateway.limits import MAX_BODY_BYTES
from groundcloud.gateway.model import Integration
from groundcloud.gateway.parameters import resolve
from groundcloud.gateway.proxy_response import response_header
from groundcloud.http import Headers, Response

log = logging.getLogger("groundcloud.gateway")

_TARGET = "integration.request."
_PLACEHOLDER = re.compile(r"\{([^{}/]+)\}")
_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")

Pairs = list[tuple[str, str]]


class HttpProxy:
    """Calls endpoints over one pool of connections, made at the first call."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None

    async def answer(self, call: Call, integration: Integration) -> Response:
        """The endpoint's response. Raises `GatewayError`."""
        if integration.connection_type == "VPC_LINK":
            log.warning("API %s: VPC links are not supported: %s", call.stage.api_id, integration.uri)
            raise configuration_error("Groundcloud does not support VPC links yet")
        method = call.request.method if integration.http_method in ("", "ANY") else integration.http_method
        mapped = _mapped(call, integration)
        url = endpoint_url(call, integration, dict(mapped["path"]), mapped["querystring"])
        headers = _headers(call, mapped["header"])
        try:
            async with asyncio.timeout(integration.timeout):
                return await self._fetch(method, url, headers, call.request.body)
        except TimeoutError:
            raise GatewayError("INTEGRATION_TIMEOUT", "Endpoint request timed out") from None
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
        kept = [(response_header(name), value) for name, value in pairs]
        return Response(answer.status_code, Headers([(name, value) for name, value in kept if name]), b"".join(chunks))


def endpoint_url(call: Call, integration: Integration, path: dict[str, str], query: Pairs) -> str:
    """The integration's URI with stage variables and path parameters in it, and the request's query after it; what is
    mapped replaces query keys of the same name. Raises `GatewayError` for a parameter that nothing fills."""
    uri = _STAGE_VARIABLE.sub(lambda match: call.stage.variables.get(match[1], ""), integration.uri)
    missing = [name for name in _PLACEHOLDER.findall(uri) if name.removesuffix("+") not in path]
    if missing or not urlsplit(uri).netloc:
        log.warning("API %s: the endpoint %s is not complete", call.stage.api_id, uri)
        raise configuration_error()
    url = _PLACEHOLDER.sub(lambda match: quote(path[match[1].removesuffix("+")], safe="/%:@!$&'()*+,;=~-._"), uri)
    names = {name for name, _ in query}
    pairs = [(name, value) for name, value in call.request.query if name not in names] + query
    if not pairs:
        return url
    return url + ("&" if "?" in url else "?") + urlencode(pairs)


def _mapped(call: Call, integration: Integration) -> dict[str, Pairs]:
    """What `requestParameters` ask for, by place."""
    mapped: dict[str, Pairs] = {"path": [], "querystring": [], "header": []}
    for target, expression in integration.request_parameters.items():
        place, _, name = target.removeprefix(_TARGET).partition(".")
        value = resolve(expression, call)
        if place in mapped and value is not None:
            mapped[place].append((name, value))
    return mapped


def _headers(call: Call, mapped: Pairs) -> Pairs:
    """The client's headers, but Host, which is the endpoint's; mapped ones replace those of the same name."""
    replaced = {"host", "x-amzn-apigateway-api-id", *(name.lower() for name, _ in mapped)}
    kept = [item for item in forwarded_headers(call) if item[0].lower() not in replaced]
    return [*kept, ("x-amzn-apigateway-api-id", call.stage.api_id), *mapped]
