"""The URIs of AWS integrations that call a service's API.

https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html (`uri`):
``arn:aws:apigateway:{region}:{subdomain.service|service}:path|action/{service_api}``.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from botocore.exceptions import UnknownServiceError

from groundcloud.engines.models import service_model
from groundcloud.gateway.model import ServiceTarget

_URI = re.compile(
    r"arn:[a-z-]+:apigateway:(?P<region>[a-z0-9-]+):(?P<host>[A-Za-z0-9.-]+):(?P<form>path|action)/(?P<api>.*)",
    re.DOTALL,
)
_NAMES = {
    "email": "ses",
    "metering.marketplace": "meteringmarketplace",
    "monitoring": "cloudwatch",
    "runtime.sagemaker": "sagemaker-runtime",
    "states": "stepfunctions",
    "streams.dynamodb": "dynamodbstreams",
    "data.iot": "iot-data",
    "elasticloadbalancing": "elbv2",
}
"""Services whose endpoint is not called as boto3 calls them."""


def service_target(uri: str) -> ServiceTarget | None:
    """What `uri` (stage variables in place) calls; None for another form, for Lambda's and for an unknown service."""
    found = _URI.fullmatch(uri)
    if found is None or found["host"] == "lambda":
        return None
    host = found["host"]
    name = _NAMES.get(host, host)
    if not _is_known(name):
        # ``{subdomain}.{service}``: a name before the service's own.
        name = _NAMES.get(host.rpartition(".")[2], host.rpartition(".")[2])
        if not _is_known(name):
            return None
    if found["form"] == "path":
        path, _, query = found["api"].partition("?")
        pairs = tuple(parse_qsl(query, keep_blank_values=True))
        return ServiceTarget(found["region"], host, name, path="/" + path.lstrip("/"), parameters=pairs)
    action, _, query = found["api"].partition("&")
    pairs = tuple(parse_qsl(query, keep_blank_values=True))
    return ServiceTarget(found["region"], host, name, action=action, parameters=pairs)


def _is_known(name: str) -> bool:
    try:
        service_model(name)
    except UnknownServiceError:
        return False
    return True
