"""HTTP_PROXY integrations: the request goes to an endpoint as it came, the endpoint's response goes back.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-http.html
"""

from __future__ import annotations

import logging
from urllib.parse import urlencode, urlsplit

from groundcloud.gateway.http_door import BadAddress, HttpDoor, Pairs, TooLarge, TooSlow, Unreachable
from groundcloud.gateway.httpapi import mapping
from groundcloud.gateway.httpapi.answer import kept_headers
from groundcloud.gateway.httpapi.call import Call
from groundcloud.gateway.httpapi.errors import server_error, unavailable
from groundcloud.gateway.httpapi.event import forwarded_headers, query_pairs
from groundcloud.gateway.httpapi.limits import MAX_PROXIED_BYTES
from groundcloud.gateway.httpapi.model import DEFAULT, Integration
from groundcloud.gateway.uri_template import as_path, fill, has_names, unfilled
from groundcloud.http import Headers, Response

log = logging.getLogger("groundcloud.gateway")


class Endpoints:
    """Calls endpoints, and says in an HTTP API's words what went wrong."""

    def __init__(self) -> None:
        self._door = HttpDoor(MAX_PROXIED_BYTES)

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
            received = await self._door.fetch(method, url, headers, body, timeout=timeout)
        except (TooSlow, Unreachable) as error:
            log.warning("%s", error)
            raise unavailable(str(error)) from error
        except (BadAddress, TooLarge) as error:
            log.warning("%s", error)
            raise server_error(str(error)) from error
        return Response(received.status, Headers(kept_headers(received.headers.items)), received.body)

    async def close(self) -> None:
        await self._door.close()


def endpoint_url(call: Call, integration: Integration, wanted: mapping.Changes) -> str:
    """The integration's URI with path variables in it, and the request's query after it.

    A `$default` route sends the full request path behind the URI. `wanted.path` replaces the URI's path.
    """
    parameters = (call.match.parameters or {}) if call.match else {}
    if unfilled(integration.uri, parameters) or not urlsplit(integration.uri).netloc:
        raise server_error(f"the endpoint {integration.uri} is not complete")
    url = fill(integration.uri, parameters)
    if wanted.path is not None:
        parts = urlsplit(url)
        url = f"{parts.scheme}://{parts.netloc}/{as_path(wanted.path.lstrip('/'))}"
    elif call.route.key == DEFAULT and not has_names(integration.uri):
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
