"""API keys and usage plans.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundcloud.clock import Clock
from groundcloud.gateway.call import ApiKey, Call
from groundcloud.gateway.definition import Answer, pages
from groundcloud.gateway.errors import GatewayError
from groundcloud.gateway.model import Method
from groundcloud.gateway.throttle import Limits, Quota, Throttle, read_limits, read_quota
from groundcloud.ports import AwsCaller, Changes, Scope


@dataclass(frozen=True, slots=True)
class Plan:
    """A usage plan. `stages` maps (API, stage) to limits of single methods, by ``path/VERB`` without a first slash."""

    id: str
    limits: Limits | None
    quota: Quota | None
    stages: Mapping[tuple[str, str], Mapping[str, Limits]]


@dataclass(frozen=True, slots=True)
class KeyUse:
    """An API key that is enabled, and the plans it is in."""

    key: ApiKey
    plans: tuple[Plan, ...]


class Usage:
    """Lets a request in by its API key, within its plans' limits and its stage's. Keys and plans are read once for each
    generation of the control plane; what was used is counted in memory."""

    def __init__(self, engine: AwsCaller, changes: Changes, clock: Clock) -> None:
        self._engine = engine
        self._changes = changes
        self._throttle = Throttle(clock)
        self._generation = -1
        self._keys: dict[Scope, Mapping[str, KeyUse]] = {}

    def clear(self) -> None:
        """Nothing was used."""
        self._throttle.clear()
        self._keys.clear()

    async def check(self, call: Call, method: Method) -> None:
        """Raise `GatewayError` (403 without a proper key, 429 over a limit); note in `call` whose key it is."""
        use = await self._use(call) if method.api_key_required else None
        stage = call.stage
        place = method_key(method.resource_path, call.request.method)
        buckets: list[tuple[tuple[str, ...], Limits | None]] = []
        plans = [plan for plan in use.plans if (stage.api_id, stage.name) in plan.stages] if use else []
        if use is not None:
            if not plans:
                raise _forbidden()
            call.api_key = use.key
            for plan in plans:
                buckets.append(((plan.id, use.key.id), plan.limits))
                own = plan.stages[stage.api_id, stage.name].get(place)
                buckets.append(((plan.id, use.key.id, stage.api_id, stage.name, place), own))
        if stage.throttles:
            own = stage.throttles.get(place) or stage.throttles.get("*/*")
            buckets.append((("", stage.api_id, stage.name, place), own))
        for slot, limits in buckets:
            if limits is not None and not self._throttle.take(slot, limits):
                raise GatewayError("THROTTLED", "Too Many Requests")
        for plan in plans:
            if use and plan.quota is not None and not self._throttle.count((plan.id, use.key.id), plan.quota):
                raise GatewayError("QUOTA_EXCEEDED", "Limit Exceeded")

    async def _use(self, call: Call) -> KeyUse:
        stage = call.stage
        given = call.usage_key if stage.key_from_authorizer else call.request.headers.get("x-api-key")
        if not given:
            raise _forbidden()
        generation = self._changes.generation("apigateway")
        if generation != self._generation:
            self._generation = generation
            self._keys.clear()
        keys = self._keys.get(stage.scope)
        if keys is None:
            keys = await self._read(stage.scope)
            if generation == self._generation:
                self._keys[stage.scope] = keys
        use = keys.get(given)
        if use is None:
            raise _forbidden()
        return use

    async def _read(self, scope: Scope) -> dict[str, KeyUse]:
        plans: dict[str, list[Plan]] = {}
        for answer in await pages(self._engine, scope, "GetUsagePlans", {}):
            plan = read_plan(answer)
            for member in await pages(self._engine, scope, "GetUsagePlanKeys", {"usagePlanId": plan.id}):
                plans.setdefault(str(member["id"]), []).append(plan)
        keys = await pages(self._engine, scope, "GetApiKeys", {"includeValues": True})
        return {
            str(key["value"]): KeyUse(ApiKey(str(key["id"]), str(key["value"])), tuple(plans.get(str(key["id"]), ())))
            for key in keys
            if key.get("enabled") and key.get("value")
        }


def read_plan(answer: Answer) -> Plan:
    """A plan from boto3's shape of it."""
    stages = {
        (str(one["apiId"]), str(one["stage"])): _method_limits(one.get("throttle") or {})
        for one in answer.get("apiStages") or []
    }
    limits, quota = read_limits(answer.get("throttle") or {}), read_quota(answer.get("quota") or {})
    return Plan(str(answer["id"]), limits, quota, stages)


def stage_throttles(settings: Mapping[str, Any]) -> dict[str, Limits]:
    """The limits in a stage's `methodSettings`, by ``path/VERB`` without a first slash, or ``*/*`` for all."""
    found = {}
    for key, value in settings.items():
        limits = read_limits(value or {}, "throttlingRateLimit", "throttlingBurstLimit")
        if limits is not None:
            found[_plain(key)] = limits
    return found


def stage_metrics(settings: Mapping[str, Any]) -> dict[str, bool] | None:
    """Which methods a stage's `methodSettings` give metrics of their own, by the same keys; None when none."""
    found = {_plain(key): bool((value or {}).get("metricsEnabled")) for key, value in settings.items()}
    return found if any(found.values()) else None


def is_metered(settings: Mapping[str, bool], path: str, verb: str) -> bool:
    return settings.get(method_key(path, verb), settings.get("*/*", False))


def _method_limits(throttle: Mapping[str, Any]) -> dict[str, Limits]:
    read = {_plain(key): read_limits(value or {}) for key, value in throttle.items()}
    return {key: limits for key, limits in read.items() if limits is not None}


def method_key(path: str, verb: str) -> str:
    """How limits of a method are looked up."""
    return f"{path}/{verb}".lstrip("/")


def _plain(key: str) -> str:
    return key.replace("~1", "/").lstrip("/")


def _forbidden() -> GatewayError:
    return GatewayError("INVALID_API_KEY", "Forbidden")
