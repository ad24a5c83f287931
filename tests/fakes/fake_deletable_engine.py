"""An engine whose AWS operations list and delete what a test put into it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.ports import Scope


class FakeDeletableEngine:
    """Three kinds of things: tables, buckets that must be empty, and stacks. Everything else is listed as nothing.

    Backups it cannot list at all. `stuck` names tables that cannot be deleted; `asking` is the error that asking for
    one stack answers; `keys` are KMS's, with their states; `calls` are ``(operation, account)`` in order.
    """

    def __init__(self) -> None:
        self.tables: dict[str, set[str]] = {}
        self.objects: dict[str, dict[str, list[str]]] = {}
        self.stuck: set[str] = set()
        self.stacks: dict[str, set[str]] = {}
        self.asking = AwsError("ValidationError", "Stack with id s does not exist")
        self.calls: list[tuple[str, str]] = []
        self.resets = 0
        self.kept: tuple[list[str], list[str]] = ([], [])
        self.keys: dict[str, dict[str, str]] = {}

    async def left(self, account: str, covered: Collection[str]) -> tuple[list[str], list[str]]:
        return self.kept

    async def reset(self) -> None:
        self.resets += 1

    async def call(self, service: str, operation: str, params: dict[str, Any] | None = None, *, scope: Scope) -> Any:
        self.calls.append((operation, scope.account))
        answer = getattr(self, f"_{operation}", None)
        return answer(params or {}, scope.account) if answer else {}

    def _DescribeStacks(self, params: dict[str, Any], account: str) -> Any:
        if "StackName" in params:
            raise self.asking
        names = sorted(self.stacks.get(account, ()))
        return {"Stacks": [{"StackId": name, "StackStatus": "CREATE_COMPLETE"} for name in names]}

    def _DeleteStack(self, params: dict[str, Any], account: str) -> Any:
        self.stacks[account].remove(params["StackName"])

    def _ListBackups(self, params: dict[str, Any], account: str) -> Any:
        raise AwsError("InternalFailure", "The API action 'ListBackups' has not yet been emulated", 501)

    def _ListKeys(self, params: dict[str, Any], account: str) -> Any:
        return {"Keys": [{"KeyId": key} for key in self.keys.get(account, {})]}

    def _DescribeKey(self, params: dict[str, Any], account: str) -> Any:
        state = self.keys[account][params["KeyId"]]
        return {"KeyMetadata": {"KeyManager": "CUSTOMER", "KeyState": state, "DeletionDate": 1.0}}

    def _ScheduleKeyDeletion(self, params: dict[str, Any], account: str) -> Any:
        self.keys[account][params["KeyId"]] = "PendingDeletion"

    def _ListTables(self, params: dict[str, Any], account: str) -> Any:
        # A page of two: the rest is only seen by listing again.
        return {"TableNames": sorted(self.tables.get(account, ()))[:2]}

    def _DeleteTable(self, params: dict[str, Any], account: str) -> Any:
        if params["TableName"] in self.stuck:
            raise AwsError("ResourceInUseException", "Attempt to change a resource which is still in use")
        self.tables[account].remove(params["TableName"])

    def _ListBuckets(self, params: dict[str, Any], account: str) -> Any:
        return {"Buckets": [{"Name": name} for name in self.objects.get(account, {})]}

    def _ListObjectVersions(self, params: dict[str, Any], account: str) -> Any:
        return {"Versions": [{"Key": key, "VersionId": "v"} for key in self.objects[account][params["Bucket"]]]}

    def _DeleteObjects(self, params: dict[str, Any], account: str) -> Any:
        gone = {one["Key"] for one in params["Delete"]["Objects"]}
        kept = self.objects[account][params["Bucket"]]
        self.objects[account][params["Bucket"]] = [key for key in kept if key not in gone]

    def _DeleteBucket(self, params: dict[str, Any], account: str) -> Any:
        if self.objects[account][params["Bucket"]]:
            raise AwsError("BucketNotEmpty", "The bucket you tried to delete is not empty", 409)
        del self.objects[account][params["Bucket"]]
