"""Dangers that only a look at the account can see, checked before the engine is asked.

The engine empties a table that exists when a stack creates one of its name, and reports success; and it makes a
function without code when the code's object is missing. Neither may happen, whoever deploys.
"""

from __future__ import annotations

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope
from groundcloud.stacks.checks import WantedFunction, WantedName, WantedObject
from groundcloud.stacks.errors import already_exists, resource_failed
from groundcloud.stacks.library import Library
from groundcloud.stacks.names import LOOKUPS, TABLES

Owned = dict[str, str]
"""Physical id by logical id of the resources that the stack has now."""


class Guards:
    """Raises the refusal that AWS would give."""

    def __init__(self, engine: AwsCaller, library: Library) -> None:
        self._engine = engine
        self._library = library

    async def check_objects(self, wanted: list[WantedObject], scope: Scope) -> None:
        """Every code object exists."""
        seen: dict[tuple[str, str, str | None], str | None] = {}
        for item in wanted:
            place = (item.bucket, item.key, item.version)
            if place not in seen:
                seen[place] = await self._library.problem(*place, scope)
            problem = seen[place]
            if problem is not None:
                raise resource_failed(item.logical_id, f"Error occurred while GetObject. {problem}")

    async def check_functions(self, wanted: list[WantedFunction], scope: Scope) -> None:
        """Every function is there that a permission, an alias… is for; one of another account is not asked for."""
        for item in wanted:
            if ":function:" in item.function and f":{scope.region}:{scope.account}:" not in item.function:
                continue
            try:
                await self._engine.call(
                    "lambda", "GetFunctionConfiguration", {"FunctionName": item.function}, scope=scope
                )
            except AwsError as error:
                if error.code == "ResourceNotFoundException":
                    raise resource_failed(item.logical_id, error.message) from error

    async def check_names(self, wanted: list[WantedName], owned: Owned, scope: Scope) -> None:
        """Nothing exists yet under a name that the stack would give to something of its own."""
        tables: list[str] | None = None
        for item in wanted:
            if _is_owned(item, owned):
                continue
            if item.resource_type in TABLES:
                tables = tables if tables is not None else await self._tables(scope)
                taken = _taken(item, tables)
            else:
                taken = item.name if await self._exists(item, scope) else None
            if taken is not None:
                raise already_exists(item.logical_id, item.resource_type, taken)

    async def check_logging(self, stages: list[str], scope: Scope) -> None:
        """The account has a role for logging, if any of `stages` is to log.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
        """
        if not stages:
            return
        account = await self._engine.call("apigateway", "GetAccount", {}, scope=scope)
        if not account.get("cloudwatchRoleArn"):
            message = "CloudWatch Logs role ARN must be set in account settings to enable logging"
            raise resource_failed(stages[0], message)

    async def _exists(self, item: WantedName, scope: Scope) -> bool:
        lookup = LOOKUPS[item.resource_type]
        try:
            await self._engine.call(lookup.service, lookup.operation, lookup.params(item.name, scope), scope=scope)
        except AwsError as error:
            return error.status == 403  # somebody else's; whatever else is wrong, the engine will say
        return True

    async def _tables(self, scope: Scope) -> list[str]:
        names: list[str] = []
        params: dict[str, str] = {}
        while True:
            page = await self._engine.call("dynamodb", "ListTables", params, scope=scope)
            names += page.get("TableNames", [])
            if not page.get("LastEvaluatedTableName"):
                return names
            params = {"ExclusiveStartTableName": page["LastEvaluatedTableName"]}


def _is_owned(item: WantedName, owned: Owned) -> bool:
    """Whether the stack has it already, under this logical id: physical ids are names, or ARNs and URLs that end so."""
    physical_id = owned.get(item.logical_id)
    return physical_id is not None and (item.generated or item.name in physical_id)


def _taken(item: WantedName, tables: list[str]) -> str | None:
    if not item.generated:
        return item.name if item.name in tables else None
    # The suffix that the engine makes up depends on stack and logical id alone: the name of a table that an earlier
    # stack left behind would be made up again.
    return next((name for name in tables if name.startswith(item.name) and "-" not in name[len(item.name) :]), None)
