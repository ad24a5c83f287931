"""Resources of `AWS::ApiGatewayV2` as the engine's CloudFormation can keep them.

The engine stores a template's properties as they come, and answers for them by the names of API Gateway's API; members
of integrations that it does not know travel in `RequestTemplates`, where the gateway finds them. It has no deployments
and route responses: each becomes a resource that makes nothing, whose name is the id that a stage has.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGatewayV2.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from groundcloud.stacks.naming import expanded_id

Resource = dict[str, Any]

_KEPT_PREFIX = "groundcloud."
"""As in `gateway/httpapi/definition.py`, which reads them."""

_KEPT_MEMBERS = ("IntegrationSubtype", "CredentialsArn", "ConnectionId", "PassthroughBehavior")
_NOTHING = "AWS::CDK::Metadata"
_MAKING_NOTHING = ("AWS::ApiGatewayV2::Deployment", "AWS::ApiGatewayV2::RouteResponse")
_CORS = ("AllowOrigins", "AllowMethods", "AllowHeaders", "ExposeHeaders", "MaxAge", "AllowCredentials")
_ROUTE_SETTINGS = (
    *("DataTraceEnabled", "DetailedMetricsEnabled", "LoggingLevel"),
    *("ThrottlingBurstLimit", "ThrottlingRateLimit"),
)


def as_stored(resource: Resource) -> Resource:
    """`resource` as the engine keeps all of it; the same when nothing has to change."""
    kind, properties = str(resource.get("Type")), resource.get("Properties")
    if kind in _MAKING_NOTHING:
        return {**resource, "Type": _NOTHING}
    change = _CHANGES.get(kind)
    return {**resource, "Properties": change(properties)} if change and isinstance(properties, dict) else resource


def quick_create(api: str, resource: Resource) -> dict[str, Resource]:
    """The integration, route and stage that an API's `Target` asks for, by logical id."""
    properties = resource.get("Properties") or {}
    target = properties.get("Target")
    if target is None:
        return {}
    is_endpoint = isinstance(target, str) and target.startswith(("http://", "https://"))
    here = {"ApiId": {"Ref": api}}
    integration = {
        **here,
        "IntegrationType": "HTTP_PROXY" if is_endpoint else "AWS_PROXY",
        "IntegrationUri": target,
        "IntegrationMethod": "ANY" if is_endpoint else "POST",
        "PayloadFormatVersion": "1.0" if is_endpoint else "2.0",
    }
    if "CredentialsArn" in properties:
        integration["CredentialsArn"] = properties["CredentialsArn"]
    name = expanded_id(api, "Integration", "quick")
    route = {**here, "RouteKey": properties.get("RouteKey", "$default")}
    made = {
        name: ("Integration", integration),
        expanded_id(api, "Route", "quick"): (
            "Route",
            {**route, "Target": {"Fn::Join": ["/", ["integrations", {"Ref": name}]]}},
        ),
        expanded_id(api, "Stage", "quick"): ("Stage", {**here, "StageName": "$default", "AutoDeploy": True}),
    }
    inherited = {key: resource[key] for key in ("Condition",) if key in resource}
    return {
        logical_id: {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": part, **inherited}
        for logical_id, (kind, part) in made.items()
    }


def _api(properties: Resource) -> Resource:
    cors = properties.get("CorsConfiguration")
    return {**properties, "CorsConfiguration": _lower(cors, _CORS)} if isinstance(cors, dict) else properties


def _stage(properties: Resource) -> Resource:
    changed = dict(properties)
    if isinstance(properties.get("DefaultRouteSettings"), dict):
        changed["DefaultRouteSettings"] = _lower(properties["DefaultRouteSettings"], _ROUTE_SETTINGS)
    settings = properties.get("RouteSettings")
    if isinstance(settings, dict):
        changed["RouteSettings"] = {
            key: _lower(one, _ROUTE_SETTINGS) if isinstance(one, dict) else one for key, one in settings.items()
        }
    return changed


def _integration(properties: Resource) -> Resource:
    changed = dict(properties)
    kept = {f"{_KEPT_PREFIX}{name}": properties[name] for name in _KEPT_MEMBERS if name in properties}
    tls = properties.get("TlsConfig")
    server = tls.get("ServerNameToVerify") or tls.get("serverNameToVerify") if isinstance(tls, dict) else None
    if server:
        kept[f"{_KEPT_PREFIX}TlsServerName"] = server
    templates = properties.get("RequestTemplates") or {}
    if kept and isinstance(templates, dict):
        changed["RequestTemplates"] = {**templates, **kept}
    responses = properties.get("ResponseParameters")
    if isinstance(responses, dict):
        changed["ResponseParameters"] = {status: _mapped(one) for status, one in responses.items()}
    return changed


def _mapped(one: Any) -> Any:
    """``{"ResponseParameters": [{"Destination", "Source"}]}`` as the map that API Gateway's API has."""
    listed = one.get("ResponseParameters") if isinstance(one, dict) else None
    if not isinstance(listed, list) or not all(isinstance(item, dict) and "Destination" in item for item in listed):
        return one
    return {str(item["Destination"]): item.get("Source", "") for item in listed}


def _lower(members: Resource, names: tuple[str, ...]) -> Resource:
    return {key[0].lower() + key[1:] if key in names else key: value for key, value in members.items()}


_CHANGES: dict[str, Callable[[Resource], Resource]] = {
    "AWS::ApiGatewayV2::Api": _api,
    "AWS::ApiGatewayV2::Integration": _integration,
    "AWS::ApiGatewayV2::Stage": _stage,
}
