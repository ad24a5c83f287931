"""What the plugin does when LocalStack starts."""

from __future__ import annotations

import importlib.metadata
import logging
import operator
from functools import partial
from pathlib import Path
from typing import Any

from localstack.aws.api.core import RequestContext
from localstack.aws.connect import connect_to
from localstack.http import Request, Response
from localstack.runtime import hooks
from localstack.services.cloudformation import resource_provider
from localstack.services.cloudformation.engine import template_preparer
from localstack.services.edge import ROUTER
from localstack.services.lambda_.invocation.lambda_models import FunctionUrlConfig
from localstack.services.plugins import SERVICE_PLUGINS
from localstack.utils.patch import Patch, patch
from localstack.utils.run import ShellCommandThread
from rolo.routing import RuleAdapter
from twisted.internet.endpoints import TCP4ServerEndpoint

from groundcloud_localstack.addresses import with_port
from groundcloud_localstack.agents import without_missing_agents
from groundcloud_localstack.completing import COMPLETED
from groundcloud_localstack.finder import AfterLoading, extend
from groundcloud_localstack.forwarding import forwarding_plugins, service_of
from groundcloud_localstack.gatewayresponses import gateway_responses
from groundcloud_localstack.literals import with_literals
from groundcloud_localstack.process import the_cloud
from groundcloud_localstack.registry import types_with_a_token
from groundcloud_localstack.reset import reset
from groundcloud_localstack.resources import resource_plugins
from groundcloud_localstack.updating import complete_updates
from localstack import config

LOG = logging.getLogger(__name__)
ABOUT_PATH = "/_groundcloud/plugin"
RESET_PATH = "/_groundcloud/reset"
ITEMS_PATH = "/_groundcloud/items"
_CALLERS = "arn:aws:iam::*:user/*"
FIRST = 1000
"""Before LocalStack's own hooks, which may look for services."""


@hooks.on_infra_start(priority=FIRST)
def forward_what_is_missing() -> None:
    """Add the services and the types that LocalStack lacks, and the route that tells which those are."""
    services = [service_of(name) for name in extend(SERVICE_PLUGINS.plugin_manager, forwarding_plugins)]
    types = extend(
        resource_provider.plugin_manager,
        lambda registered: resource_plugins({*registered, *types_with_a_token()}, services),
    )
    about = {
        "version": importlib.metadata.version("groundcloud-localstack"),
        "cloud": the_cloud().address.url,
        "forwarded": services,
        "types": types,
    }

    def tell(_request: Request) -> Response:
        response = Response()
        response.set_json(about)
        return response

    ROUTER.add(RuleAdapter(ABOUT_PATH, tell, methods=["GET"]))
    ROUTER.add(RuleAdapter(RESET_PATH, lambda request: _reset(request, services), methods=["POST"]))
    ROUTER.add(RuleAdapter(ITEMS_PATH, _items, methods=["POST"]))
    LOG.info("%d services and %d types go to Groundcloud at %s", len(services), len(types), about["cloud"])


def _reset(request: Request, forwarded: list[str]) -> Response:
    if request.headers.get("Origin"):
        return Response("No page of a browser resets LocalStack.", 403)
    LOG.info("Reset: %s", ", ".join(reset(forwarded)))
    return Response(status=204)


def _items(request: Request) -> Response:
    proof = request.args.get("proof", "")
    if request.headers.get("Origin") or not (proof.isascii() and proof.isalnum()):
        return Response("No page of a browser asks for this.", 403)
    # LocalStack's code for DynamoDB is imported when somebody calls that.
    from groundcloud_localstack.items import place

    response = Response()
    response.set_json(place(proof))
    return response


@hooks.on_infra_start(priority=FIRST)
def lead_function_urls_to_the_cloud() -> None:
    """LocalStack makes up function URLs with the port it listens on, instead of LOCALSTACK_HOST's."""

    @patch(FunctionUrlConfig.__init__)
    def made(original: Any, self: FunctionUrlConfig, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.url = with_port(self.url, config.LOCALSTACK_HOST.port)


@hooks.on_infra_start(priority=FIRST)
def listen_where_it_is_told() -> None:
    """LocalStack takes the port of GATEWAY_LISTEN and listens on every address, whatever host that names."""
    hosts = {listen.port: listen.host for listen in config.GATEWAY_LISTEN}

    @patch(TCP4ServerEndpoint.__init__)
    def made(
        original: Any, self: TCP4ServerEndpoint, reactor: Any, port: int, backlog: int = 50, interface: str = ""
    ) -> None:
        original(self, reactor, port, backlog, interface or hosts.get(port, ""))


@hooks.on_infra_start(priority=FIRST)
def drop_missing_agents() -> None:
    """Let Java programs start without the agents that are not there."""

    @patch(ShellCommandThread.__init__)
    def start(original: Any, self: ShellCommandThread, cmd: Any, *args: Any, **kwargs: Any) -> None:
        if isinstance(cmd, list):
            cmd = without_missing_agents(cmd, lambda jar: Path(jar).exists())
        original(self, cmd, *args, **kwargs)


@hooks.on_infra_start(priority=FIRST)
def read_literals() -> None:
    """Let templates have what LocalStack's reading of them lacks."""

    @patch(template_preparer.parse_template)
    def parse(original: Any, template: str) -> Any:
        return with_literals(original(template))


@hooks.on_infra_start(priority=FIRST)
def import_gateway_responses() -> None:
    """Let an imported API have the gateway responses of its definition: LocalStack leaves them out. Its code for API
    Gateway is imported when somebody calls that."""
    SERVICE_PLUGINS.plugin_manager.add_listener(
        AfterLoading(lambda name: service_of(name) == "apigateway", _extend_imports_of_apis)
    )


@hooks.on_infra_start(priority=FIRST)
def complete_what_templates_make() -> None:
    """Let buckets have all of their template's settings, REST APIs all of their definition, and stages and roles that
    exist its changes. LocalStack's code for a type is imported when somebody makes one."""
    for resource_type, complete in COMPLETED.items():
        listener = AfterLoading(partial(operator.eq, resource_type), complete)
        resource_provider.plugin_manager.add_listener(listener)
    complete_updates()


@hooks.on_infra_start(priority=FIRST)
def have_failed_updates_go_back() -> None:
    """LocalStack's code for CloudFormation is imported when somebody calls that."""
    SERVICE_PLUGINS.plugin_manager.add_listener(
        AfterLoading(lambda name: service_of(name) == "cloudformation", _roll_failed_updates_back)
    )


def _roll_failed_updates_back() -> None:
    from groundcloud_localstack.rollbacks import roll_failed_updates_back

    roll_failed_updates_back()


@hooks.on_infra_start(priority=FIRST)
def leave_metric_filters_to_the_cloud() -> None:
    """LocalStack counts every event of every log group for every metric filter, whatever its pattern. The cloud counts
    those that match."""
    SERVICE_PLUGINS.plugin_manager.add_listener(AfterLoading(lambda name: service_of(name) == "logs", _count_no_events))


def _count_no_events() -> None:
    from localstack.services.logs import provider

    # Asked by `put_log_events` only: whether there is a CloudWatch to count for.
    Patch(provider, "is_api_enabled", lambda _service: False).apply()


def _extend_imports_of_apis() -> None:
    from localstack.services.apigateway.legacy import provider

    imported = provider.import_api_from_openapi_spec

    def with_responses(rest_api: Any, context: RequestContext, open_api_spec: Any, mode: Any) -> Any:
        made = imported(rest_api, context=context, open_api_spec=open_api_spec, mode=mode)
        client = connect_to(aws_access_key_id=context.account_id, region_name=context.region).apigateway
        for parameters in gateway_responses(open_api_spec):
            client.put_gateway_response(restApiId=rest_api.id, **parameters)
        return made

    Patch(provider, "import_api_from_openapi_spec", with_responses).apply()
    _take_callers_credentials()


def _take_callers_credentials() -> None:
    """Let an integration have its caller's credentials, which SAM gives each method with `AWS_IAM`
    (docs.aws.amazon.com/apigateway/latest/api/API_Integration.html). LocalStack takes them for a foreign account's."""
    from moto.apigateway.models import APIGatewayBackend

    @patch(APIGatewayBackend.put_integration)
    def put_integration(original: Any, self: Any, *arguments: Any, **given: Any) -> Any:
        if given.get("credentials") != _CALLERS:
            return original(self, *arguments, **given)
        made = original(self, *arguments, **{**given, "credentials": None})
        made.credentials = _CALLERS
        return made
