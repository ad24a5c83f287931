"""Services that LocalStack lacks, as services of LocalStack's that hand every call on to the cloud."""

from __future__ import annotations

from collections.abc import Iterable

from localstack.aws.api.core import CommonServiceException, RequestContext, ServiceRequest
from localstack.aws.skeleton import Skeleton
from localstack.aws.spec import get_service_catalog, load_service
from localstack.http import Response
from localstack.services.plugins import PLUGIN_NAMESPACE, SERVICE_PLUGINS, Service, ServicePluginAdapter
from plux import PluginSpec
from rolo.request import get_raw_path, restore_payload

from groundcloud_localstack.derive import lacking_services
from groundcloud_localstack.errors import CloudError
from groundcloud_localstack.process import the_cloud
from groundcloud_localstack.signed import Call


def forwarding_plugins(registered: list[str]) -> Iterable[PluginSpec]:
    """A plugin for each service that botocore knows and nobody `registered` a provider for."""
    return [_plugin(name) for name in lacking_services(get_service_catalog().service_names, registered)]


def service_of(plugin: str) -> str:
    """The service that a plugin is of, by its name ``service:provider``."""
    return plugin.partition(":")[0]


def _plugin(service: str) -> PluginSpec:
    # The provider that LocalStack is set to use: usually "default".
    name = f"{service}:{SERVICE_PLUGINS.get_active_provider(service)}"
    return PluginSpec(
        PLUGIN_NAMESPACE, name, lambda: ServicePluginAdapter(service, create_service=lambda: _service(service))
    )


def _service(name: str) -> Service:
    model = load_service(name)
    return Service(name, skeleton=Skeleton(model, dict.fromkeys(model.operation_names, forward)))


def forward(context: RequestContext, _request: ServiceRequest) -> Response:
    """Hand a call on, as it came but signed anew; what the cloud answers goes back as it is."""
    request = context.request
    call = Call(
        method=request.method,
        path=get_raw_path(request),
        query=request.query_string.decode(),
        headers=tuple(request.headers.items()),
        body=restore_payload(request),
        signing_name=context.service.signing_name,
        region=context.region,
        account=context.account_id,
    )
    try:
        answer = the_cloud().forward(call)
    except CloudError as error:
        raise CommonServiceException("ServiceUnavailable", str(error), 503) from error
    return Response(answer.body, answer.status, answer.headers)
