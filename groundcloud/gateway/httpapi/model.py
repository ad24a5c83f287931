"""A deployed HTTP or WebSocket API as the data planes need it: frozen data, compiled once and read many times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from groundcloud.gateway.model import LambdaFunction
from groundcloud.gateway.throttle import Limits
from groundcloud.ports import Scope

if TYPE_CHECKING:
    from groundcloud.gateway.httpapi.routing import Router

DEFAULT = "$default"


@dataclass(frozen=True, slots=True)
class Integration:
    """What a route calls. `function` is set when the URI names one; `timeout` in seconds; `response_parameters` by
    status; `request_templates` are a WebSocket API's."""

    id: str
    type: str
    subtype: str
    uri: str
    method: str
    payload_format: str
    timeout: float
    connection_type: str
    credentials: str | None
    request_parameters: Mapping[str, str]
    response_parameters: Mapping[str, Mapping[str, str]]
    request_templates: Mapping[str, str]
    tls_server_name: str | None = None
    function: LambdaFunction | None = None


@dataclass(frozen=True, slots=True)
class Authorizer:
    """`kind` is ``JWT`` or ``REQUEST``; `identity_sources` are mapping expressions; `ttl` in seconds."""

    id: str
    name: str
    kind: str
    identity_sources: tuple[str, ...]
    issuer: str
    audience: frozenset[str]
    function: LambdaFunction | None
    credentials: str | None
    payload_format: str
    simple: bool
    ttl: float


@dataclass(frozen=True, slots=True)
class Route:
    """`key` as in the control plane: ``GET /pets/{id}``, ``$default``, or a WebSocket route's name."""

    id: str
    key: str
    authorization: str
    authorizer: Authorizer | None
    scopes: tuple[str, ...]
    integration: Integration | None
    answers: bool = False
    api_key_required: bool = False
    operation: str = ""

    @property
    def method(self) -> str:
        return self.key.partition(" ")[0] if " " in self.key else ""

    @property
    def path(self) -> str:
        """The path with its variables; ``$default`` for the default route."""
        return self.key.partition(" ")[2] if " " in self.key else self.key


@dataclass(frozen=True, slots=True)
class Cors:
    """An API's own CORS. Names and origins in lower case where they are compared so."""

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    expose: tuple[str, ...]
    max_age: int | None
    credentials: bool


@dataclass(frozen=True, slots=True)
class AccessLog:
    """Where a stage writes its access log, and in which format."""

    group: str
    scope: Scope
    format: str


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage, ready to serve; `throttles` by route key, `throttle` for the others; `detailed` are the keys of the
    routes that have metrics of their own."""

    scope: Scope
    api_id: str
    api_name: str
    name: str
    deployment_id: str
    variables: Mapping[str, str]
    routes: Mapping[str, Route]
    router: Router
    cors: Cors | None = None
    throttle: Limits | None = None
    throttles: Mapping[str, Limits] = field(default_factory=dict)
    access_log: AccessLog | None = None
    selection: str = ""
    detailed: frozenset[str] = frozenset()

    @property
    def arn(self) -> str:
        """``arn:aws:execute-api:{region}:{account}:{api}/{stage}``, what the ARNs of its routes begin with."""
        return f"arn:aws:execute-api:{self.scope.region}:{self.scope.account}:{self.api_id}/{self.name}"


@dataclass(frozen=True, slots=True)
class Api:
    """An API with its stages by name. `protocol` is ``HTTP`` or ``WEBSOCKET``; one whose own endpoint is `disabled` is
    reached by its custom domain names only."""

    scope: Scope
    api_id: str
    protocol: str
    stages: Mapping[str, Stage]
    disabled: bool = False
