"""What AWS refuses of an API itself, its resources, models, authorizers and gateway responses, and the engine takes.

Wordings: recorded on AWS (https://github.com/localstack/localstack, tests/aws/services/apigateway/
test_apigateway_api.snapshot.json: test_create_proxy_resource_validation, test_model_validation, test_put_method_model,
test_create_rest_api_with_endpoint_configuration); where that has none, in the form of AWS's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.gateway.control_checks import bad, refuse
from groundcloud.gateway.definition import pages
from groundcloud.gateway.mapping_checks import gateway_response_problem
from groundcloud.gateway.places import api_of, named
from groundcloud.gateway.schema_check import schema_problem
from groundcloud.http import Request
from groundcloud.ports import AwsCaller, Scope

_PART = re.compile(r"[a-zA-Z0-9._:,-]+|\{[a-zA-Z0-9._:-]+\+?\}")
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html has the comma, too."""
_PARENT = re.compile(r"/restapis/(?P<restApiId>[^/]+)/resources/(?P<parentId>[^/]+)/?")
_MODEL = re.compile(r"/restapis/(?P<restApiId>[^/]+)/models/(?P<name>[^/]+)/?")
_INVOCATION = re.compile(
    r"arn:[a-z-]+:apigateway:[a-z0-9-]+:lambda:path/+2015-03-31/functions/.+/invocations", re.DOTALL
)
_IDENTITY = re.compile(r"method\.request\.(header|querystring)\.\S+|context\.\S+|stageVariables\.\S+")
_TOKEN_IDENTITY = re.compile(r"method\.request\.header\.\S+")
_KINDS = ("TOKEN", "REQUEST", "COGNITO_USER_POOLS")
_MAX_TTL = 3600


class PartChecks:
    """Raises `AwsError`."""

    def __init__(self, engine: AwsCaller) -> None:
        self._engine = engine

    def by_operation(self) -> dict[str, Callable[[Request, Scope], Awaitable[None]]]:
        return {
            "CreateRestApi": self._api,
            "CreateResource": self._resource,
            "CreateModel": self._model,
            "DeleteModel": self._unused_model,
            "CreateAuthorizer": self._authorizer,
            "PutGatewayResponse": self._gateway_response,
        }

    async def _api(self, request: Request, scope: Scope) -> None:
        body = request.json_object()
        refuse(api_problem(body))

    async def _resource(self, request: Request, scope: Scope) -> None:
        part, place = str(request.json_object().get("pathPart") or ""), named(_PARENT, request)
        refuse(part_problem(part))
        resources = await pages(self._engine, scope, "GetResources", {"restApiId": place["restApiId"]})
        parent = next((one for one in resources if one["id"] == place["parentId"]), None)
        siblings = [str(one.get("pathPart")) for one in resources if one.get("parentId") == place["parentId"]]
        refuse(family_problem(part, str(parent.get("pathPart") or "") if parent else "", siblings))

    async def _model(self, request: Request, scope: Scope) -> None:
        body, api = request.json_object(), {"restApiId": api_of(request)}
        known = {str(one["name"]) for one in await pages(self._engine, scope, "GetModels", api)}
        if body.get("name") in known:
            raise AwsError("ConflictException", "Model name already exists for this REST API", 409)
        refuse(model_problem(body) or schema_problem(body.get("schema"), known))

    async def _unused_model(self, request: Request, scope: Scope) -> None:
        place = named(_MODEL, request)
        params = {"restApiId": place["restApiId"], "embed": ["methods"]}
        for resource in await pages(self._engine, scope, "GetResources", params):
            for verb, method in (resource.get("resourceMethods") or {}).items():
                if place["name"] in (method.get("requestModels") or {}).values():
                    where = f"{resource['path']}/{verb}"
                    message = f"Cannot delete model '{place['name']}', is referenced in method request: {where}"
                    raise AwsError("ConflictException", message, 409)

    async def _authorizer(self, request: Request, scope: Scope) -> None:
        body, api = request.json_object(), {"restApiId": api_of(request)}
        refuse(authorizer_problem(body))
        name = body.get("name")
        if any(one.get("name") == name for one in await pages(self._engine, scope, "GetAuthorizers", api)):
            raise bad(f"Authorizer name must be unique. Authorizer {name} already exists in this RestApi.")

    async def _gateway_response(self, request: Request, scope: Scope) -> None:
        refuse(gateway_response_problem(request.json_object().get("responseParameters") or {}))


def api_problem(api: Mapping[str, Any]) -> AwsError | None:
    """Of what CreateRestApi says, in its shape on the wire."""
    types = (api.get("endpointConfiguration") or {}).get("types") or []
    if any(one not in ("PRIVATE", "EDGE", "REGIONAL") for one in types):
        rule = "Member must satisfy constraint: [Member must satisfy enum value set: [PRIVATE, EDGE, REGIONAL]]"
        return _constraint("createRestApiInput.endpointConfiguration.types", f"[{', '.join(types)}]", rule)
    source = api.get("apiKeySource")
    if source is not None and source not in ("HEADER", "AUTHORIZER"):
        rule = "Member must satisfy enum value set: [HEADER, AUTHORIZER]"
        return _constraint("createRestApiInput.apiKeySource", str(source), rule)
    if api.get("description") == "":
        return bad("Description cannot be an empty string")
    if len(types) > 1:
        return bad("Cannot create an api with multiple Endpoint Types.")
    if not str(api.get("name") or "").strip():
        return bad("The name of an API must not be empty")
    return (
        None
        if is_policy(api.get("policy"))
        else bad("Invalid policy document. Please check the policy syntax and ensure that Principals are valid.")
    )


def is_policy(policy: Any) -> bool:
    """Whether an API's policy, if it has one, is an object with statements."""
    if not isinstance(policy, str) or not policy or "${" in policy:
        return True
    text = json.loads(f'"{policy}"') if policy.lstrip().startswith('{\\"') else policy
    try:
        document = json.loads(text)
    except ValueError:
        return False
    return isinstance(document, dict) and "Statement" in document


def part_problem(part: str) -> str | None:
    """Why `part` is no step of a path."""
    if "${" in part or _PART.fullmatch(part):
        return None
    return (
        "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the "
        "beginning and the end."
    )


def family_problem(part: str, parent: str, siblings: Iterable[str]) -> str | None:
    """Why a resource cannot be where it is to be: below `parent`, beside `siblings`."""
    if parent.endswith("+}"):
        return f"Cannot create a child of a resource with a greedy path variable: {parent}"
    for other in siblings if part.startswith("{") else ():
        if other.startswith("{") and other != part:
            return f"A sibling ({other}) of this resource already has a variable path part -- only one is allowed"
    return None


def model_problem(model: Mapping[str, Any]) -> str | None:
    """Of a model but its schema."""
    name = model.get("name")
    if name == "":
        return "Model name must be non-empty"
    if isinstance(name, str) and "${" not in name and not re.fullmatch(r"[a-zA-Z0-9]+", name):
        return f"Model name must be alphanumeric: {name}"
    return None


def authorizer_problem(authorizer: Mapping[str, Any]) -> str | None:
    """Of an authorizer, in the shape that CreateAuthorizer has on the wire."""
    kind, ttl = authorizer.get("type"), authorizer.get("authorizerResultTtlInSeconds")
    if kind not in _KINDS:
        return f"Invalid authorizer type specified. Valid options are {','.join(_KINDS)}"
    if ttl is not None and not _is_unknown(ttl) and not 0 <= float(ttl) <= _MAX_TTL:
        return f"Authorizer result TTL must be between 0 and {_MAX_TTL} seconds"
    if kind == "COGNITO_USER_POOLS":
        return None if authorizer.get("providerARNs") else "Authorizers of user pools need at least one provider ARN"
    uri = authorizer.get("authorizerUri")
    if not _is_unknown(uri) and not _INVOCATION.fullmatch(str(uri or "")):
        return (
            f"Invalid Authorizer URI: {uri}. Authorizer URI should be a valid API Gateway ARN that represents a Lambda "
            "function invocation."
        )
    return _identity_problem(kind, authorizer.get("identitySource"), 300 if ttl is None else ttl)


def _identity_problem(kind: str, source: Any, ttl: Any) -> str | None:
    if _is_unknown(source):
        return None
    sources = [one.strip() for one in str(source or "").split(",") if one.strip()]
    if kind == "REQUEST" and not sources and not _is_unknown(ttl) and float(ttl) > 0:
        return "Identity sources are required while the results of a REQUEST authorizer are cached"
    if kind == "TOKEN" and len(sources) != 1:
        return "A TOKEN authorizer needs one identity source"
    form = _TOKEN_IDENTITY if kind == "TOKEN" else _IDENTITY
    wrong = next((one for one in sources if not form.fullmatch(one)), None)
    return None if wrong is None else f"Invalid identity source specified: {wrong}"


def _is_unknown(value: Any) -> bool:
    """Whether a template does not tell it yet; a stage's variable is known to be known."""
    return isinstance(value, dict) or (isinstance(value, str) and "${" in value)


def _constraint(member: str, value: str, rule: str) -> AwsError:
    message = f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {rule}"
    return AwsError("ValidationException", message, 400)


def of_resource(kind: str, properties: Mapping[str, Any]) -> str | None:
    """Why a resource of a template is refused, as far as its properties are known."""
    if kind == "AWS::ApiGateway::Resource":
        part = properties.get("PathPart")
        return part_problem(part) if isinstance(part, str) else None
    if kind == "AWS::ApiGateway::Model":
        return model_problem({"name": properties.get("Name")})
    if kind == "AWS::ApiGateway::GatewayResponse":
        mapped = properties.get("ResponseParameters")
        return gateway_response_problem(mapped) if isinstance(mapped, dict) else None
    return None
