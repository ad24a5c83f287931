"""One request on its way through an HTTP API: what is known of it so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from groundcloud.gateway.call import clf_time, new_extended_request_id
from groundcloud.gateway.httpapi.errors import HttpApiError
from groundcloud.gateway.httpapi.model import DEFAULT, Route, Stage
from groundcloud.gateway.httpapi.routing import Match
from groundcloud.gateway.trace import Trace, new_trace
from groundcloud.http import Request


@dataclass(frozen=True, slots=True)
class Grant:
    """Who was let in: `kind` is ``jwt``, ``lambda`` or ``iam``, `value` what an event of format 2.0 has below it;
    `principal` of a policy; `latency` of the authorizer in milliseconds."""

    kind: str
    value: dict[str, Any]
    principal: str | None = None
    latency: int = 0


@dataclass
class Call:
    """`path` follows the stage, percent-encoded, and begins with ``/``; `base_path` is None unless a custom domain name
    led here, else what its mapping took off. `started` in epoch seconds, latencies in seconds;
    `endpoint_request_ids` are the endpoint's ``x-amzn-requestid`` and ``x-amz-id-2``."""

    request: Request
    stage: Stage
    path: str
    started: float
    base_path: str | None = None
    request_id: str = field(default_factory=new_extended_request_id)
    match: Match | None = None
    grant: Grant | None = None
    integration_latency: float | None = None
    integration_status: int | None = None
    endpoint_request_ids: tuple[str | None, str | None] = (None, None)
    error: HttpApiError | None = None
    authorizer_error: str = ""

    @property
    def route(self) -> Route:
        assert self.match is not None, "not routed yet"
        return self.match.route

    @cached_property
    def trace(self) -> Trace:
        return new_trace(self.request.headers.get("x-amzn-trace-id"), self.started, traced=False)

    @property
    def staged_path(self) -> str:
        """The path decoded, with the name of a named stage before it: `rawPath`."""
        return ("" if self.stage.name == DEFAULT else f"/{self.stage.name}") + unquote(self.path)

    @property
    def sent_path(self) -> str:
        """The path decoded, as the client sent it: with the stage, or with what a custom domain name's mapping took."""
        return self.staged_path if self.base_path is None else self.base_path + unquote(self.path)

    @property
    def domain(self) -> str:
        return self.request.headers.get("host") or ""

    @property
    def domain_prefix(self) -> str:
        return self.stage.api_id if self.base_path is None else self.domain.partition(".")[0]

    @property
    def request_time(self) -> str:
        return clf_time(self.started)


def context_of(call: Call) -> dict[str, Any]:
    """The `$context` of mappings and access logs.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
    """
    request = call.request
    grant = call.grant
    return {
        "accountId": call.stage.scope.account,
        "apiId": call.stage.api_id,
        "authorizer": _authorizer(grant) if grant else {},
        "domainName": call.domain,
        "domainPrefix": call.domain_prefix,
        "extendedRequestId": call.request_id,
        "httpMethod": request.method,
        "identity": {
            "sourceIp": request.client,
            "userAgent": request.headers.get("user-agent"),
            **_signer(grant),
        },
        "path": call.sent_path,
        "protocol": "HTTP/1.1",
        "requestId": call.request_id,
        "requestTime": call.request_time,
        "requestTimeEpoch": str(int(call.started * 1000)),
        "routeKey": call.match.route.key if call.match else None,
        "stage": call.stage.name,
    }


def _authorizer(grant: Grant) -> dict[str, Any]:
    if grant.kind == "jwt":
        return {"claims": grant.value.get("claims") or {}}
    return {**grant.value, "principalId": grant.principal, "latency": grant.latency}


def _signer(grant: Grant | None) -> dict[str, Any]:
    if grant is None or grant.kind != "iam":
        return {}
    value = grant.value
    return {
        "accountId": value.get("accountId"),
        "caller": value.get("callerId"),
        "user": value.get("userId"),
        "userArn": value.get("userArn"),
        "principalOrgId": value.get("principalOrgId"),
        **_identity(value.get("cognitoIdentity")),
    }


def _identity(told: dict[str, Any] | None) -> dict[str, Any]:
    """Of an identity pool's credentials."""
    if told is None:
        return {}
    kind, *providers = told["amr"] or [None]
    return {
        "cognitoAuthenticationProvider": ",".join(providers) or None,
        "cognitoAuthenticationType": kind,
        "cognitoIdentityId": told["identityId"],
        "cognitoIdentityPoolId": told["identityPoolId"],
    }
