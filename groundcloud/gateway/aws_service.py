"""AWS integrations of services other than Lambda: the mapped request becomes a call of the service's API, made as the
integration's role.

https://docs.aws.amazon.com/apigateway/latest/developerguide/getting-started-aws-proxy.html and, for the URIs,
https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace

from botocore.exceptions import ParamValidationError

from groundcloud.gateway import steps
from groundcloud.gateway.call import Call
from groundcloud.gateway.endpoints import timed_out
from groundcloud.gateway.errors import configuration_error
from groundcloud.gateway.http_custom import own_headers
from groundcloud.gateway.mapping import Answer, outgoing, respond
from groundcloud.gateway.model import Integration, ServiceTarget
from groundcloud.gateway.roles import Roles
from groundcloud.gateway.service_answer import asking_for_xml, json_answer
from groundcloud.gateway.service_request import service_request, signed
from groundcloud.gateway.templates import Overrides, TemplateFailure, Templates
from groundcloud.http import Response
from groundcloud.ports import RequestSender

log = logging.getLogger("groundcloud.gateway")

CALLER = "arn:aws:iam::*:user/*"


class AwsServices:
    """Calls services. `send` takes a signed request to the cloud's own endpoint, whose host is `netloc`."""

    def __init__(self, send: RequestSender, netloc: str, roles: Roles) -> None:
        self._send = send
        self._netloc = netloc
        self._roles = roles

    async def answer(
        self, call: Call, integration: Integration, target: ServiceTarget, templates: Templates
    ) -> Response:
        """The mapped response. Raises `GatewayError`."""
        role = integration.credentials
        if role is None or role == CALLER:
            wanted = "a role as its credentials" if role is None else "a role: the caller's cannot be passed on"
            log.warning("API %s: the integration of %s needs %s", call.stage.api_id, target.host, wanted)
            raise configuration_error(f"Groundcloud's integrations of AWS services need {wanted}")
        overrides = Overrides()
        try:
            mapped = outgoing(call, integration, templates, overrides)
            mapped.headers = own_headers(call, mapped, with_body=bool(mapped.body))
            method = call.request.method if integration.http_method in ("", "ANY") else integration.http_method
            request = service_request(call, method, target, mapped)
        except (TemplateFailure, ParamValidationError) as error:
            log.warning("API %s: no request for %s: %s", call.stage.api_id, integration.uri, error)
            raise configuration_error() from error
        keys = await self._roles.keys(role, call.stage.scope.region)
        url = f"https://{target.host}.{target.region}.amazonaws.com{request.path}"
        steps.sending(call, url, request.headers, request.body)
        request = replace(request, headers=asking_for_xml(target, mapped.headers, request.headers))
        begun = time.monotonic()
        try:
            async with asyncio.timeout(integration.timeout):
                received = await self._send(signed(request, keys, target.region, self._netloc))
        except TimeoutError:
            raise timed_out() from None
        steps.received(call, received, time.monotonic() - begun)
        received = json_answer(target, received, mapped.headers)
        outcome = Answer(str(received.status), received.body, received.headers)
        return respond(call, integration, outcome, templates, overrides)
