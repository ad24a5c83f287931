"""The operations of provisioned concurrency, and who of the callers gets it.

https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import unquote

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.ports import AwsCaller, Changes, Scope
from groundcloud.runtime import limits
from groundcloud.runtime.catalog import Catalog
from groundcloud.runtime.function import Function, Reference, parse_reference
from groundcloud.runtime.pool import Pools
from groundcloud.runtime.provisioned import errors
from groundcloud.runtime.provisioned.config import FAILED, IN_PROGRESS, Config, load, save
from groundcloud.runtime.provisioned.keeper import Keeper

FILE = "provisioned-concurrency.json"
_RESERVE = "PutFunctionConcurrency"


class Provisioned:
    """Implements `ports.ConcurrencyProvider`. `run()` is its background task; the configurations survive in `file`."""

    def __init__(
        self, engine: AwsCaller, catalog: Catalog, pools: Pools, changes: Changes, clock: Clock, file: Path
    ) -> None:
        self._engine = engine
        self._catalog = catalog
        self._clock = clock
        self._file = file
        self._keeper = Keeper(catalog.find, pools, changes, clock)
        self._configs: dict[Reference, Config] = {each.reference: each for each in load(file)}
        self._operations: dict[str, Callable[[Request, Reference], Awaitable[Response]]] = {
            "PutProvisionedConcurrencyConfig": self._put,
            "GetProvisionedConcurrencyConfig": self._get,
            "DeleteProvisionedConcurrencyConfig": self._delete,
            "ListProvisionedConcurrencyConfigs": self._list,
        }

    def clear(self, account: str = "") -> None:
        """Provide nothing any more, or nothing of one account."""
        self._forget([each for each in self._configs.values() if account in ("", each.reference.scope.account)])

    # calls

    def of(self, reference: Reference, function: Function) -> Function:
        """`function` as its caller gets it: with provisioned concurrency if `reference` has it for this version."""
        config = self._configs.get(reference) if self._configs else None
        provided = config.function if config is not None else None
        if provided is None or config is None or provided.key != function.key:
            return function
        if config.base is not function:
            # Something else of it changed, as its reserved concurrency.
            self._keeper.aim(config, function)
        return config.function or function

    # operations

    def knows(self, operation: str) -> bool:
        return operation in self._operations or operation == _RESERVE

    async def check(self, operation: str, request: Request, scope: Scope) -> None:
        """Raises `AwsError` when reserved concurrency would be less than what is provided of it."""
        if operation != _RESERVE:
            return
        reserved = request.json_object().get("ReservedConcurrentExecutions")
        reference = _reference(request, scope)
        provided = sum(each.requested for each in self._of_function(reference))
        if isinstance(reserved, int) and reserved < provided:
            raise errors.reserved_too_low(reserved, provided)

    async def handle(self, operation: str, request: Request, scope: Scope) -> Response | None:
        run = self._operations.get(operation)
        if run is None:
            return None
        if operation.startswith("List") != (request.query_value("List") == "ALL"):
            # GET of the same path is one operation or the other by its query.
            run = self._list if request.query_value("List") == "ALL" else self._get
        return await run(request, _reference(request, scope))

    async def _put(self, request: Request, reference: Reference) -> Response:
        number = request.json_object().get("ProvisionedConcurrentExecutions")
        if number is None:
            raise errors.missing_number()
        config = await self._provide(reference, number)
        return Response.json(202, json.dumps(config.shape()))

    async def _get(self, request: Request, reference: Reference) -> Response:
        await self._qualified(reference)
        config = self._configs.get(reference)
        if config is None:
            raise errors.not_found()
        return Response.json(200, json.dumps(config.shape()))

    async def _delete(self, request: Request, reference: Reference) -> Response:
        await self._qualified(reference)
        self._forget([self._configs[reference]] if reference in self._configs else [])
        return Response(204)

    async def _list(self, request: Request, reference: Reference) -> Response:
        """https://docs.aws.amazon.com/lambda/latest/api/API_ListProvisionedConcurrencyConfigs.html"""
        await self._catalog.find(Reference(reference.scope, reference.name, None))
        found = sorted(self._of_function(reference), key=lambda each: str(each.reference.qualifier))
        start = int(request.query_value("Marker") or 0)
        end = start + int(request.query_value("MaxItems") or 50)
        shown = [{"FunctionArn": each.reference.arn, **each.shape()} for each in found[start:end]]
        more = {"NextMarker": str(end)} if end < len(found) else {}
        return Response.json(200, json.dumps({"ProvisionedConcurrencyConfigs": shown, **more}))

    async def provide(self, arn: str, number: int | None, seconds: float) -> None:
        """Set the provisioned concurrency of an alias or version (None: no more), and wait until it is ready. Raises
        `AwsError`, also when it cannot be, or is not within so many seconds; what is late may still come."""
        reference = parse_reference(arn, Scope("", ""))
        if number is None:
            self._forget([self._configs[reference]] if reference in self._configs else [])
            return
        config = await self._provide(reference, number)
        end = self._clock.monotonic() + seconds
        while config.status == IN_PROGRESS and self._clock.monotonic() < end:
            await asyncio.sleep(0.02)
        if config.status == FAILED:
            raise errors.not_applied(config.failed)
        if config.status == IN_PROGRESS:
            raise errors.not_applied(f"it is not ready after {seconds:g} s")

    async def _provide(self, reference: Reference, number: object) -> Config:
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise errors.too_few(number)
        if reference.qualifier in (None, "$LATEST"):
            raise errors.unpublished()
        function = await self._qualified(reference)
        if function.version == "$LATEST":
            raise errors.unpublished()
        if function.weights:
            raise errors.weighted()
        self._check_conflict(reference, function)
        await self._check_room(reference, function, number)
        config = self._configs.setdefault(reference, Config(reference, number, 0.0))
        config.requested, config.modified, config.failed = number, self._clock.now(), ""
        save(self._file, self._configs.values())
        await self._keeper.keep(config)
        return config

    def _check_conflict(self, reference: Reference, function: Function) -> None:
        """An alias and the version that it points to cannot both have it."""
        for other in self._of_function(reference):
            same = other.base is not None and other.base.version == function.version
            if other.reference != reference and same:
                raise errors.version_is_provided() if reference.alias else errors.alias_is_provided()

    async def _check_room(self, reference: Reference, function: Function, number: int) -> None:
        others = sum(each.requested for each in self._of_function(reference) if each.reference != reference)
        if function.reserved is not None:
            if number + others > function.reserved:
                raise errors.above_reserved()
            return
        settings = await self._engine.call("lambda", "GetAccountSettings", {}, scope=reference.scope)
        left = int(settings["AccountLimit"]["UnreservedConcurrentExecutions"])
        for each in self._configs.values():
            counts = each.base is None or each.base.reserved is None
            if each.reference != reference and each.reference.scope == reference.scope and counts:
                left -= each.requested
        if left - number < limits.UNRESERVED_EXECUTIONS:
            raise errors.below_minimum()

    async def _qualified(self, reference: Reference) -> Function:
        """The version that `reference` means. Raises `AwsError`."""
        if reference.qualifier in (None, "$LATEST"):
            raise errors.not_qualified()
        await self._catalog.find(Reference(reference.scope, reference.name, None))
        try:
            return await self._catalog.find(reference)
        except AwsError as error:
            if error.code == "ResourceNotFoundException" and reference.alias:
                raise errors.alias_not_found(reference.arn) from error
            raise

    def _of_function(self, reference: Reference) -> list[Config]:
        mine = (reference.scope, reference.name)
        return [each for each in self._configs.values() if (each.reference.scope, each.reference.name) == mine]

    # the background

    async def run(self) -> None:
        while True:
            if self._configs:
                self._forget(await self._keeper.look(self._configs.values()))
            await asyncio.sleep(limits.PROVIDED_CHECK_SECONDS)

    def _forget(self, configs: list[Config]) -> None:
        for config in configs:
            if self._configs.get(config.reference) is config:
                del self._configs[config.reference]
            self._keeper.drop(config)
        if configs:
            save(self._file, self._configs.values())


def _reference(request: Request, scope: Scope) -> Reference:
    """The function in ``/2019-09-30/functions/{name}/…``, with the qualifier of the query."""
    name = unquote(request.raw_path.split("/functions/", 1)[1].split("/", 1)[0])
    return parse_reference(name, scope, request.query_value("Qualifier"))
