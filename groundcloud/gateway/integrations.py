"""Integrations but Lambda proxies: which kind a method has, and who answers for it."""

from __future__ import annotations

import logging

from groundcloud.gateway import http_custom, http_proxy, lambda_custom, mock
from groundcloud.gateway.aws_service import AwsServices
from groundcloud.gateway.call import Call
from groundcloud.gateway.endpoints import Endpoints
from groundcloud.gateway.errors import GatewayError, configuration_error
from groundcloud.gateway.functions import Functions
from groundcloud.gateway.model import Integration, Method
from groundcloud.gateway.templates import Templates
from groundcloud.http import Response

log = logging.getLogger("groundcloud.gateway")


class Integrations:
    """Answers by the type of the integration."""

    def __init__(self, functions: Functions, services: AwsServices) -> None:
        self._functions = functions
        self._services = services
        self._endpoints = Endpoints()
        self._templates = Templates()

    async def answer(self, call: Call, method: Method, integration: Integration) -> Response:
        """The method's response. Raises `GatewayError`."""
        if integration.type == "MOCK":
            return mock.answer(call, integration, self._templates)
        if integration.type == "AWS" and integration.function is not None:
            return await lambda_custom.answer(call, method, integration, self._functions, self._templates)
        if integration.type == "AWS" and integration.service is not None:
            return await self._services.answer(call, integration, integration.service, self._templates)
        if integration.connection_type == "VPC_LINK":
            raise unsupported(call, method, "VPC links")
        if integration.type == "HTTP_PROXY":
            return await http_proxy.answer(call, integration, self._endpoints)
        if integration.type == "HTTP":
            return await http_custom.answer(call, integration, self._templates, self._endpoints)
        raise unsupported(call, method, f"{integration.type} integrations of {integration.uri or 'nothing'}")

    async def close(self) -> None:
        await self._endpoints.close()


def unsupported(call: Call, method: Method, what: str) -> GatewayError:
    """A 500 that names what is missing."""
    log.warning(
        "API %s, %s %s: %s are not supported", call.stage.api_id, method.http_method, method.resource_path, what
    )
    return configuration_error(f"Groundcloud does not support {what}")
