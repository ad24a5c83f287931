"""Deletes what an account holds by AWS operations, kind by kind: what any engine can do."""

from __future__ import annotations

import asyncio
from typing import Any

import jmespath

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope
from groundcloud.state.clearing import CLEARING, caller
from groundcloud.state.errors import RefusedError, StaysError
from groundcloud.state.kind import Kind
from groundcloud.state.kinds import KINDS, LASTING
from groundcloud.state.limits import POLL_SECONDS, STACK_SECONDS

_NOT_IMPLEMENTED = 501
_NO_OPERATION = "UnknownOperationException"
_EMPTY_LAYER = "exception while calling lambda.ListLayers: list index out of range"


class Deletion:
    """`aws` acts as the administrator of each account."""

    def __init__(self, aws: AwsCaller, clock: Clock) -> None:
        self._aws = aws
        self._clock = clock

    async def run(self, scope: Scope, service: str = "") -> list[str]:
        """Delete everything of the known kinds in one account and region, or what is one service's. Returns what was
        deleted: service and name. Raises `RefusedError` naming what is left."""
        gone: list[str] = []
        left: dict[str, AwsError] = {}
        wanted = [kind for kind in KINDS if service in ("", kind.service)]
        if not service:
            # A stack cannot be deleted as long as there is something in its buckets.
            await self._empty_buckets(scope)
        for kind in wanted:
            done, failed = await self._delete(kind, scope)
            gone += done
            left |= failed
        if left:
            told = "; ".join(f"{name}: {error.message}" for name, error in left.items())
            raise RefusedError(f"Not everything of {scope.account} in {scope.region} could be deleted: {told}")
        return gone

    async def _delete(self, kind: Kind, scope: Scope) -> tuple[list[str], dict[str, AwsError]]:
        """Page after page, until there is nothing but what could not be deleted."""
        call, clear = caller(self._aws, kind.service, scope), CLEARING.get(kind.deletion)
        gone: list[str] = []
        left: dict[str, AwsError] = {}
        stays: set[str] = set()
        while True:
            found = await self._found(kind, scope)
            fresh = [params for params in found if _name(kind, params) not in (*gone, *left, *stays)]
            if not fresh:
                return gone, left
            for params in fresh:
                name = _name(kind, params)
                try:
                    if clear is not None:
                        await clear(call, params)
                    await call(kind.deletion, params)
                    if kind.service == "cloudformation":
                        await self._await_stack(params["StackName"], scope)
                except AwsError as error:
                    left[name] = error
                except StaysError:
                    stays.add(name)
                else:
                    gone.append(name)

    async def _found(self, kind: Kind, scope: Scope) -> list[dict[str, Any]]:
        answer = await self._listed(kind.service, kind.listing, dict(kind.asked), scope)
        return [
            {name: value for name, value in params.items() if value is not None}
            for params in jmespath.search(kind.found, answer) or ()
        ]

    async def _listed(self, service: str, listing: str, params: dict[str, Any], scope: Scope) -> Any:
        try:
            return await self._aws.call(service, listing, params, scope=scope)
        except AwsError as error:
            if not _means_none(error):
                raise
            return {}

    async def lasting(self, scope: Scope) -> set[str]:
        """The services of which an account keeps in a region what AWS lets nobody delete."""
        return {
            kind.service
            for kind in LASTING
            if jmespath.search(kind.found, await self._listed(kind.service, kind.listing, {}, scope))
        }

    async def _empty_buckets(self, scope: Scope) -> None:
        call = caller(self._aws, "s3", scope)
        for bucket in await self._found(next(kind for kind in KINDS if kind.service == "s3"), scope):
            await CLEARING["DeleteBucket"](call, bucket)

    async def _await_stack(self, stack: str, scope: Scope) -> None:
        """Wait for a deletion to end. Raises `AwsError` when it failed."""
        deadline = self._clock.monotonic() + STACK_SECONDS
        while self._clock.monotonic() < deadline:
            try:
                answer = await self._aws.call("cloudformation", "DescribeStacks", {"StackName": stack}, scope=scope)
            except AwsError as error:
                if error.code != "ValidationError":
                    raise
                return  # CloudFormation's code for a stack that does not exist
            found = answer["Stacks"][0]
            if found["StackStatus"] == "DELETE_COMPLETE":
                return
            if found["StackStatus"] == "DELETE_FAILED":
                raise AwsError("ValidationError", found.get("StackStatusReason") or "DELETE_FAILED")
            await asyncio.sleep(POLL_SECONDS)
        raise AwsError("Timeout", f"not deleted within {STACK_SECONDS:g} s", 504)


def _name(kind: Kind, params: dict[str, Any]) -> str:
    """The service, and the first parameter's value."""
    first = next(iter(params.values()))
    return f"{kind.service} {first[0] if isinstance(first, list) else first}"


def _means_none(error: AwsError) -> bool:
    """Whether a listing says that there is nothing: an engine that cannot list such things has none; and LocalStack
    fails to list an account's layers once all versions of one are deleted."""
    return error.status == _NOT_IMPLEMENTED or error.code == _NO_OPERATION or error.message == _EMPTY_LAYER
