"""The HTTP request that calls a service's API for an integration, and its signature.

By path it is what the URI and the mapped parameters say. By action it is put together as the service's protocol wants:
a target header for JSON, a form for query services, the operation's own method and path for REST.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.model import OperationNotFoundError
from botocore.serialize import create_serializer

from groundcloud.engines.models import protocol_of, service_model
from groundcloud.gateway.call import Call
from groundcloud.gateway.endpoints import with_parameters
from groundcloud.gateway.errors import configuration_error
from groundcloud.gateway.http_door import Pairs
from groundcloud.gateway.mapping import Outgoing
from groundcloud.gateway.model import ServiceTarget
from groundcloud.gateway.roles import RoleKeys
from groundcloud.http import Headers, Request

_FORM = "application/x-www-form-urlencoded"
_QUERY_SERVICES = {"sqs": "2012-11-05"}
"""Services that API Gateway calls by the query protocol although their models prefer another: version by name."""

_UNSIGNED = ("content-length", "x-amzn-trace-id", "user-agent", "connection", "expect")


@dataclass
class ServiceRequest:
    """A request before it is signed. `path` is percent-encoded."""

    method: str
    path: str
    query: Pairs
    headers: Pairs
    body: bytes
    signing_name: str


def service_request(call: Call, method: str, target: ServiceTarget, mapped: Outgoing) -> ServiceRequest:
    """The call of `target`. Raises `GatewayError`, and botocore's `ParamValidationError`."""
    model = service_model(target.name)
    signing_name = str(model.signing_name)
    query = [*((name, with_parameters(call, value, mapped.path)) for name, value in target.parameters), *mapped.query]
    if not target.action:
        path = with_parameters(call, target.path, mapped.path)
        return ServiceRequest(method, path, query, mapped.headers, mapped.body, signing_name)
    protocol = "query" if target.name in _QUERY_SERVICES else protocol_of(model)
    if protocol == "json":
        kind = f"application/x-amz-json-{model.metadata.get('jsonVersion', '1.0')}"
        headers = _with(mapped.headers, "X-Amz-Target", f"{model.metadata['targetPrefix']}.{target.action}")
        headers = _with(headers, "Content-Type", kind)
        return ServiceRequest("POST", "/", query, headers, mapped.body, signing_name)
    if protocol in ("query", "ec2"):
        version = _QUERY_SERVICES.get(target.name) or str(model.api_version)
        return _form(method, target.action, version, query, mapped, signing_name)
    return _rest(target, query, mapped, signing_name)


def _form(method: str, action: str, version: str, query: Pairs, mapped: Outgoing, signing_name: str) -> ServiceRequest:
    """What the URI, the parameters and a form in the body say, as one form; a body of another kind is not sent."""
    given = {name.lower(): value for name, value in mapped.headers}.get("content-type", "")
    pairs = [("Action", action), ("Version", version), *query]
    if method in ("GET", "HEAD"):
        return ServiceRequest("GET", "/", pairs, mapped.headers, b"", signing_name)
    if given.partition(";")[0].strip().lower() == _FORM:
        pairs += parse_qsl(mapped.body.decode("utf-8", "replace").strip(), keep_blank_values=True)
    form = dict(pairs)
    headers = _with(mapped.headers, "Content-Type", _FORM)
    return ServiceRequest("POST", "/", [], headers, urlencode(list(form.items())).encode(), signing_name)


def _rest(target: ServiceTarget, query: Pairs, mapped: Outgoing, signing_name: str) -> ServiceRequest:
    """An operation of a REST service, its parameters (strings) by the operation's own rules."""
    model = service_model(target.name)
    try:
        operation = model.operation_model(target.action)
    except OperationNotFoundError as error:
        raise configuration_error() from error
    serializer = create_serializer(protocol_of(model), include_validation=False)
    made: dict[str, Any] = serializer.serialize_to_request(dict(query), operation)
    path, _, written = str(made["url_path"]).partition("?")
    pairs = parse_qsl(written, keep_blank_values=True)
    extra = made.get("query_string") or {}
    pairs += [(str(name), str(value)) for name, value in (extra.items() if isinstance(extra, dict) else extra)]
    headers = [*mapped.headers, *((str(name), str(value)) for name, value in dict(made["headers"]).items())]
    return ServiceRequest(str(made["method"]), path, pairs, headers, mapped.body, signing_name)


def signed(request: ServiceRequest, keys: RoleKeys, region: str, netloc: str) -> Request:
    """The request to the cloud's own endpoint, signed with `keys` (Signature Version 4)."""
    url = f"http://{netloc}{request.path}" + (f"?{urlencode(request.query)}" if request.query else "")
    headers = Headers()
    for name, value in request.headers:
        if name.lower() not in ("host", "authorization", "content-length"):
            headers.set(name, value)
    if not request.body:
        headers.remove("content-type")
    to_sign = {name: value for name, value in headers.items if name.lower() not in _UNSIGNED}
    unsigned = AWSRequest(method=request.method, url=url, headers={"Host": netloc, **to_sign}, data=request.body)
    signer = S3SigV4Auth if request.signing_name == "s3" else SigV4Auth
    signer(Credentials(keys.access_key, keys.secret_key, keys.token), request.signing_name, region).add_auth(unsigned)
    for name, value in unsigned.headers.items():
        headers.set(name, value.decode() if isinstance(value, bytes) else str(value))
    if request.body:
        headers.set("Content-Length", str(len(request.body)))
    return Request(request.method, request.path, urlencode(request.query), headers, request.body)


def _with(headers: Pairs, name: str, value: str) -> Pairs:
    """`headers` with this one, in place of those of its name."""
    return [*(pair for pair in headers if pair[0].lower() != name.lower()), (name, value)]
