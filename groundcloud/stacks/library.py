"""The one door to documents in S3: templates, included snippets, API definitions; and the place for big templates."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope
from groundcloud.stacks.errors import validation_error
from groundcloud.stacks.limits import TEMPLATE_OBJECT_BYTES

log = logging.getLogger(__name__)

_STAGING_KEY = "template.json"


class Library:
    """Reads with the account administrator's rights: who may deploy was decided before."""

    def __init__(self, engine: AwsCaller, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._new_id = new_id

    async def template(self, bucket: str, key: str, scope: Scope) -> str:
        """The text of a template. Raises `ValidationError` in AWS's words when it is missing or over 1 MB."""
        body = await self.read(bucket, key, scope, "S3 error: ")
        if len(body) > TEMPLATE_OBJECT_BYTES:
            raise validation_error(f"Template may not exceed {TEMPLATE_OBJECT_BYTES} bytes in size.")
        return body.decode("utf-8", errors="replace")

    async def read(self, bucket: str, key: str, scope: Scope, prefix: str) -> bytes:
        """The object's bytes. Raises `ValidationError`, its message S3's own after `prefix`."""
        try:
            answer = await self._engine.call("s3", "GetObject", {"Bucket": bucket, "Key": key}, scope=scope)
        except AwsError as error:
            raise validation_error(f"{prefix}{error.message}") from error
        body = answer["Body"]
        return body.encode() if isinstance(body, str) else bytes(body)

    async def problem(self, bucket: str, key: str, version: str | None, scope: Scope) -> str | None:
        """Why an object cannot be read: S3's error code and message as Lambda repeats them; None when it can."""
        params = {"Bucket": bucket, "Key": key, **({"VersionId": version} if version else {})}
        try:
            await self._engine.call("s3", "HeadObject", params, scope=scope)
        except AwsError:
            # The answer to HEAD has no body to say what is wrong; a client names it after the HTTP status.
            return await self._problem_of_get(params, scope)
        return None

    async def _problem_of_get(self, params: dict[str, str], scope: Scope) -> str | None:
        try:
            await self._engine.call("s3", "GetObject", params, scope=scope)
        except AwsError as error:
            return f"S3 Error Code: {error.code}. S3 Error Message: {error.message}"
        return None

    @asynccontextmanager
    async def staged(self, body: str, scope: Scope) -> AsyncIterator[str]:
        """An address that the engine can read `body` at for the length of one call; then bucket and object are gone."""
        bucket = f"groundcloud-staging-{self._new_id()}"
        place = {"Bucket": bucket, "Key": _STAGING_KEY}
        await self._engine.call("s3", "CreateBucket", _bucket(bucket, scope), scope=scope)
        try:
            await self._engine.call("s3", "PutObject", {**place, "Body": body.encode()}, scope=scope)
            try:
                yield path_style(bucket, _STAGING_KEY)
            finally:
                await self._engine.call("s3", "DeleteObject", place, scope=scope)
        finally:
            await self._engine.call("s3", "DeleteBucket", {"Bucket": bucket}, scope=scope)

    async def stage(self, body: str, stack: str, scope: Scope) -> str:
        """The address of `body`, which stays until `forget(stack)`: the engine reads a nested stack's template at each
        update and rollback of its parent. The same text has the same address, so that it shows as no change."""
        bucket, key = _lasting(scope), f"{stack}/{hashlib.sha256(body.encode()).hexdigest()[:32]}.json"
        try:
            await self._engine.call("s3", "CreateBucket", _bucket(bucket, scope), scope=scope)
        except AwsError as error:
            if error.code != "BucketAlreadyOwnedByYou":
                raise
        await self._engine.call("s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": body.encode()}, scope=scope)
        return path_style(bucket, key)

    async def forget(self, stack: str, scope: Scope) -> None:
        """Remove what was staged for `stack`, which is gone, and the bucket when it was the last."""
        bucket = _lasting(scope)
        try:
            listed = await self._engine.call("s3", "ListObjectsV2", {"Bucket": bucket}, scope=scope)
            keys = [item["Key"] for item in listed.get("Contents", [])]
            mine = [key for key in keys if key.startswith(f"{stack}/")]
            for key in mine:
                await self._engine.call("s3", "DeleteObject", {"Bucket": bucket, "Key": key}, scope=scope)
            if len(mine) == len(keys) and not listed.get("IsTruncated"):
                await self._engine.call("s3", "DeleteBucket", {"Bucket": bucket}, scope=scope)
        except AwsError as error:
            if error.code != "NoSuchBucket":
                log.warning("Staged templates of stack %s were not removed: %s", stack, error)


def path_style(bucket: str, key: str) -> str:
    """The one form of an S3 address that the engine's CloudFormation reads."""
    return f"https://s3.amazonaws.com/{bucket}/{key}"


def _lasting(scope: Scope) -> str:
    return f"groundcloud-templates-{scope.account}-{scope.region}"


def _bucket(name: str, scope: Scope) -> dict[str, object]:
    if scope.region == "us-east-1":
        return {"Bucket": name}
    return {"Bucket": name, "CreateBucketConfiguration": {"LocationConstraint": scope.region}}
