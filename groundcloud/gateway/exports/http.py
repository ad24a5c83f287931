"""ExportApi: an HTTP API as the OpenAPI 3.0 definition it could be imported from.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-export.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from groundcloud.gateway.exports.schemes import SIGV4
from groundcloud.gateway.exports.style import Json, bad_export, moment, present, written
from groundcloud.gateway.httpapi.definition import Answer, Definition
from groundcloud.http import Headers, Request, Response

_PREFIX = "x-amazon-apigateway-"
_DEFAULT = "$default"
_VARIABLE = re.compile(r"\{([^}+]+)\+?\}")
_SIGNED = "sigv4"
_HEADER = "$request.header."

_INTEGRATION = (
    ("IntegrationSubtype", "integrationSubtype"),
    ("CredentialsArn", "credentials"),
    ("RequestParameters", "requestParameters"),
    ("ResponseParameters", "responseParameters"),
    ("PayloadFormatVersion", "payloadFormatVersion"),
    ("IntegrationMethod", "httpMethod"),
    ("IntegrationUri", "uri"),
    ("ConnectionType", "connectionType"),
    ("ConnectionId", "connectionId"),
    ("TimeoutInMillis", "timeoutInMillis"),
)
_AUTHORIZER = (
    ("AuthorizerUri", "authorizerUri"),
    ("AuthorizerCredentialsArn", "authorizerCredentials"),
    ("AuthorizerPayloadFormatVersion", "authorizerPayloadFormatVersion"),
    ("AuthorizerResultTtlInSeconds", "authorizerResultTtlInSeconds"),
    ("EnableSimpleResponses", "enableSimpleResponses"),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request of ExportApi asks for; without `stage`, the API as it is now."""

    media: str
    stage: str | None
    extended: bool


def wanted(request: Request, specification: str) -> Wanted:
    """Raises `AwsError`."""
    if specification.upper() != "OAS30":
        raise bad_export(f"Invalid specification: {specification}. OAS30 is the only one")
    media = (request.query_value("outputType") or "").lower()
    if media not in ("json", "yaml"):
        raise bad_export("outputType must be JSON or YAML")
    version = request.query_value("exportVersion") or "1.0"
    if version != "1.0":
        raise bad_export(f"Invalid exportVersion: {version}. 1.0 is the only one")
    extended = (request.query_value("includeExtensions") or "true").lower() != "false"
    return Wanted(media, request.query_value("stageName"), extended)


def export(definition: Definition, region: str, want: Wanted) -> Response:
    """The answer to ExportApi."""
    headers = Headers([("Content-Type", "application/octet-stream")])
    return Response(200, headers, written(http_document(definition, region, want), want.media))


def http_document(definition: Definition, region: str, want: Wanted) -> Json:
    api = definition.api
    authorizers = {str(one["AuthorizerId"]): one for one in definition.authorizers}
    integrations = {f"integrations/{one['IntegrationId']}": one for one in definition.integrations}
    schemes: dict[str, Json] = {}
    paths: dict[str, Json] = {}
    for route in sorted(definition.routes, key=lambda one: str(one["RouteKey"])):
        path, method, operation = _operation(str(route["RouteKey"]))
        operation = present(operationId=route.get("OperationName")) | operation
        operation |= present(security=_security(route, authorizers, schemes, want))
        integration = integrations.get(str(route.get("Target")))
        if want.extended and integration is not None:
            operation[_PREFIX + "integration"] = _integration(integration)
        paths.setdefault(path, {})[method] = operation
    base = want.stage if want.stage and want.stage != _DEFAULT else ""
    url = f"https://{api['ApiId']}.execute-api.{region}.amazonaws.com/{{basePath}}"
    document: Json = {
        "openapi": "3.0.1",
        "info": {
            "title": str(api.get("Name") or ""),
            "version": str(api.get("Version") or moment(api.get("CreatedDate"))),
        }
        | present(description=api.get("Description")),
        "servers": [{"url": url, "variables": {"basePath": {"default": base}}}],
        "paths": paths,
    }
    document |= present(components=present(securitySchemes=schemes))
    return document | (_extensions(api) if want.extended else {})


def _operation(key: str) -> tuple[str, str, Json]:
    """Path, name and beginning of the operation of a route key."""
    told = {"responses": {"default": {"description": f"Default response for {key}"}}}
    if key == _DEFAULT:
        return f"/{_DEFAULT}", _PREFIX + "any-method", {**told, "isDefaultRoute": True}
    verb, _, path = key.partition(" ")
    variables = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in _VARIABLE.findall(path)
    ]
    named = _PREFIX + "any-method" if verb == "ANY" else verb.lower()
    return path, named, present(parameters=variables) | told


def _security(route: Answer, authorizers: dict[str, Answer], schemes: dict[str, Json], want: Wanted) -> list[Json]:
    """The requirement of a route; its scheme is put among `schemes`."""
    if route.get("AuthorizationType") == "AWS_IAM":
        if not want.extended:
            return []
        schemes[_SIGNED] = SIGV4
        return [{_SIGNED: []}]
    authorizer = authorizers.get(str(route.get("AuthorizerId")))
    if authorizer is None:
        return []
    name = str(authorizer["Name"])
    schemes[name] = _scheme(authorizer, want)
    return [{name: list(route.get("AuthorizationScopes") or ())}]


def _scheme(authorizer: Answer, want: Wanted) -> Json:
    sources = authorizer.get("IdentitySource") or ()
    listed = [sources] if isinstance(sources, str) else list(sources)
    token = authorizer.get("JwtConfiguration") or {}
    if str(authorizer.get("AuthorizerType")) == "JWT":
        scheme: Json = {"type": "oauth2", "flows": {}}
    else:
        header = next((one.removeprefix(_HEADER) for one in listed if one.startswith(_HEADER)), "Unused")
        scheme = {"type": "apiKey", "name": header, "in": "header"}
    if want.extended:
        scheme[_PREFIX + "authorizer"] = {
            "type": str(authorizer.get("AuthorizerType") or "").lower(),
            **present(
                identitySource=",".join(listed),
                jwtConfiguration=present(issuer=token.get("Issuer"), audience=list(token.get("Audience") or ())),
                **_renamed(authorizer, _AUTHORIZER),
            ),
        }
    return scheme


def _integration(integration: Answer) -> Json:
    server = (integration.get("TlsConfig") or {}).get("ServerNameToVerify")
    return {
        "type": str(integration.get("IntegrationType") or "").lower(),
        **present(**_renamed(integration, _INTEGRATION), tlsConfig=present(serverNameToVerify=server)),
    }


def _extensions(api: Answer) -> Json:
    cors = {name[0].lower() + name[1:]: value for name, value in (api.get("CorsConfiguration") or {}).items()}
    return present(**{_PREFIX + "cors": present(**cors)}) | {_PREFIX + "importexport-version": "1.0"}


def _renamed(shape: Answer, names: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    return {name: shape.get(source) for source, name in names}
