"""GetExport: a stage of a REST API as the definition it could be imported from.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-export-api.html. What is exported is what was
deployed. `documentation` adds what the stage's documentation version says, which no stage has here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from groundcloud.gateway.definition import Answer, Definition
from groundcloud.gateway.exports.operations import integration_of, operation_of
from groundcloud.gateway.exports.schemes import Schemes
from groundcloud.gateway.exports.style import OAS30, SWAGGER, Json, Style, bad_export, moment, present, written
from groundcloud.gateway.refusals import unsupported
from groundcloud.http import Headers, Response

_STYLES = {"swagger": SWAGGER, "oas30": OAS30}
_MEDIA = {
    "application/json": "json",
    "*/*": "json",
    "": "json",
    "application/yaml": "yaml",
    "application/x-yaml": "yaml",
    "text/yaml": "yaml",
}
_EXTENSIONS = ("integrations", "authorizers", "apigateway", "documentation")
_PREFIX = "x-amazon-apigateway-"
_FLAGS = ("validateRequestBody", "validateRequestParameters")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request of GetExport asks for."""

    kind: str
    media: str
    extensions: frozenset[str]

    @property
    def style(self) -> Style:
        return _STYLES[self.kind]

    def has(self, extension: str) -> bool:
        """``apigateway`` stands for every extension but the documentation."""
        return extension in self.extensions or "apigateway" in self.extensions


def wanted(kind: str, accept: str, extensions: str) -> Wanted:
    """`accept` is the header, `extensions` a list with commas. Raises `AwsError`."""
    if kind.lower() not in _STYLES:
        raise bad_export(f"Invalid export type specified: {kind}. Supported are oas30 and swagger")
    media = accept.partition(",")[0].partition(";")[0].strip().lower()
    if media not in _MEDIA:
        raise bad_export(
            f"Invalid media type of an export: {media}. Supported are application/json and application/yaml"
        )
    names = frozenset(one.strip().lower() for one in extensions.split(",") if one.strip())
    if "postman" in names:
        raise unsupported("Postman extensions of exports (extensions=postman)")
    if names - set(_EXTENSIONS):
        raise bad_export(f"Invalid extensions of an export: {', '.join(sorted(names - set(_EXTENSIONS)))}")
    return Wanted(kind.lower(), _MEDIA[media], names)


def export(definition: Definition, stage: Answer, region: str, want: Wanted) -> Response:
    """The answer to GetExport. Raises `AwsError` for what cannot be exported."""
    document = rest_document(definition, str(stage["stageName"]), region, want)
    name = f"{want.kind}_{document['info']['version']}.{want.media}"
    headers = [("Content-Type", "application/octet-stream"), ("Content-Disposition", f'attachment; filename="{name}"')]
    return Response(200, Headers(headers), written(document, want.media))


def rest_document(definition: Definition, stage: str, region: str, want: Wanted) -> Json:
    """The definition of a stage."""
    api, style = definition.rest_api, want.style
    schemes = Schemes(definition, with_authorizers=want.has("authorizers"))
    paths = _paths(definition, want, schemes)
    schemas = {str(one["name"]): style.schema(_schema(one)) for one in definition.models}
    host = f"{api['id']}.execute-api.{region}.amazonaws.com"
    if style.swagger:
        document: Json = {"swagger": "2.0", "info": _information(api), "host": host, "basePath": f"/{stage}"}
        document |= {"schemes": ["https"], "paths": paths}
        document |= present(securityDefinitions=schemes.made, definitions=schemas)
    else:
        server = {"url": f"https://{host}/{{basePath}}", "variables": {"basePath": {"default": stage}}}
        document = {"openapi": "3.0.1", "info": _information(api), "servers": [server], "paths": paths}
        document["components"] = present(schemas=schemas, securitySchemes=schemes.made)
    if "apigateway" in want.extensions:
        document |= _settings(definition)
    return document


def _information(api: Answer) -> Json:
    """An API that was given no version shows when it was created."""
    version = str(api.get("version") or moment(api.get("createdDate")))
    return {"title": str(api.get("name") or ""), "version": version} | present(description=api.get("description"))


def _paths(definition: Definition, want: Wanted, schemes: Schemes) -> Json:
    validators = {str(one["id"]): str(one["name"]) for one in definition.validators}
    paths: Json = {}
    for resource in sorted(definition.resources, key=lambda one: str(one["path"])):
        operations: Json = {}
        for verb, method in sorted((resource.get("resourceMethods") or {}).items()):
            operation = operation_of(method, want.style)
            operation |= present(security=schemes.security(method))
            if want.has("integrations") and method.get("methodIntegration"):
                operation[_PREFIX + "integration"] = integration_of(method["methodIntegration"])
            validator = validators.get(str(method.get("requestValidatorId")))
            if validator is not None and "apigateway" in want.extensions:
                operation[_PREFIX + "request-validator"] = validator
            operations[_PREFIX + "any-method" if verb.upper() == "ANY" else verb.lower()] = operation
        if operations:
            paths[str(resource["path"])] = operations
    return paths


def _settings(definition: Definition) -> Json:
    """The extensions of the API itself."""
    api = definition.rest_api
    key_source = str(api.get("apiKeySource") or "HEADER")
    changed = [one for one in definition.gateway_responses if not one.get("defaultResponse")]
    disabled = bool(api.get("disableExecuteApiEndpoint"))
    shown = {
        "api-key-source": key_source if key_source != "HEADER" else None,
        "binary-media-types": list(api.get("binaryMediaTypes") or ()),
        "policy": _policy(api.get("policy")),
        "request-validators": {
            str(one["name"]): {flag: bool(one.get(flag)) for flag in _FLAGS} for one in definition.validators
        },
        "gateway-responses": {str(one["responseType"]): _gateway_response(one) for one in changed},
        "endpoint-configuration": {"disableExecuteApiEndpoint": True} if disabled else None,
    }
    return present(**{_PREFIX + name: value for name, value in shown.items()})


def _gateway_response(response: Answer) -> Json:
    members = ("statusCode", "responseParameters", "responseTemplates")
    return present(**{name: response.get(name) for name in members})


def _policy(policy: Any) -> Any:
    """The control plane tells it as text whose quotes may be escaped."""
    if not policy or not isinstance(policy, str):
        return policy
    found = json.loads(json.loads(f'"{policy}"') if policy.lstrip().startswith('{\\"') else policy)
    return found if isinstance(found, dict) else None


def _schema(model: Answer) -> Any:
    try:
        return json.loads(model.get("schema") or "{}")
    except ValueError as error:
        raise bad_export(f"The schema of model {model['name']} is no JSON") from error
