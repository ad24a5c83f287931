"""HTTP integrations: the mapped request goes to an endpoint, an integration response makes the answer of what comes.

https://docs.aws.amazon.com/apigateway/latest/developerguide/setup-http-integrations.html ("custom integration"):
nothing of the client's request reaches the endpoint unless it is mapped, but the body where no template is used.
"""

from __future__ import annotations

from groundcloud.gateway.call import Call
from groundcloud.gateway.endpoints import Endpoints, endpoint_url
from groundcloud.gateway.errors import configuration_error
from groundcloud.gateway.http_door import Pairs
from groundcloud.gateway.mapping import Answer, Outgoing, outgoing, respond
from groundcloud.gateway.model import Integration
from groundcloud.gateway.templates import Overrides, TemplateFailure, Templates
from groundcloud.http import Response

_WITHOUT_BODY = ("GET", "HEAD")


async def answer(call: Call, integration: Integration, templates: Templates, endpoints: Endpoints) -> Response:
    """The mapped response. Raises `GatewayError`."""
    overrides = Overrides()
    try:
        request = outgoing(call, integration, templates, overrides)
    except TemplateFailure as failure:
        raise configuration_error() from failure
    method = call.request.method if integration.http_method in ("", "ANY") else integration.http_method
    url = endpoint_url(call, integration.uri, request.path, request.query)
    body = b"" if method in _WITHOUT_BODY else request.body
    headers = own_headers(call, request, with_body=bool(body))
    received = await endpoints.fetch(call, method, url, headers, body, timeout=integration.timeout)
    return respond(
        call, integration, Answer(str(received.status), received.body, received.headers), templates, overrides
    )


def own_headers(call: Call, request: Outgoing, *, with_body: bool) -> Pairs:
    """The mapped headers, and those that API Gateway sends to every integration, as its execution logs show them
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-test-method.html)."""
    own = [
        ("x-amzn-apigateway-api-id", call.stage.api_id),
        ("Accept", "application/json"),
        ("User-Agent", f"AmazonAPIGateway_{call.stage.api_id}"),
        ("X-Amzn-Trace-Id", f"Root={call.trace.root}"),
    ]
    if with_body:
        own.append(("Content-Type", request.content_type))
    mapped = {name.lower() for name, _ in request.headers}
    return [pair for pair in own if pair[0].lower() not in mapped] + request.headers
