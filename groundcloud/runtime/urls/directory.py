"""Finds a function URL by its id, which says nothing about whose it is, and remembers it while nothing changes."""

from __future__ import annotations

from typing import Any

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Changes, Scope, Scopes
from groundcloud.runtime.function import Reference
from groundcloud.runtime.urls.config import FunctionUrl, read_url, url_domain

_PAGE = 50


class Directory:
    """An answer is good until the generation of the service `lambda` moves on; then the remembered function is asked
    first, and only if it lost the URL every function of the region."""

    def __init__(self, aws: AwsCaller, changes: Changes, scopes: Scopes) -> None:
        self._aws = aws
        self._changes = changes
        self._scopes = scopes
        self._known: dict[str, tuple[int, FunctionUrl | None]] = {}

    async def find(self, identifier: str, region: str | None) -> FunctionUrl | None:
        """The URL of this id, in `region` if that is known. Raises `AwsError` when the control plane cannot say."""
        generation = self._changes.generation("lambda")
        known = self._known.get(identifier)
        if known is not None and known[0] == generation:
            return known[1]
        found = None
        if known is not None and known[1] is not None:
            found = await self._of(known[1].target, identifier)
        if found is None:
            found = await self._search(identifier, region)
        self._known[identifier] = (generation, found)
        return found

    async def _search(self, identifier: str, region: str | None) -> FunctionUrl | None:
        for scope in self._scopes.likeliest():
            if region in (None, scope.region):
                found = await self._search_scope(identifier, scope)
                if found is not None:
                    return found
        return None

    async def _search_scope(self, identifier: str, scope: Scope) -> FunctionUrl | None:
        marker: dict[str, Any] = {}
        while True:
            page = await self._aws.call("lambda", "ListFunctions", {"MaxItems": _PAGE, **marker}, scope=scope)
            for function in page.get("Functions") or ():
                name = function["FunctionName"]
                listed = await self._aws.call("lambda", "ListFunctionUrlConfigs", {"FunctionName": name}, scope=scope)
                if any(_id(config) == identifier for config in listed.get("FunctionUrlConfigs") or ()):
                    return await self._of_function(Reference(scope, name, None), identifier)
            if not page.get("NextMarker"):
                return None
            marker = {"Marker": page["NextMarker"]}

    async def _of_function(self, function: Reference, identifier: str) -> FunctionUrl | None:
        """The list does not say of which alias a URL is."""
        found = await self._of(function, identifier)
        if found is not None:
            return found
        aliases = await self._aws.call("lambda", "ListAliases", {"FunctionName": function.name}, scope=function.scope)
        for alias in aliases.get("Aliases") or ():
            found = await self._of(Reference(function.scope, function.name, alias["Name"]), identifier)
            if found is not None:
                return found
        return None

    async def _of(self, target: Reference, identifier: str) -> FunctionUrl | None:
        config = await self._ask("GetFunctionUrlConfig", target)
        if config is None or _id(config) != identifier:
            return None
        return read_url(config, target)

    async def _ask(self, operation: str, target: Reference) -> Any:
        """The answer about `target`, None when there is no such thing."""
        params = {"FunctionName": target.name}
        if target.qualifier:
            params["Qualifier"] = target.qualifier
        try:
            return await self._aws.call("lambda", operation, params, scope=target.scope)
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                return None
            raise


def _id(config: dict[str, Any]) -> str:
    return url_domain(config).partition(".")[0]
