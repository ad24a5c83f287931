"""A deployed REST API as the data plane needs it: plain, frozen data, compiled once and read many times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from groundcloud.ports import Scope

if TYPE_CHECKING:
    from jsonschema import Draft4Validator

    from groundcloud.gateway.log_settings import Logging
    from groundcloud.gateway.routing import Router
    from groundcloud.gateway.throttle import Limits


class LambdaFunction(NamedTuple):
    """The function an integration calls: its ARN or name without qualifier, and whose it is."""

    function: str
    qualifier: str | None
    scope: Scope


@dataclass(frozen=True, slots=True)
class IntegrationResponse:
    """How an integration's answer becomes the method's. `pattern` None marks the default one."""

    status: int
    pattern: str | None
    parameters: Mapping[str, str]
    templates: Mapping[str, str]
    content_handling: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceTarget:
    """An AWS service's API that an integration calls. `host` is its endpoint's first names (``sqs``,
    ``runtime.sagemaker``), `name` the service as boto3 names it; with `action` the operation's name, else `path`, both
    with what is written after them: ``{placeholders}``, query parameters."""

    region: str
    host: str
    name: str
    action: str = ""
    path: str = ""
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Integration:
    """What a method calls. `function` is set for AWS_PROXY and AWS when the URI names one, `service` for AWS when it
    names another service's API; `timeout` is in seconds."""

    type: str
    http_method: str
    uri: str
    timeout: float
    passthrough: str
    credentials: str | None
    request_templates: Mapping[str, str]
    responses: tuple[IntegrationResponse, ...]
    function: LambdaFunction | None = None
    request_parameters: Mapping[str, str] = field(default_factory=dict)
    connection_type: str = "INTERNET"
    content_handling: str | None = None
    service: ServiceTarget | None = None


@dataclass(frozen=True, slots=True)
class Authorizer:
    """`identity_header` is the request header the token is read from; `pools` maps issuer URL to user pool ARN.
    Of a Lambda authorizer: `identity_sources` as mapping expressions, its function, its role, and `ttl` in seconds."""

    id: str
    type: str
    identity_header: str
    validation: str | None
    pools: Mapping[str, str]
    identity_sources: tuple[str, ...] = ()
    function: LambdaFunction | None = None
    credentials: str | None = None
    ttl: float = 0


@dataclass(frozen=True, slots=True)
class Requirements:
    """What a request validator asks for. `parameters` are (place, name), place being ``path``, ``querystring`` or
    ``header``; `bodies` maps lower-case content types to what judges them, None for a model that cannot be read."""

    parameters: tuple[tuple[str, str], ...]
    bodies: Mapping[str, Draft4Validator | None]


@dataclass(frozen=True, slots=True)
class Method:
    """One method of one resource. `http_method` may be ``ANY``; `authorization` as deployed, in upper case; `responses`
    are the statuses of its method responses, None when they are not known."""

    http_method: str
    resource_id: str
    resource_path: str
    authorization: str
    authorizer: Authorizer | None
    scopes: frozenset[str]
    api_key_required: bool
    integration: Integration | None
    requirements: Requirements | None = None
    responses: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """A customised gateway response. `status` None keeps the type's own."""

    status: int | None
    parameters: Mapping[str, str]
    templates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of an API, ready to serve. `throttles` are looked up by `usage.method_key`; `key_from_authorizer` when
    a Lambda authorizer says which API key a request uses, not a header; `policy` is the API's resource policy;
    `metered` says which methods have metrics of their own, None when none has."""

    scope: Scope
    api_id: str
    api_name: str
    name: str
    deployment_id: str
    variables: Mapping[str, str]
    binary_media_types: tuple[str, ...]
    gateway_responses: Mapping[str, GatewayResponse]
    traced: bool
    router: Router
    throttles: Mapping[str, Limits] = field(default_factory=dict)
    logging: Logging | None = None
    policy: str | None = None
    key_from_authorizer: bool = False
    metered: Mapping[str, bool] | None = None


@dataclass(frozen=True, slots=True)
class Api:
    """A REST API with its deployed stages by name."""

    scope: Scope
    api_id: str
    name: str
    stages: Mapping[str, Stage] = field(default_factory=dict)
