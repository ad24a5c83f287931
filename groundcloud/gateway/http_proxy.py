"""HTTP_PROXY integrations: the request goes to an endpoint as it came, the endpoint's response goes back.

https://docs.aws.amazon.com/apigateway/latest/developerguide/setup-http-integrations.html
Parameters: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-parameter-mapping.html
"""

from __future__ import annotations

from groundcloud.gateway.call import Call
from groundcloud.gateway.endpoints import Endpoints, endpoint_url
from groundcloud.gateway.event import forwarded_headers
from groundcloud.gateway.http_door import Pairs
from groundcloud.gateway.mapping import mapped_parameters
from groundcloud.gateway.model import Integration
from groundcloud.gateway.proxy_response import response_header
from groundcloud.http import Headers, Response


async def answer(call: Call, integration: Integration, endpoints: Endpoints) -> Response:
    """The endpoint's response. Raises `GatewayError`."""
    method = call.request.method if integration.http_method in ("", "ANY") else integration.http_method
    mapped = mapped_parameters(call, integration)
    # What is mapped replaces query keys of the same name.
    names = {name for name, _ in mapped["querystring"]}
    query = [pair for pair in call.request.query if pair[0] not in names] + mapped["querystring"]
    url = endpoint_url(call, integration.uri, dict(mapped["path"]), query)
    headers = _headers(call, mapped["header"])
    received = await endpoints.fetch(call, method, url, headers, call.request.body, timeout=integration.timeout)
    kept = [(response_header(name), value) for name, value in received.headers.items]
    return Response(received.status, Headers([(name, value) for name, value in kept if name]), received.body)


def _headers(call: Call, mapped: Pairs) -> Pairs:
    """The client's headers, but Host, which is the endpoint's; mapped ones replace those of the same name."""
    replaced = {"host", "x-amzn-apigateway-api-id", *(name.lower() for name, _ in mapped)}
    kept = [item for item in forwarded_headers(call) if item[0].lower() not in replaced]
    return [*kept, ("x-amzn-apigateway-api-id", call.stage.api_id), *mapped]
