"""What the engine's control plane of REST APIs lacks, completed at the edge, and what AWS refuses at once, refused.

Measured against ministack 1.5.33: there is no TestInvokeMethod, PutRestApi and UpdateBasePathMapping, ImportRestApi
makes an empty API, UpdateRestApi breaks `binaryMediaTypes`, and nothing is validated.
https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from groundcloud.errors import AwsError
from groundcloud.gateway.control_checks import bad, deployment_problem, integration_problem, refuse, stage_problem
from groundcloud.gateway.definition import Definition, pages
from groundcloud.gateway.definitions import (
    MEDIA_TYPE,
    as_texts,
    media_type_patches,
    patches_of,
    properties_of,
    refuse_unsupported,
)
from groundcloud.gateway.domain_checks import DomainChecks
from groundcloud.gateway.exports.rest import export, wanted
from groundcloud.gateway.imports import Expand, Importer, read
from groundcloud.gateway.method_checks import MethodChecks
from groundcloud.gateway.part_checks import PartChecks
from groundcloud.gateway.places import api_of, method_of, named
from groundcloud.gateway.refusals import Refusals
from groundcloud.gateway.stage_checks import StageChecks, stage_settings_problem
from groundcloud.gateway.trial import Trial
from groundcloud.gateway.updates import UPDATES, update
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Engine, Scope

_MAPPING = re.compile(r"/domainnames/(?P<domain>[^/]+)/basepathmappings/(?P<path>[^/]*)")
_EXPORT = re.compile(r"/restapis/(?P<api>[^/]+)/stages/(?P<stage>[^/]+)/exports/(?P<kind>[^/]+)/?")
_STAGE = re.compile(r"/restapis/(?P<api>[^/]+)/stages/(?P<stage>[^/]+)(?:/.*)?")

Body = dict[str, Any]
Handler = Callable[[Request, Scope], Awaitable[Response | None]]
Check = Callable[[Request, Scope], Awaitable[None]]


class DataPlane(Protocol):
    """The gateway's side of TestInvokeMethod, GetExport and FlushStageAuthorizersCache."""

    async def try_method(self, scope: Scope, trial: Trial) -> dict[str, Any]: ...

    async def deployed(self, scope: Scope, api: str, deployment: str) -> Definition: ...

    def forget_authorizers(self, api: str, stage: str) -> None: ...


class RestControl:
    """A part that looks at the operations of `apigateway`. `check` is for every caller; `handle` acts as the account's
    administrator, so it is for those whose permission was decided.

    `patches_media_types`: whether the engine's UpdateRestApi changes `binaryMediaTypes` one by one, as AWS's does, and
    takes no whole list of them, nor values that are no text."""

    def __init__(self, engine: Engine, gateway: DataPlane, expand: Expand, *, patches_media_types: bool) -> None:
        self._engine = engine
        self._patches_media_types = patches_media_types
        self._gateway = gateway
        self._expand = expand
        self._refusals = Refusals("apigateway")
        domains = DomainChecks(engine)
        self._methods, self._stages = MethodChecks(engine), StageChecks(engine)
        self._checks: dict[str, Check] = {
            "PutIntegration": self._check_integration,
            "UpdateIntegration": self._check_integration,
            "CreateDeployment": self._check_deployment,
            "CreateStage": self._check_new_stage,
            "UpdateStage": self._check_stage,
            "CreateDomainName": domains.new_domain,
            "CreateBasePathMapping": domains.new_mapping,
            **self._methods.by_operation(),
            **PartChecks(engine).by_operation(),
            **self._stages.by_operation(),
        }
        self._handlers: dict[str, Handler] = {
            "GetExport": self._export,
            "TestInvokeMethod": self._test_invoke,
            "ImportRestApi": self._import,
            "PutRestApi": self._put,
            "UpdateRestApi": self._update,
            "UpdateBasePathMapping": self._update_mapping,
            "CreateDeployment": self._deploy,
            "CreateAuthorizer": self._create_authorizer,
            "FlushStageAuthorizersCache": self._flush_authorizers,
            **{operation: partial(self._patched, operation) for operation in UPDATES},
        }

    def knows(self, operation: str) -> bool:
        known = self._refusals.knows(operation)
        return known or operation in self._checks or operation in self._handlers

    async def check(self, operation: str, request: Request, scope: Scope) -> None:
        """Raise `AwsError` for what AWS refuses, or what is not supported here."""
        await self._refusals.check(operation, request, scope)
        if operation in self._checks:
            await self._checks[operation](request, scope)

    async def handle(self, operation: str, request: Request, scope: Scope) -> Response | None:
        """The answer, or None when the engine answers the request as it came. Raises `AwsError`."""
        handler = self._handlers.get(operation)
        return await handler(request, scope) if handler else None

    async def _call(self, operation: str, params: Body, scope: Scope) -> Any:
        return await self._engine.call("apigateway", operation, params, scope=scope)

    # What is refused

    async def _check_integration(self, request: Request, scope: Scope) -> None:
        body, place = request.json_object(), method_of(request)
        if "patchOperations" in body:
            before = await self._call("GetIntegration", place, scope)
            changes = {_last(one): one.get("value") for one in _patches(body)}
            body = {**before, **changes}
        refuse(integration_problem(body))
        await self._methods.integration(place, body, scope)

    async def _check_deployment(self, request: Request, scope: Scope) -> None:
        refuse(stage_settings_problem(request.json_object()))
        params = {"restApiId": api_of(request), "embed": ["methods"]}
        refuse(deployment_problem(await pages(self._engine, scope, "GetResources", params)))

    async def _check_new_stage(self, request: Request, scope: Scope) -> None:
        body, api = request.json_object(), api_of(request)
        refuse(stage_settings_problem(body))
        deployments = await pages(self._engine, scope, "GetDeployments", {"restApiId": api})
        if body.get("deploymentId") not in {one["id"] for one in deployments}:
            raise bad("Deployment id does not exist")
        stages = await self._call("GetStages", {"restApiId": api}, scope)
        if any(one["stageName"] == body.get("stageName") for one in stages.get("item") or []):
            raise AwsError("ConflictException", "Stage already exists", 409)

    async def _check_stage(self, request: Request, scope: Scope) -> None:
        await self._stages.patches(request, scope)
        needs_role = any(stage_problem(one) for one in _patches(request.json_object()))
        if needs_role and not (await self._call("GetAccount", {}, scope)).get("cloudwatchRoleArn"):
            message = "CloudWatch Logs role ARN must be set in account settings to enable logging"
            raise AwsError("BadRequestException", message, 400)

    # What is done here

    async def _test_invoke(self, request: Request, scope: Scope) -> Response:
        place, body = method_of(request), request.json_object()
        several = body.get("multiValueHeaders") or {}
        headers = [(name, str(value)) for name, value in (body.get("headers") or {}).items() if name not in several]
        headers += [(name, str(value)) for name, values in several.items() for value in values]
        trial = Trial(
            place["restApiId"],
            place["resourceId"],
            place["httpMethod"],
            body.get("pathWithQueryString") or None,
            str(body.get("body") or ""),
            tuple(headers),
            body.get("stageVariables") or {},
        )
        return _answer(200, await self._gateway.try_method(scope, trial))

    async def _export(self, request: Request, scope: Scope) -> Response:
        place = named(_EXPORT, request)
        asked = wanted(place["kind"], request.headers.get("accept") or "", request.query_value("extensions") or "")
        stage = await self._call("GetStage", {"restApiId": place["api"], "stageName": place["stage"]}, scope)
        definition = await self._gateway.deployed(scope, place["api"], str(stage.get("deploymentId")))
        return export(definition, stage, scope.region, asked)

    async def _import(self, request: Request, scope: Scope) -> Response:
        resources = self._read(request)
        information = properties_of(resources)
        made = await self._call("CreateRestApi", {"name": str(information.get("Name") or "imported")}, scope)
        try:
            return await self._fill(str(made["id"]), resources, request, scope, overwrite=True)
        except AwsError:
            await self._call("DeleteRestApi", {"restApiId": made["id"]}, scope)
            raise

    async def _put(self, request: Request, scope: Scope) -> Response:
        api = api_of(request)
        await self._call("GetRestApi", {"restApiId": api}, scope)
        mode = (request.query_value("mode") or "merge").lower()
        if mode not in ("merge", "overwrite"):
            raise AwsError("BadRequestException", f"Invalid mode: {mode}", 400)
        return await self._fill(api, self._read(request), request, scope, overwrite=mode == "overwrite")

    def _read(self, request: Request) -> dict[str, dict[str, Any]]:
        document = read(request.body, (request.query_value("basepath") or "ignore").lower())
        resources = self._expand(document)
        refuse_unsupported(resources)
        information = document.get("info")
        if isinstance(information, dict) and information.get("version") is not None:
            properties_of(resources)["Version"] = str(information["version"])
        return resources

    async def _fill(
        self, api: str, resources: dict[str, dict[str, Any]], request: Request, scope: Scope, *, overwrite: bool
    ) -> Response:
        await Importer(self._engine, scope, api).run(resources, overwrite=overwrite)
        given = properties_of(resources)
        patches = as_texts(patches_of(given)) if self._patches_media_types else patches_of(given)
        if "Version" in given and not self._patches_media_types:
            # AWS's UpdateRestApi cannot change it, nor can an engine's that does as AWS's.
            patches.append({"op": "replace", "path": "/version", "value": given["Version"]})
        if "BinaryMediaTypes" in given:
            patches += await self._media_types(api, given["BinaryMediaTypes"], scope)
        response = await self._patch(api, patches, request)
        return Response(201, response.headers, response.body) if response.status < 300 else response

    async def _update(self, request: Request, scope: Scope) -> Response | None:
        """`binaryMediaTypes` is changed one by one, with ``/`` written ``~1``."""
        patches, api = _patches(request.json_object()), api_of(request)
        if self._patches_media_types or not any(str(one.get("path")).startswith(MEDIA_TYPE) for one in patches):
            return None
        current = (await self._call("GetRestApi", {"restApiId": api}, scope)).get("binaryMediaTypes") or []
        kept = [one for one in patches if not str(one.get("path")).startswith(MEDIA_TYPE)]
        types = media_types(list(current), [one for one in patches if one not in kept])
        kept.append({"op": "replace", "path": "/binaryMediaTypes", "value": types})
        return await self._patch(api, kept, request)

    async def _media_types(self, api: str, types: list[str], scope: Scope) -> list[Body]:
        """The patches after which the API has these types and no others."""
        if not self._patches_media_types:
            return [{"op": "replace", "path": "/binaryMediaTypes", "value": types}]
        return await media_type_patches(self._engine, scope, api, types)

    async def _patch(self, api: str, patches: list[Body], request: Request) -> Response:
        """UpdateRestApi as the administrator whose request this is: values that are no strings pass only so."""
        body = json.dumps({"patchOperations": patches}).encode()
        headers = request.headers.copy()
        headers.set("Content-Type", "application/json")
        headers.set("Content-Length", str(len(body)))
        sent = replace(
            request, method="PATCH", raw_path=f"/restapis/{api}", query_string="", headers=headers, body=body
        )
        return await self._engine.request(sent)

    async def _deploy(self, request: Request, scope: Scope) -> Response | None:
        """A deployment may turn on the tracing of its stage, which the engine forgets."""
        body = request.json_object()
        response = await self._engine.request(request) if body.get("tracingEnabled") and body.get("stageName") else None
        if response is not None and response.status < 300:
            patch = [{"op": "replace", "path": "/tracingEnabled", "value": "true"}]
            stage = {"restApiId": api_of(request), "stageName": body["stageName"]}
            await self._call("UpdateStage", {**stage, "patchOperations": patch}, scope)
        return response

    async def _create_authorizer(self, request: Request, scope: Scope) -> Response | None:
        """A REQUEST authorizer may do without identity sources; the engine gives it the header `Authorization`."""
        body = request.json_object()
        if body.get("type") != "REQUEST" or body.get("identitySource"):
            return None
        response = await self._engine.request(request)
        made = json.loads(response.body) if response.status < 300 else {}
        if not made.get("identitySource"):
            return response
        patch = [{"op": "replace", "path": "/identitySource", "value": ""}]
        place = {"restApiId": api_of(request), "authorizerId": made["id"]}
        await self._call("UpdateAuthorizer", {**place, "patchOperations": patch}, scope)
        return _answer(response.status, {name: value for name, value in made.items() if name != "identitySource"})

    async def _patched(self, operation: str, request: Request, scope: Scope) -> Response:
        place = named(UPDATES[operation].path, request)
        return _answer(200, await update(self._engine, operation, place, _patches(request.json_object()), scope))

    async def _flush_authorizers(self, request: Request, scope: Scope) -> Response:
        place = named(_STAGE, request)
        await self._call("GetStage", {"restApiId": place["api"], "stageName": place["stage"]}, scope)
        self._gateway.forget_authorizers(place["api"], place["stage"])
        return Response(202)

    async def _update_mapping(self, request: Request, scope: Scope) -> Response:
        place = named(_MAPPING, request)
        params = {"domainName": place["domain"], "basePath": place["path"]}
        before = await self._call("GetBasePathMapping", params, scope)
        after = {name: before.get(name) for name in ("basePath", "restApiId", "stage")}
        for one in _patches(request.json_object()):
            name = {"restapiid": "restApiId", "basepath": "basePath"}.get(_last(one).lower(), _last(one))
            after[name] = one.get("value") if one.get("op") != "remove" else None
        await self._call("DeleteBasePathMapping", params, scope)
        made = {name: value for name, value in after.items() if value}
        answer = await self._call("CreateBasePathMapping", {"domainName": place["domain"], **made}, scope)
        answer.pop("ResponseMetadata", None)
        return _answer(200, answer)


def media_types(current: list[str], patches: list[Body]) -> list[str]:
    """The media types after `patches` (``/binaryMediaTypes/image~1png``)."""
    for one in patches:
        name = str(one["path"])[len(MEDIA_TYPE) :].replace("~1", "/").replace("~0", "~")
        if one.get("op") == "remove":
            current = [kind for kind in current if kind != name]
        elif one.get("op") == "replace":
            current = [str(one.get("value") or name) if kind == name else kind for kind in current]
        elif name not in current:
            current = [*current, name]
    return current


def _patches(body: Body) -> list[Body]:
    return [one for one in body.get("patchOperations") or [] if isinstance(one, dict)]


def _last(patch: Body) -> str:
    return str(patch.get("path") or "").strip("/").partition("/")[0]


def _answer(status: int, body: Body) -> Response:
    return Response(status, Headers([("Content-Type", "application/json")]), json.dumps(body).encode())
