"""Looks at the account for what functions and mappings of a template need: see `uses`, and `guards` for the rest."""

from __future__ import annotations

from groundcloud.engines.existence import exists
from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope, ServiceRoles
from groundcloud.stacks.asyncrules import missing_destination
from groundcloud.stacks.errors import resource_failed
from groundcloud.stacks.functionrules import NOT_ASSUMABLE, letters_problem
from groundcloud.stacks.guards import Owned
from groundcloud.stacks.mappingrules import missing_source, source_kind
from groundcloud.stacks.reserverules import check_reserve
from groundcloud.stacks.uses import DEAD_LETTERS, RESERVE, ROLE, SOURCE, UNTRUSTING, WantedUse


class UseGuard:
    """Raises Lambda's refusal, as CloudFormation reports it. `roles` is None where nobody knows of roles."""

    def __init__(self, engine: AwsCaller, roles: ServiceRoles | None) -> None:
        self._engine = engine
        self._roles = roles

    async def check(self, uses: list[WantedUse], owned: Owned, scope: Scope) -> None:
        """`owned` are the functions that the stack has now, whose reserve counts no more."""
        reserved = {use.named or owned.get(use.logical_id, use.logical_id): use for use in uses if use.kind == RESERVE}
        for use in uses:
            problem = await self._problem(use, scope)
            if problem is not None:
                raise resource_failed(use.logical_id, problem)
        if not reserved:
            return
        try:
            await check_reserve(self._engine, {name: use.number for name, use in reserved.items()}, scope)
        except AwsError as error:
            raise resource_failed(next(iter(reserved.values())).logical_id, error.message) from error

    async def _problem(self, use: WantedUse, scope: Scope) -> str | None:
        if use.kind == RESERVE:
            return None
        if use.kind in (ROLE, UNTRUSTING):
            return None if await self._is_assumable(use, scope) else NOT_ASSUMABLE
        is_there = await exists(self._engine, use.named, scope)
        if use.kind == DEAD_LETTERS:
            return letters_problem(use.named, exists=is_there)
        if is_there:
            return None
        kind = source_kind(use.named)
        return missing_source(use.named, kind or "") if use.kind == SOURCE else missing_destination(use.named)

    async def _is_assumable(self, use: WantedUse, scope: Scope) -> bool:
        if self._roles is None:
            return True
        if use.kind == UNTRUSTING:
            return not self._roles.enforces
        is_here = use.named.count(":") > 4 and use.named.split(":")[4] == scope.account
        return not is_here or await self._roles.trusts(use.named)
