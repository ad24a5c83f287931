"""What API Gateway refuses of HTTP and WebSocket APIs in templates, by the rules of its API (`part_rules`, `checks`):
said before anything is made. Pure.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGatewayV2.html. A property whose value is
not known before the deployment refuses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from groundcloud.gateway.httpapi import checks, part_rules
from groundcloud.gateway.httpapi.services import SUBTYPES
from groundcloud.ports import TemplateParts

_TYPE = "AWS::ApiGatewayV2::"
_LATER = "${later}"
"""What is not known yet."""

Body = dict[str, Any]


def of_resource(kind: str, properties: Mapping[str, Any], parts: TemplateParts) -> str | None:
    """Why a resource of a template is refused. `properties` have their functions evaluated, as far as they are known:
    None for what is not, and ``${…}`` within text."""
    rule = _RULES.get(kind.removeprefix(_TYPE)) if kind.startswith(_TYPE) else None
    if rule is None:
        return None
    return rule({key[0].lower() + key[1:]: _filled(value) for key, value in properties.items()}, parts)


def _api(api: Body, _parts: TemplateParts) -> str | None:
    given = {"name": _LATER, **api}
    cors = given.pop("corsConfiguration", None)
    if isinstance(cors, dict):
        given["corsConfiguration"] = {key[0].lower() + key[1:]: value for key, value in cors.items()}
    if _is_later(given.get("protocolType")) or _is_later(given.get("routeSelectionExpression")):
        given = {"name": _LATER, "protocolType": "HTTP", "corsConfiguration": given.get("corsConfiguration")}
    return part_rules.api_problem(given)


def _authorizer(authorizer: Body, parts: TemplateParts) -> str | None:
    protocol = _protocol(parts)
    token = authorizer.get("jwtConfiguration")
    if isinstance(token, dict):
        authorizer["jwtConfiguration"] = {key[0].lower() + key[1:]: value for key, value in token.items()}
    judged = ("authorizerType", "identitySource", "authorizerPayloadFormatVersion", "enableSimpleResponses")
    if protocol is None or any(_is_later(authorizer.get(name)) for name in (*judged, "jwtConfiguration")):
        return None
    authorizer["enableSimpleResponses"] = str(authorizer.get("enableSimpleResponses")).lower() == "true"
    _to_numbers(authorizer, "authorizerResultTtlInSeconds")
    if "authorizerPayloadFormatVersion" in authorizer:
        authorizer["authorizerPayloadFormatVersion"] = str(authorizer["authorizerPayloadFormatVersion"])
    return part_rules.authorizer_problem(authorizer, protocol) or _twice(parts, "Name", authorizer.get("name"), _UNIQUE)


def _integration(integration: Body, parts: TemplateParts) -> str | None:
    protocol, subtype = _protocol(parts), integration.get("integrationSubtype")
    if subtype and not _is_later(subtype) and subtype not in SUBTYPES:
        return f"Invalid IntegrationSubtype: {subtype}"
    judged = ("integrationType", "payloadFormatVersion")
    if protocol is None or any(_is_later(integration.get(name)) for name in judged):
        return None
    if "payloadFormatVersion" in integration:
        integration["payloadFormatVersion"] = str(integration["payloadFormatVersion"])
    _to_numbers(integration, "timeoutInMillis")
    return part_rules.integration_problem(integration, protocol)


def _route(route: Body, parts: TemplateParts) -> str | None:
    protocol, key, target = _protocol(parts), route.get("routeKey"), route.get("target")
    if isinstance(key, str) and not _is_later(key):
        problem = checks.route_key_problem(key) if protocol == "HTTP" else None
        problem = problem or _twice(parts, "RouteKey", key, "Route with key {} already exists for this API")
        if problem is not None:
            return problem
    if isinstance(target, str) and target and not target.startswith(("integrations/", "$")):
        return f"Invalid target: {target}. A target is integrations/ and the id of an integration"
    kind = route.get("authorizationType") or "NONE"
    if protocol is None or _is_later(kind):
        return None
    authorizer = parts.named("AuthorizerId")
    if authorizer is None and route.get("authorizerId"):
        # One that the template does not make: of its kind, if of any.
        authorizer = (_TYPE + "Authorizer", {"AuthorizerType": {"JWT": "JWT"}.get(kind, "REQUEST")})
    found = authorizer[1] if authorizer is not None else None
    if found is not None and _is_later(found.get("AuthorizerType") or _LATER):
        return None
    return part_rules.authorization_problem(kind, found, route.get("authorizationScopes"), protocol)


def _stage(stage: Body, parts: TemplateParts) -> str | None:
    protocol, name, log = _protocol(parts), stage.get("stageName"), stage.get("accessLogSettings")
    variables = stage.get("stageVariables")
    given: Body = {"stageName": None if _is_later(name) else name}
    if isinstance(variables, dict):
        given["stageVariables"] = {key: value for key, value in variables.items() if not _is_later(value)}
    if isinstance(log, dict):
        given["accessLogSettings"] = {key[0].lower() + key[1:]: value for key, value in log.items()}
    problem = part_rules.stage_problem(given, protocol or "HTTP")
    return problem or (None if _is_later(name) else _twice(parts, "StageName", name, "Stage already exists"))


def _mapping(mapping: Body, parts: TemplateParts) -> str | None:
    key = mapping.get("apiMappingKey") or ""
    if _is_later(key):
        return None
    taken = [str(one.get("ApiMappingKey") or "") for one in parts.earlier("DomainName")]
    return part_rules.mapping_key_problem(str(key), taken)


_UNIQUE = "Authorizer name must be unique. Authorizer {} already exists in this RestApi."

_RULES: dict[str, Callable[[Body, TemplateParts], str | None]] = {
    "Api": _api,
    "Authorizer": _authorizer,
    "Integration": _integration,
    "Route": _route,
    "Stage": _stage,
    "ApiMapping": _mapping,
}


def _protocol(parts: TemplateParts) -> str | None:
    """That of the API that the template makes, None of any other."""
    api = parts.named("ApiId")
    if api is None or api[0] != _TYPE + "Api":
        return None
    protocol = api[1].get("ProtocolType")
    return protocol if protocol in ("HTTP", "WEBSOCKET") else None


def _twice(parts: TemplateParts, member: str, value: Any, message: str) -> str | None:
    """What is said when another resource of the same API has `value` already."""
    is_there = any(one.get(member) == value for one in parts.earlier("ApiId"))
    return message.format(value) if is_there and value is not None else None


def _filled(value: Any) -> Any:
    """`value` with what is not known yet marked, to the bottom."""
    if value is None:
        return _LATER
    if isinstance(value, dict):
        return {key: _filled(item) for key, item in value.items()}
    return [_filled(item) for item in value] if isinstance(value, list) else value


def _is_later(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_is_later, value))
    return isinstance(value, str) and (value == _LATER or "${AWS::" in value)


def _to_numbers(body: Body, *names: str) -> None:
    for name in names:
        if isinstance(body.get(name), str) and body[name].isdigit():
            body[name] = int(body[name])
