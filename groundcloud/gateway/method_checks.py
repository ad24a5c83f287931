"""What AWS refuses of a method, its responses, its integration and that one's responses, and the engine takes.

Wordings: recorded on AWS (https://github.com/localstack/localstack, tests/aws/services/apigateway/
test_apigateway_api.snapshot.json: test_put_method_validation, test_integration_response_invalid_statuscode); those of
mappings are `mapping_checks`'.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.gateway.control_checks import bad, refuse
from groundcloud.gateway.definition import found, pages
from groundcloud.gateway.mapping_checks import (
    method_parameters_problem,
    method_response_problem,
    request_problem,
    response_problem,
)
from groundcloud.gateway.places import method_of, response_of
from groundcloud.gateway.verbs import VERBS
from groundcloud.http import Request
from groundcloud.ports import AwsCaller, Scope

_VERBS = (*VERBS, "ANY")
_AUTHORIZATIONS = ("NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS")
_WITH_AUTHORIZER = ("CUSTOM", "COGNITO_USER_POOLS")
_HANDLINGS = ("CONVERT_TO_BINARY", "CONVERT_TO_TEXT")
_PASSTHROUGHS = ("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER")
_STATUS = re.compile(r"[1-5]\d\d")
_BUILT_IN = ("Empty", "Error")
_NO_AUTHORIZER = (
    "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid "
    "authorizer."
)

Body = Mapping[str, Any]


class MethodChecks:
    """Raises `AwsError`."""

    def __init__(self, engine: AwsCaller) -> None:
        self._engine = engine

    def by_operation(self) -> dict[str, Callable[[Request, Scope], Awaitable[None]]]:
        return {
            "PutMethod": self._new_method,
            "UpdateMethod": self._method,
            "PutMethodResponse": self._method_response,
            "PutIntegrationResponse": self._integration_response,
        }

    async def integration(self, place: Mapping[str, str], body: Body, scope: Scope) -> None:
        """The integration `body` (as it travels, whole) of the method at `place`."""
        refuse(integration_members_problem(body))
        mapped = body.get("requestParameters")
        if isinstance(mapped, dict) and mapped:
            method = await self._engine.call("apigateway", "GetMethod", dict(place), scope=scope)
            refuse(request_problem(mapped, method.get("requestParameters") or {}))

    async def _new_method(self, request: Request, scope: Scope) -> None:
        place, body = method_of(request), request.json_object()
        refuse(verb_problem(place["httpMethod"]))
        if await found(self._engine, scope, "GetMethod", place) is not None:
            raise AwsError("ConflictException", "Method already exists for this resource", 409)
        await self._judge(place, body, scope)

    async def _method(self, request: Request, scope: Scope) -> None:
        """An update of what lets a caller in."""
        place, before = method_of(request), None
        changed: dict[str, Any] = {}
        for patch in request.json_object().get("patchOperations") or []:
            name = str(patch.get("path") or "").strip("/") if isinstance(patch, dict) else ""
            if name in ("authorizationType", "authorizerId", "requestValidatorId") and patch.get("op") != "remove":
                changed[name] = patch.get("value")
        if changed:
            before = await found(self._engine, scope, "GetMethod", place)
        if before is not None:
            kept = {name: before.get(name) for name in ("authorizationType", "authorizerId")}
            await self._judge(place, {**kept, **changed}, scope)

    async def _judge(self, place: Mapping[str, str], body: Body, scope: Scope) -> None:
        refuse(method_problem(body))
        api = {"restApiId": place["restApiId"]}
        if body.get("authorizationType") in _WITH_AUTHORIZER:
            known = {one["id"] for one in await pages(self._engine, scope, "GetAuthorizers", api)}
            if body.get("authorizerId") not in known:
                raise bad(_NO_AUTHORIZER)
        if body.get("requestValidatorId"):
            known = {one["id"] for one in await pages(self._engine, scope, "GetRequestValidators", api)}
            if body["requestValidatorId"] not in known:
                raise bad("Invalid Request Validator identifier specified")
        await self._models(api, body.get("requestModels"), scope)

    async def _models(self, api: dict[str, str], wanted: Any, scope: Scope) -> None:
        names = [name for name in (wanted or {}).values() if name not in _BUILT_IN] if isinstance(wanted, dict) else []
        known = {one["name"] for one in await pages(self._engine, scope, "GetModels", api)} if names else set()
        for name in names:
            if name not in known:
                raise bad(f"Invalid model identifier specified: {name}")

    async def _method_response(self, request: Request, scope: Scope) -> None:
        place, body = response_of(request), request.json_object()
        refuse(status_problem(place["statusCode"]))
        refuse(method_response_problem(body.get("responseParameters") or {}))
        await self._models({"restApiId": place["restApiId"]}, body.get("responseModels"), scope)
        if await found(self._engine, scope, "GetMethodResponse", place) is not None:
            raise AwsError("ConflictException", "Response already exists for this resource", 409)

    async def _integration_response(self, request: Request, scope: Scope) -> None:
        place, body = response_of(request), request.json_object()
        refuse(status_problem(place["statusCode"]))
        refuse(handling_problem("putIntegrationResponseInput.contentHandling", body.get("contentHandling")))
        if body.get("responseParameters"):
            declared = await found(self._engine, scope, "GetMethodResponse", place)
            names = None if declared is None else declared.get("responseParameters") or {}
            refuse(response_problem(body["responseParameters"], names))


def method_problem(method: Body) -> str | AwsError | None:
    """What can be seen of a method alone, in the shape that PutMethod has on the wire."""
    kind = method.get("authorizationType")
    if isinstance(kind, str) and "${" not in kind and kind not in _AUTHORIZATIONS:
        return f"Invalid authorization type specified. Valid options are {','.join(_AUTHORIZATIONS)}"
    parameters = method.get("requestParameters")
    return method_parameters_problem(parameters) if isinstance(parameters, dict) else None


def verb_problem(verb: Any) -> str | None:
    if not isinstance(verb, str) or "${" in verb or verb in _VERBS:
        return None
    return f"Invalid HttpMethod specified. Valid options are {','.join(_VERBS)}"


def integration_members_problem(integration: Body) -> str | AwsError | None:
    """Of those that `control_checks.integration_problem` does not look at."""
    if str(integration.get("type") or "MOCK").upper() != "MOCK" and not integration.get("httpMethod"):
        return "Enumeration value for HttpMethod must be non-empty"
    passthrough = integration.get("passthroughBehavior")
    if isinstance(passthrough, str) and "${" not in passthrough and passthrough.upper() not in _PASSTHROUGHS:
        return "Invalid passthrough behavior specified"
    return handling_problem("putIntegrationInput.contentHandling", integration.get("contentHandling"))


def handling_problem(member: str, handling: Any) -> AwsError | None:
    if not isinstance(handling, str) or "${" in handling or handling.upper() in ("", *_HANDLINGS):
        return None
    return _constraint(member, handling, f"Member must satisfy enum value set: [{', '.join(_HANDLINGS)}]")


def status_problem(status: Any) -> AwsError | None:
    if not isinstance(status, str) or "${" in status or _STATUS.fullmatch(status):
        return None
    return _constraint("statusCode", status, r"Member must satisfy regular expression pattern: [1-5]\d\d")


def _constraint(member: str, value: str, rule: str) -> AwsError:
    message = f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {rule}"
    return AwsError("ValidationException", message, 400)


def of_resource(kind: str, properties: Mapping[str, Any]) -> str | None:
    """Why an `AWS::ApiGateway::Method` of a template is refused, as far as its properties are known."""
    if kind != "AWS::ApiGateway::Method":
        return None
    method = {key[0].lower() + key[1:]: value for key, value in properties.items()}
    problem = verb_problem(method.get("httpMethod")) or method_problem(method) or _responses_problem(method)
    integration = method.get("integration")
    if problem is None and isinstance(integration, dict):
        problem = _integration_problem(method, {key[0].lower() + key[1:]: value for key, value in integration.items()})
    return problem.message if isinstance(problem, AwsError) else problem


def _responses_problem(method: Body) -> str | AwsError | None:
    for one in _listed(method.get("methodResponses")):
        problem = status_problem(one.get("StatusCode")) or method_response_problem(one.get("ResponseParameters") or {})
        if problem is not None:
            return problem
    return None


def _integration_problem(method: Body, integration: Body) -> str | AwsError | None:
    # A method that is not known yet is there all the same.
    verb = integration["integrationHttpMethod"] or "?" if "integrationHttpMethod" in integration else None
    problem = integration_members_problem({**integration, "httpMethod": verb})
    mapped, declared = integration.get("requestParameters"), method.get("requestParameters")
    if problem is None and isinstance(mapped, dict):
        problem = request_problem(mapped, declared if isinstance(declared, dict) else {})
    responses = _listed(method.get("methodResponses"))
    known = {str(one.get("StatusCode")): one.get("ResponseParameters") or {} for one in responses}
    for one in _listed(integration.get("integrationResponses")):
        status, headers = str(one.get("StatusCode")), one.get("ResponseParameters")
        if problem is None and isinstance(headers, dict) and "None" not in known:
            problem = response_problem(headers, known.get(status))
    return problem


def _listed(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
