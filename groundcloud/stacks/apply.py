"""The calls that complete a stack's REST APIs, buckets, functions and roles. Validators come first: methods name
them."""

from __future__ import annotations

from typing import Any

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, ConcurrencyProvider, Scope
from groundcloud.stacks.bucketsettings import BUCKET, DROPPED, put_settings
from groundcloud.stacks.functionsettings import FUNCTION, ROLE, put_function, put_role
from groundcloud.stacks.limits import SETTLE_SECONDS

QUALIFIED = ("AWS::Lambda::Alias", "AWS::Lambda::Version")
PROVISIONED = "ProvisionedConcurrencyConfig"
"""What may have provisioned concurrency, and where it is asked for; an empty note says that it is asked for no more."""

Note = dict[str, Any]
Patch = list[dict[str, str]]


class Applier:
    """Collects the notes of one stack, then applies those that differ from what is there."""

    def __init__(self, engine: AwsCaller, scope: Scope, provider: ConcurrencyProvider | None = None) -> None:
        self._engine = engine
        self._provider = provider
        self._scope = scope
        self._notes: list[tuple[str, str, Note]] = []
        self._validator_ids: dict[str, str] = {}

    def collect(self, kind: str, physical_id: str, note: Note) -> None:
        """`note` of a resource of type `kind`, its functions resolved."""
        self._notes.append((kind, physical_id, note))

    async def apply(self) -> list[str]:
        """Apply all; returns a sentence for each that failed."""
        problems = []
        ordered = sorted(self._notes, key=lambda item: item[0] != "AWS::ApiGateway::RequestValidator")
        for kind, physical_id, note in ordered:
            try:
                await self._apply_one(kind, physical_id, note)
            except AwsError as error:
                problems.append(f"{kind} {physical_id} was not completed: {error}")
        return problems

    async def _apply_one(self, kind: str, physical_id: str, note: Note) -> None:
        if kind == "AWS::ApiGateway::RequestValidator":
            self._validator_ids[physical_id] = await self._validator(note)
        elif kind == "AWS::ApiGateway::Method":
            await self._method(note)
        elif kind == "AWS::ApiGateway::Stage":
            await self._stage(note)
        elif kind == "AWS::ApiGateway::RestApi":
            await self._api(physical_id, note)
        elif kind in QUALIFIED:
            await self._provide(physical_id, note[PROVISIONED])
        elif kind == BUCKET:
            await put_settings(self._engine, self._scope, physical_id, note)
        elif kind in (FUNCTION, ROLE):
            put = put_function if kind == FUNCTION else put_role
            await put(self._engine, self._scope, physical_id, note, note.get(DROPPED, []))

    async def _validator(self, note: Note) -> str:
        """The id of the validator of that name, made or brought up to date."""
        api, name = note["RestApiId"], note["Name"]
        body, parameters = (_boolean(note.get(key)) for key in ("ValidateRequestBody", "ValidateRequestParameters"))
        found = await self._call("GetRequestValidators", {"restApiId": api, "limit": 500})
        for validator in found.get("items", []):
            if validator.get("name") == name:
                patch = _patch({"validateRequestBody": body, "validateRequestParameters": parameters})
                place = {"restApiId": api, "requestValidatorId": validator["id"]}
                await self._call("UpdateRequestValidator", {**place, "patchOperations": patch})
                return str(validator["id"])
        flags = {"validateRequestBody": body, "validateRequestParameters": parameters}
        made = await self._call("CreateRequestValidator", {"restApiId": api, "name": name, **flags})
        return str(made["id"])

    async def _method(self, note: Note) -> None:
        place = {
            "restApiId": note["RestApiId"],
            "resourceId": note["ResourceId"],
            "httpMethod": note["HttpMethod"],
        }
        if note.get("RequestValidatorId"):
            validator = self._validator_ids.get(note["RequestValidatorId"], note["RequestValidatorId"])
            await self._call("UpdateMethod", {**place, "patchOperations": _patch({"requestValidatorId": validator})})
        if note.get("ContentHandling"):
            patch = _patch({"contentHandling": note["ContentHandling"]})
            await self._call("UpdateIntegration", {**place, "patchOperations": patch})

    async def _stage(self, note: Note) -> None:
        values: dict[str, Any] = {}
        log = note.get("AccessLogSetting") or {}
        for key, path in (("DestinationArn", "destinationArn"), ("Format", "format")):
            if log.get(key):
                values[f"accessLogSettings/{path}"] = log[key]
        for key in ("CacheClusterEnabled", "CacheClusterSize", "ClientCertificateId", "DocumentationVersion"):
            if note.get(key) is not None:
                values[key[0].lower() + key[1:]] = note[key]
        if values:
            place = {"restApiId": note["RestApiId"], "stageName": note["StageName"]}
            await self._call("UpdateStage", {**place, "patchOperations": _patch(values)})

    async def _api(self, api: str, note: Note) -> None:
        values: dict[str, Any] = {}
        if note.get("ApiKeySourceType"):
            values["apiKeySource"] = note["ApiKeySourceType"]
        if note.get("DisableExecuteApiEndpoint") is not None:
            values["disableExecuteApiEndpoint"] = _boolean(note["DisableExecuteApiEndpoint"])
        if values:
            await self._call("UpdateRestApi", {"restApiId": api, "patchOperations": _patch(values)})

    async def _provide(self, arn: str, config: Note) -> None:
        number = config.get("ProvisionedConcurrentExecutions")
        if self._provider is not None:
            await self._provider.provide(arn, int(number) if number is not None else None, SETTLE_SECONDS)

    async def _call(self, operation: str, params: dict[str, Any]) -> Any:
        return await self._engine.call("apigateway", operation, params, scope=self._scope)


def _patch(values: dict[str, Any]) -> Patch:
    return [{"op": "replace", "path": f"/{path}", "value": _text(value)} for path, value in values.items()]


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _boolean(value: Any) -> bool:
    return str(value).lower() == "true"
