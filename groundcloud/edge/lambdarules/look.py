"""Looks at what the account has, for rules that need it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from groundcloud.engines.existence import exists
from groundcloud.errors import AwsError
from groundcloud.iam.function_roles import FunctionRoles
from groundcloud.iam.service_roles import ServiceDoor
from groundcloud.ports import AwsCaller, Scope
from groundcloud.runtime.function import Reference
from groundcloud.stacks.aliasrules import weights_of
from groundcloud.stacks.library import Library


@dataclass(frozen=True)
class Look:
    """`engine` answers as to the administrator; `roles` says what a function's role may do, `door` which roles Lambda
    may assume, `library` which objects are there."""

    engine: AwsCaller
    library: Library
    roles: FunctionRoles
    door: ServiceDoor

    async def function(self, reference: Reference) -> dict[str, Any] | None:
        """Its configuration, of the version or alias that is meant; None when there is none."""
        asked = {"FunctionName": reference.arn}
        found = await self._found("lambda", "GetFunctionConfiguration", asked, reference.scope)
        if found is not None or reference.alias is None:
            return found
        # LocalStack finds only versions.
        alias = await self.alias(reference, reference.alias)
        if alias is None:
            return None
        asked = {"FunctionName": reference.name, "Qualifier": alias["FunctionVersion"]}
        return await self._found("lambda", "GetFunctionConfiguration", asked, reference.scope)

    async def alias(self, reference: Reference, name: str) -> dict[str, Any] | None:
        asked = {"FunctionName": reference.name, "Name": name}
        return await self._found("lambda", "GetAlias", asked, reference.scope)

    async def aliases(self, reference: Reference, version: str) -> list[str]:
        """The names of the aliases that call this version, always or at times."""
        found = await self.engine.call("lambda", "ListAliases", {"FunctionName": reference.name}, scope=reference.scope)
        return [
            alias["Name"]
            for alias in found.get("Aliases", [])
            if version in (alias["FunctionVersion"], *weights_of(alias))
        ]

    async def tags(self, arn: str, scope: Scope) -> dict[str, str]:
        """Those that a function or a mapping has; none of what is not there."""
        found = await self._found("lambda", "ListTags", {"Resource": arn}, scope)
        return dict((found or {}).get("Tags") or {})

    async def exists(self, arn: str, scope: Scope) -> bool:
        return await exists(self.engine, arn, scope)

    async def url(self, reference: Reference) -> dict[str, Any] | None:
        """The configuration of its URL."""
        return await self._found("lambda", "GetFunctionUrlConfig", _qualified(reference), reference.scope)

    async def policy(self, reference: Reference) -> dict[str, Any] | None:
        return await self._found("lambda", "GetPolicy", _qualified(reference), reference.scope)

    async def event_invoke_config(self, reference: Reference) -> dict[str, Any] | None:
        return await self._found("lambda", "GetFunctionEventInvokeConfig", _qualified(reference), reference.scope)

    async def put_event_invoke_config(self, reference: Reference, settings: dict[str, Any]) -> dict[str, Any]:
        asked = _qualified(reference) | settings
        put = await self.engine.call("lambda", "PutFunctionEventInvokeConfig", asked, scope=reference.scope)
        return {name: value for name, value in put.items() if name != "ResponseMetadata"}

    async def create_mapping(self, members: dict[str, Any], scope: Scope) -> dict[str, Any]:
        made = await self.engine.call("lambda", "CreateEventSourceMapping", members, scope=scope)
        return {name: value for name, value in made.items() if name != "ResponseMetadata"}

    async def mapping(self, uuid: str, scope: Scope) -> dict[str, Any] | None:
        return await self._found("lambda", "GetEventSourceMapping", {"UUID": uuid}, scope)

    async def mappings(self, reference: Reference, source: str = "") -> list[dict[str, Any]]:
        """Those of the function, whichever version or alias, from one source or all: a function has few."""
        asked = {"FunctionName": reference.name, **({"EventSourceArn": source} if source else {})}
        found = await self.engine.call("lambda", "ListEventSourceMappings", asked, scope=reference.scope)
        mappings: list[dict[str, Any]] = found.get("EventSourceMappings", [])
        return mappings

    async def visibility_timeout(self, queue: str, scope: Scope) -> int | None:
        """Of a queue of this account and region, in seconds."""
        region, account, name = queue.split(":")[3:6]
        if (region, account) != (scope.region, scope.account):
            return None
        url = (await self.engine.call("sqs", "GetQueueUrl", {"QueueName": name}, scope=scope))["QueueUrl"]
        asked = {"QueueUrl": url, "AttributeNames": ["VisibilityTimeout"]}
        found = await self.engine.call("sqs", "GetQueueAttributes", asked, scope=scope)
        return int(found["Attributes"]["VisibilityTimeout"])

    async def object_problem(self, bucket: str, key: str, version: str | None, scope: Scope) -> str | None:
        """Why an object cannot be read, in S3's words; None when it can."""
        return await self.library.problem(bucket, key, version, scope)

    async def is_assumable(self, role: str, scope: Scope) -> bool:
        """Whether Lambda may assume it: it is there, and its trust policy names Lambda. One of another account is not
        looked at."""
        if role.split(":")[4] != scope.account:
            return True
        return await self.door.trusts(role)

    async def _found(self, service: str, operation: str, asked: dict[str, Any], scope: Scope) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = await self.engine.call(service, operation, asked, scope=scope)
        except AwsError as error:
            if error.status == 404:
                return None
            raise
        return found


def _qualified(reference: Reference) -> dict[str, Any]:
    qualifier = {"Qualifier": reference.qualifier} if reference.qualifier else {}
    return {"FunctionName": reference.name, **qualifier}
