"""What AWS refuses of stages, deployments, usage plans and API keys, and the engine takes.

https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html (names and values of variables),
https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html#UpdateStage-Patch and
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html (formats). Wordings: recorded on AWS
(https://github.com/localstack/localstack, tests/aws/services/apigateway/test_apigateway_common.snapshot.json,
test_create_update_stages), or as clients report them: https://github.com/hashicorp/terraform/issues/25495,
https://github.com/serverless/serverless/issues/2831, https://github.com/aws/aws-sdk-js/issues/3841 and
https://github.com/ministryofjustice/cloud-platform-environments/pull/12962.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.gateway.control_checks import bad, refuse
from groundcloud.gateway.definition import found, pages
from groundcloud.gateway.places import api_of, named
from groundcloud.http import Request
from groundcloud.ports import AwsCaller, Scope

_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_VARIABLE = re.compile(r"[A-Za-z0-9_]+")
_VALUE = re.compile(r"[A-Za-z0-9\-._~:/?#&=, ]*")
_DEPLOYMENT = re.compile(r"/restapis/(?P<restApiId>[^/]+)/deployments/(?P<deploymentId>[^/]+)/?")
_PLAN = re.compile(r"/usageplans/(?P<usagePlanId>[^/]+)/keys/?")
_ONE_PLAN = re.compile(r"/usageplans/(?P<usagePlanId>[^/]+)/?")
_PATHS = (
    *("/deploymentId", "/description", "/cacheClusterEnabled", "/cacheClusterSize", "/clientCertificateId"),
    *("/accessLogSettings", "/accessLogSettings/destinationArn", "/accessLogSettings/format", "/tracingEnabled"),
    *("/documentationVersion", "/canarySettings", "/variables"),
)
_SETTINGS = {
    "metrics": ("enabled",),
    "logging": ("dataTrace", "loglevel"),
    "throttling": ("burstLimit", "rateLimit"),
    "caching": (
        *("ttlInSeconds", "enabled", "dataEncrypted"),
        *("requireAuthorizationForCacheControl", "unauthorizedCacheControlHeaderStrategy"),
    ),
}
_LEVELS = ("OFF", "ERROR", "INFO")
_PERIODS = ("DAY", "WEEK", "MONTH")
_REQUEST_IDS = ("$context.requestId", "$context.extendedRequestId")


class StageChecks:
    """Raises `AwsError`."""

    def __init__(self, engine: AwsCaller) -> None:
        self._engine = engine

    def by_operation(self) -> dict[str, Callable[[Request, Scope], Awaitable[None]]]:
        return {
            "DeleteDeployment": self._unused_deployment,
            "CreateUsagePlan": self._plan,
            "DeleteUsagePlan": self._plan_without_stages,
            "CreateUsagePlanKey": self._plan_key,
            "CreateApiKey": self._key,
        }

    async def patches(self, request: Request, scope: Scope) -> None:
        """What UpdateStage changes."""
        for patch in request.json_object().get("patchOperations") or []:
            refuse(patch_problem(patch) if isinstance(patch, dict) else None)
            if isinstance(patch, dict) and patch.get("path") == "/deploymentId":
                deployments = await pages(self._engine, scope, "GetDeployments", {"restApiId": api_of(request)})
                if patch.get("value") not in {one["id"] for one in deployments}:
                    raise bad("Deployment id does not exist")

    async def _unused_deployment(self, request: Request, scope: Scope) -> None:
        place = named(_DEPLOYMENT, request)
        stages = await self._engine.call("apigateway", "GetStages", {"restApiId": place["restApiId"]}, scope=scope)
        if any(one.get("deploymentId") == place["deploymentId"] for one in stages.get("item") or []):
            raise bad("Active stages pointing to this deployment must be moved or deleted")

    async def _plan(self, request: Request, scope: Scope) -> None:
        body = request.json_object()
        refuse(plan_problem(body))
        for stage in body.get("apiStages") or []:
            api, name = str(stage.get("apiId")), str(stage.get("stage"))
            if await found(self._engine, scope, "GetStage", {"restApiId": api, "stageName": name}) is None:
                raise AwsError("NotFoundException", f"API Stage not found: {api}:{name}", 404)

    async def _plan_without_stages(self, request: Request, scope: Scope) -> None:
        plan = named(_ONE_PLAN, request)["usagePlanId"]
        usage_plan = await self._engine.call("apigateway", "GetUsagePlan", {"usagePlanId": plan}, scope=scope)
        for stage in usage_plan.get("apiStages") or []:
            where = f"{stage.get('apiId')}:{stage.get('stage')}"
            raise bad(
                f"Cannot delete Usage Plan {plan} because there are API Stages associated with it, including {where}"
            )

    async def _plan_key(self, request: Request, scope: Scope) -> None:
        plan, body = named(_PLAN, request)["usagePlanId"], request.json_object()
        if body.get("keyType") != "API_KEY":
            raise bad("Invalid usage plan key type specified. Valid options are API_KEY")
        key = str(body.get("keyId") or "")
        if not key or await found(self._engine, scope, "GetApiKey", {"apiKey": key}) is None:
            raise AwsError("NotFoundException", "Invalid API Key identifier specified", 404)
        if await found(self._engine, scope, "GetUsagePlanKey", {"usagePlanId": plan, "keyId": key}) is not None:
            raise AwsError("ConflictException", f"Usage Plan {plan} already has the API Key {key}", 409)

    async def _key(self, request: Request, scope: Scope) -> None:
        value = request.json_object().get("value")
        if not value:
            return
        keys = await pages(self._engine, scope, "GetApiKeys", {"includeValues": True})
        if any(one.get("value") == value for one in keys):
            raise AwsError("ConflictException", "API Key already exists", 409)


def stage_settings_problem(stage: Mapping[str, Any]) -> str | None:
    """Of a new stage's name and variables, in the shape that CreateStage has on the wire."""
    name, variables = stage.get("stageName"), stage.get("variables")
    if isinstance(name, str) and "${" not in name and not _NAME.fullmatch(name):
        return "Stage name only allows a-zA-Z0-9_-"
    for key, value in (variables if isinstance(variables, dict) else {}).items():
        problem = variable_problem(key, value)
        if problem is not None:
            return problem
    return None


def variable_problem(name: str, value: Any) -> str | None:
    if not _VARIABLE.fullmatch(name):
        return f"Invalid stage variable name: {name}. Names have alphanumeric characters and underscores."
    if isinstance(value, str) and "${" not in value and not _VALUE.fullmatch(value):
        return (
            f"Invalid stage variable value of key {name}.  Please use values with alphanumeric characters and the "
            "symbols ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','."
        )
    return None


def format_problem(text: Any) -> str | None:
    """ "The format must include at least either $context.requestId or $context.extendedRequestId"; it is one line."""
    if not isinstance(text, str) or not text or "${" in text:
        return None
    if not any(one in text for one in _REQUEST_IDS):
        return f"Access log format must contain at least one of: {', '.join(_REQUEST_IDS)}"
    if "\n" in text.rstrip("\n"):
        return "Access Log format must be single line, new line character is allowed only at end of the format"
    return None


def patch_problem(patch: Mapping[str, Any]) -> str | None:
    """Of one patch of a stage."""
    path, value = str(patch.get("path") or ""), patch.get("value")
    if path.startswith("/variables/"):
        name = path.removeprefix("/variables/").replace("~1", "/")
        return None if patch.get("op") == "remove" else variable_problem(name, value)
    if path == "/accessLogSettings/format":
        return format_problem(value)
    if path in _PATHS or path.startswith("/canarySettings/"):
        return None
    return None if patch.get("op") == "remove" else _setting_problem(path, value)


def _setting_problem(path: str, value: Any) -> str | None:
    *place, group, member = path.strip("/").split("/") if path.count("/") > 2 else ("", "", "")
    if member not in _SETTINGS.get(group, ()) or len(place) != 2:
        every = [f"/{{resourcePath}}/{{httpMethod}}/{kind}/{one}" for kind, ones in _SETTINGS.items() for one in ones]
        every += ["/variables/{variable_name}"]
        return f"Invalid method setting path: {path}. Must be one of: [{', '.join([*_PATHS, *every])}]"
    if member == "loglevel" and str(value).upper() not in _LEVELS:
        return f"Invalid logging level specified. Valid options are {','.join(_LEVELS)}"
    if member in ("burstLimit", "rateLimit", "ttlInSeconds") and not _is_number(value):
        return f"Invalid value for {path}: {value} is no number"
    return None


def plan_problem(plan: Mapping[str, Any]) -> str | None:
    """Of a usage plan's name and quota, in the shape that CreateUsagePlan has on the wire."""
    quota = plan.get("quota") or {}
    if not str(plan.get("name") or "").strip():
        return "Usage Plan name must be non-empty"
    if quota and quota.get("period") not in _PERIODS:
        return f"Invalid quota period specified. Valid options are {','.join(_PERIODS)}"
    if quota and not (_is_number(quota.get("limit")) and float(quota["limit"]) > 0):
        return "Usage Plan quota limit must be larger than 0"
    return None


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def of_resource(kind: str, properties: Mapping[str, Any]) -> str | None:
    """Why a stage of a template is refused, as far as its properties are known."""
    if kind != "AWS::ApiGateway::Stage":
        return None
    stage = {"stageName": properties.get("StageName"), "variables": properties.get("Variables")}
    log = properties.get("AccessLogSetting")
    return stage_settings_problem(stage) or format_problem(log.get("Format") if isinstance(log, dict) else None)
