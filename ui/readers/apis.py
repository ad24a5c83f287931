"""API Gateway's REST, HTTP and WebSocket APIs, by its own two APIs, with the addresses at which they answer.

https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html and
https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/operations.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from ui.readers.addresses import api_address

REST, HTTP, WEBSOCKET = "REST", "HTTP", "WebSocket"
MOST = 1000
"""Routes, or APIs, that are read at most."""
_POOL = re.compile(r"(?:https://cognito-idp\.[\w-]+\.amazonaws\.com(?:\.cn)?/|arn:[\w-]+:cognito-idp:.*:userpool/)(.+)")
_V1, _V2 = ("items", "position"), ("Items", "NextToken")


@dataclass(frozen=True)
class StageView:
    """One stage and where it answers: on this machine, or on AWS."""

    name: str
    address: str


@dataclass(frozen=True)
class ApiView:
    """One API; `kind` is ``REST``, ``HTTP`` or ``WebSocket``."""

    id: str
    name: str
    kind: str
    stages: tuple[StageView, ...] = ()


@dataclass(frozen=True)
class AuthorizerView:
    """One authorizer. `pools` are the ids of the Cognito user pools that it trusts, `audience` the app clients ("any"
    for none); the token stands in the `header`, or in the `parameter` of the query."""

    id: str
    name: str
    kind: str
    pools: tuple[str, ...]
    audience: tuple[str, ...]
    header: str
    parameter: str = ""


@dataclass(frozen=True)
class RouteView:
    """One route: `key` is ``GET /tasks`` (or ``$default``, ``$connect``, … ), `authorization` ``NONE``, ``AWS_IAM``,
    ``COGNITO_USER_POOLS``, ``JWT`` or ``CUSTOM``."""

    key: str
    method: str
    path: str
    authorization: str
    authorizer: str
    scopes: tuple[str, ...]
    wants_key: bool

    @property
    def parameters(self) -> list[str]:
        """The names of what stands in braces in the path, ``proxy+`` for the greedy one."""
        return re.findall(r"\{([^{}]+)\}", self.path)


class Apis:
    """What one account and region has. Methods raise botocore's `ClientError`. `endpoint` is the local cloud's address,
    "" on AWS."""

    def __init__(self, rest: Any, v2: Any, region: str, endpoint: str) -> None:
        self._rest = rest
        self._v2 = v2
        self._region = region
        self._endpoint = endpoint

    def listed(self) -> list[ApiView]:
        """Every API by name, without its stages."""
        rest = _all(self._rest.get_rest_apis, _V1)
        other = _all(self._v2.get_apis, _V2)
        found = [ApiView(each["id"], each["name"], REST) for each in rest] + [_v2(each) for each in other]
        return sorted(found, key=lambda api: (api.name, api.id))

    def with_stages(self, api: ApiView) -> ApiView:
        if api.kind == REST:
            names = [each["stageName"] for each in self._rest.get_stages(restApiId=api.id)["item"]]
        else:
            names = [each["StageName"] for each in _all(self._v2.get_stages, _V2, ApiId=api.id)]
        return replace(api, stages=tuple(StageView(each, self._address(api, each)) for each in sorted(names)))

    def find(self, api_id: str) -> ApiView | None:
        """One API with its stages."""
        for ask in (self._find_rest, self._find_v2):
            try:
                return self.with_stages(ask(api_id))
            except ClientError as error:
                if error.response["Error"]["Code"] != "NotFoundException":
                    raise
        return None

    def authorizers(self, api: ApiView) -> list[AuthorizerView]:
        if api.kind == REST:
            return [_rest_authorizer(each) for each in _all(self._rest.get_authorizers, _V1, restApiId=api.id)]
        return [_v2_authorizer(each) for each in _all(self._v2.get_authorizers, _V2, ApiId=api.id)]

    def routes(self, api: ApiView) -> list[RouteView]:
        """By path."""
        if api.kind == REST:
            resources = _all(self._rest.get_resources, _V1, restApiId=api.id, embed=["methods"], limit=500)
            found = [
                _rest_route(resource["path"], method, told)
                for resource in resources
                for method, told in (resource.get("resourceMethods") or {}).items()
            ]
        else:
            found = [_v2_route(each) for each in _all(self._v2.get_routes, _V2, ApiId=api.id)]
        return sorted(found, key=lambda route: (route.path, route.method))

    def _find_rest(self, api_id: str) -> ApiView:
        found = self._rest.get_rest_api(restApiId=api_id)
        return ApiView(found["id"], found["name"], REST)

    def _find_v2(self, api_id: str) -> ApiView:
        return _v2(self._v2.get_api(ApiId=api_id))

    def _address(self, api: ApiView, stage: str) -> str:
        path = "" if stage == "$default" else stage
        if self._endpoint:
            address = api_address(api.id, path, self._endpoint)
            return address.replace("http://", "ws://", 1) if api.kind == WEBSOCKET else address
        scheme = "wss" if api.kind == WEBSOCKET else "https"
        return f"{scheme}://{api.id}.execute-api.{self._region}.amazonaws.com/{path}"


def socket_address(api: ApiView, stage: str, endpoint: str) -> str:
    """Where a WebSocket API answers on this machine for clients that cannot resolve names below ``localhost``."""
    return f"ws://{urlsplit(endpoint).netloc}/_aws/execute-api/{api.id}/{stage}"


def _all(call: Callable[..., Any], names: tuple[str, str], **asked: Any) -> list[Any]:
    """Every page, up to `MOST`. `names` are those of the list and of the mark of the next page."""
    member, mark = names
    found: list[Any] = []
    while True:
        page = call(**asked)
        found += page.get(member) or []
        if not page.get(mark) or len(found) >= MOST:
            return found[:MOST]
        asked[mark] = page[mark]


def _v2(found: dict[str, Any]) -> ApiView:
    return ApiView(found["ApiId"], found["Name"], WEBSOCKET if found["ProtocolType"] == "WEBSOCKET" else HTTP)


def _rest_authorizer(found: dict[str, Any]) -> AuthorizerView:
    pools = _pools(found.get("providerARNs") or [])
    header, parameter = _source(found.get("identitySource") or "")
    return AuthorizerView(found["id"], found["name"], found["type"], pools, (), header, parameter)


def _v2_authorizer(found: dict[str, Any]) -> AuthorizerView:
    jwt = found.get("JwtConfiguration") or {}
    header, parameter = _source((found.get("IdentitySource") or [""])[0])
    pools, audience = _pools([jwt.get("Issuer") or ""]), tuple(jwt.get("Audience") or ())
    return AuthorizerView(
        found["AuthorizerId"], found["Name"], found["AuthorizerType"], pools, audience, header, parameter
    )


def _pools(names: list[str]) -> tuple[str, ...]:
    """The ids in ARNs and issuers of user pools."""
    return tuple(found[1] for found in map(_POOL.fullmatch, names) if found)


def _source(text: str) -> tuple[str, str]:
    """Header and query parameter of ``method.request.header.Authorization`` or ``$request.querystring.token``."""
    where, _, name = text.partition("request.")[2].partition(".")
    return (name, "") if where == "header" else ("", name) if where == "querystring" else ("", "")


def _rest_route(path: str, method: str, found: dict[str, Any]) -> RouteView:
    return RouteView(
        key=f"{method} {path}",
        method=method,
        path=path,
        authorization=found.get("authorizationType") or "NONE",
        authorizer=found.get("authorizerId") or "",
        scopes=tuple(found.get("authorizationScopes") or ()),
        wants_key=bool(found.get("apiKeyRequired")),
    )


def _v2_route(found: dict[str, Any]) -> RouteView:
    """``$default`` takes every path, so it is shown with one to fill in."""
    method, _, path = found["RouteKey"].partition(" ")
    if found["RouteKey"] == "$default":
        method, path = "ANY", "/{proxy+}"
    return RouteView(
        key=found["RouteKey"],
        method=method if path else "",
        path=path,
        authorization=found.get("AuthorizationType") or "NONE",
        authorizer=found.get("AuthorizerId") or "",
        scopes=tuple(found.get("AuthorizationScopes") or ()),
        wants_key=bool(found.get("ApiKeyRequired")),
    )
