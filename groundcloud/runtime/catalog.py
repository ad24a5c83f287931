"""Finds functions in the control plane, and remembers them for as long as nothing changed."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request
from groundcloud.ports import Changes, Engine, Scope
from groundcloud.runtime import errors
from groundcloud.runtime.asynchronous.event import Policy, read_policy
from groundcloud.runtime.function import Function, Reference, read_function

VersionCode = Callable[[Scope, str, str], Awaitable[bytes]]
"""`(scope, function, version)` → that version's package."""


class Catalog:
    """Looks functions up. An answer is good until the generation of the service `lambda` moves on.

    `version_code` is asked for the package of an old version where GetFunction hands out the newest only.
    """

    def __init__(self, engine: Engine, changes: Changes, version_code: VersionCode | None = None) -> None:
        self._engine = engine
        self._changes = changes
        self._version_code = version_code
        self._known: dict[Reference, tuple[int, Function]] = {}
        self._policies: dict[Reference, tuple[int, Policy]] = {}
        self._asking: dict[Reference, asyncio.Task[Function]] = {}

    def clear(self) -> None:
        """Forget every function."""
        self._known.clear()
        self._policies.clear()

    def cached(self, reference: Reference) -> Function | None:
        """The function without asking, or None when it is not known to be unchanged."""
        entry = self._known.get(reference)
        if entry is None or entry[0] != self._changes.generation("lambda"):
            return None
        return entry[1]

    async def find(self, reference: Reference) -> Function:
        """The function, asking the control plane if need be: once for callers that ask together.

        Raises `AwsError`: not found, or not ready to be called yet.
        """
        cached = self.cached(reference)
        if cached is not None:
            return cached
        task = self._asking.get(reference)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._ask(reference))
            self._asking[reference] = task
            task.add_done_callback(lambda _: self._asking.pop(reference, None))
        return await asyncio.shield(task)

    async def _ask(self, reference: Reference) -> Function:
        generation = self._changes.generation("lambda")
        params = {"FunctionName": reference.name}
        if reference.qualifier:
            params["Qualifier"] = reference.qualifier
        try:
            answer = await self._engine.call("lambda", "GetFunction", params, scope=reference.scope)
        except AwsError as error:
            self._known.pop(reference, None)
            if error.code == "ResourceNotFoundException":
                raise errors.function_not_found(reference.arn) from error
            raise
        function = _read(answer, reference, await self._weights(reference))
        if function.state not in ("Active", "Inactive"):
            # Becoming active changes no generation, so this answer must not be kept.
            raise errors.not_ready(function.state)
        self._known[reference] = (generation, function)
        return function

    async def _weights(self, reference: Reference) -> tuple[tuple[str, float], ...]:
        """https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html"""
        if reference.alias is None:
            return ()
        params = {"FunctionName": reference.name, "Name": reference.alias}
        alias = await self._engine.call("lambda", "GetAlias", params, scope=reference.scope)
        weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
        return tuple((version, float(weight)) for version, weight in weights.items())

    async def policy(self, reference: Reference) -> Policy:
        """How asynchronous calls end: of the function, version or alias that was called. Raises `AwsError`."""
        generation = self._changes.generation("lambda")
        known = self._policies.get(reference)
        if known is not None and known[0] == generation:
            return known[1]
        function = await self.find(reference)
        policy = read_policy(await self._event_invoke_config(reference), function.dead_letter)
        self._policies[reference] = (generation, policy)
        return policy

    async def _event_invoke_config(self, reference: Reference) -> dict[str, Any]:
        """A function's own is also that of $LATEST, by which SAM names it
        (docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html); the engine keeps two."""
        of_function = reference.qualifier in (None, "$LATEST")
        asked: tuple[dict[str, str], ...] = ({"Qualifier": str(reference.qualifier)},)
        if of_function:
            asked = ({}, {"Qualifier": "$LATEST"})
        found = []
        for qualifier in asked:
            params = {"FunctionName": reference.name, **qualifier}
            try:
                found.append(
                    await self._engine.call("lambda", "GetFunctionEventInvokeConfig", params, scope=reference.scope)
                )
            except AwsError as error:
                if error.code != "ResourceNotFoundException":
                    raise
        return max(found, key=_changed, default={})

    async def code(self, function: Function) -> bytes:
        """The deployment package of this very version. Raises `AwsError` when it cannot be had."""
        package = await self._download(function.code_url)
        if not function.code_sha or _digest(package) == function.code_sha:
            return package
        if self._version_code is not None and function.version != "$LATEST":
            package = await self._version_code(function.scope, function.name, function.version)
            if _digest(package) == function.code_sha:
                return package
        raise errors.bad_package(f"the control plane hands out another package than version {function.version}'s")

    async def layer(self, function: Function, arn: str) -> bytes:
        """One layer's package."""
        answer = await self._engine.call("lambda", "GetLayerVersionByArn", {"Arn": arn}, scope=function.scope)
        return await self._download(answer["Content"]["Location"])

    async def _download(self, url: str) -> bytes:
        parts = urlsplit(url)
        request = Request("GET", parts.path, parts.query, Headers([("Host", parts.netloc)]), service="lambda")
        response = await self._engine.request(request)
        if response.status != 200:
            raise errors.bad_package(f"its download answered {response.status}")
        return response.body


def _changed(config: dict[str, Any]) -> float:
    modified = config.get("LastModified")
    return modified.timestamp() if isinstance(modified, datetime) else 0.0


def _digest(package: bytes) -> str:
    return base64.b64encode(hashlib.sha256(package).digest()).decode()


def _read(answer: dict[str, Any], reference: Reference, weights: tuple[tuple[str, float], ...]) -> Function:
    return read_function(
        answer["Configuration"],
        reference.scope,
        reserved=(answer.get("Concurrency") or {}).get("ReservedConcurrentExecutions"),
        code_url=(answer.get("Code") or {}).get("Location") or "",
        weights=weights,
    )
