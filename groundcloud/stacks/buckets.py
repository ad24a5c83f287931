"""Buckets that an operation would delete with what is in them: AWS deletes none that is not empty, the engine does.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html#troubleshooting-errors-delete-stack-fails
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope
from groundcloud.stacks.errors import validation_error
from groundcloud.stacks.intrinsics import Evaluator
from groundcloud.stacks.nested import Source
from groundcloud.stacks.parse import Template, parse_template
from groundcloud.stacks.rewrite import evaluator_of
from groundcloud.stacks.state import StackReader, StackState

_BUCKET = "AWS::S3::Bucket"
_RETAINING = ("Retain", "RetainExceptOnCreate")
_NOT_EMPTY = "The bucket you tried to delete is not empty (Service: S3, Status Code: 409, Error Code: BucketNotEmpty)"


@dataclass(frozen=True)
class Deployed:
    """A template with its values, and the physical ids of what was made of it, by logical id."""

    template: Template
    evaluator: Evaluator
    resources: dict[str, str]
    is_nested: bool = False


def doomed_by_deletion(stack: Deployed) -> Iterator[tuple[str, str]]:
    """Logical id and name of the buckets that go with the stack. A nested stack's go whatever their policy says: the
    engine does not read it there."""
    for logical_id in _buckets(stack):
        if stack.is_nested or not _retained(stack, logical_id, "DeletionPolicy"):
            yield logical_id, stack.resources[logical_id]


def doomed_by_update(old: Deployed, new: Template, evaluator: Evaluator) -> Iterator[tuple[str, str]]:
    """Those that an update to `new` removes, or replaces by one of another name."""
    for logical_id in _buckets(old):
        resource = new["Resources"].get(logical_id)
        if not isinstance(resource, dict) or evaluator.condition(resource.get("Condition")) is False:
            if not _retained(old, logical_id, "DeletionPolicy"):
                yield logical_id, old.resources[logical_id]
            continue
        name = evaluator.text((resource.get("Properties") or {}).get("BucketName"))
        renamed = name is not None and name != old.resources[logical_id]
        if renamed and not _retained(Deployed(new, evaluator, old.resources), logical_id, "UpdateReplacePolicy"):
            yield logical_id, old.resources[logical_id]


class BucketGuard:
    """Raises `ValidationError` for a doomed bucket that holds something."""

    def __init__(self, engine: AwsCaller, reader: StackReader) -> None:
        self._engine = engine
        self._reader = reader

    async def check_deletion(self, state: StackState, scope: Scope) -> None:
        """Nothing is lost when the stack is deleted."""
        await self._check(state, "deleted", await self._doomed(state, scope, is_nested=False), scope)

    async def check_update(self, state: StackState, source: Source, body: str) -> None:
        """Nothing is lost when the stack is updated to the engine's template in `body`, with the values in `source`."""
        new = parse_template(body)
        doomed = doomed_by_update(_deployed(state, source.scope), new, evaluator_of(new, source))
        await self._check(state, "updated", list(doomed), source.scope)

    async def _doomed(self, state: StackState, scope: Scope, *, is_nested: bool) -> list[tuple[str, str]]:
        doomed = list(doomed_by_deletion(_deployed(state, scope, is_nested=is_nested)))
        for logical_id, physical_id in state.resources.items():
            child = await self._reader.read(physical_id, scope) if ":stack/" in physical_id else None
            below = await self._doomed(child, scope, is_nested=True) if child else []
            doomed += [(f"{logical_id}/{name}", bucket) for name, bucket in below]
        return doomed

    async def _check(self, state: StackState, what: str, doomed: list[tuple[str, str]], scope: Scope) -> None:
        for logical_id, bucket in doomed:
            if await self._holds_something(bucket, scope):
                raise validation_error(
                    f"Stack [{state.name}] cannot be {what}: Resource {logical_id} ({bucket}): {_NOT_EMPTY}. On AWS "
                    "the rest of the operation is done and this bucket stays; here nothing was done. Empty the bucket "
                    "first, or keep it by a DeletionPolicy"
                )

    async def _holds_something(self, bucket: str, scope: Scope) -> bool:
        try:
            found = await self._engine.call("s3", "ListObjectVersions", {"Bucket": bucket, "MaxKeys": 1}, scope=scope)
        except AwsError:
            return False  # gone already
        return bool(found.get("Versions") or found.get("DeleteMarkers"))


def _deployed(state: StackState, scope: Scope, *, is_nested: bool = False) -> Deployed:
    template = parse_template(state.body)
    source = Source("", state.name, state.parameters, {}, scope)
    return Deployed(template, evaluator_of(template, source), state.resources, is_nested)


def _buckets(stack: Deployed) -> Iterator[str]:
    for logical_id, resource in (stack.template.get("Resources") or {}).items():
        if isinstance(resource, dict) and resource.get("Type") == _BUCKET and stack.resources.get(logical_id):
            yield logical_id


def _retained(stack: Deployed, logical_id: str, policy: str) -> bool:
    return stack.evaluator.text(stack.template["Resources"][logical_id].get(policy)) in _RETAINING
