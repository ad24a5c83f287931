"""What AWS refuses of custom domain names and base path mappings of REST APIs: the engine makes a domain name again,
without its mappings, and puts one mapping in the place of another.

https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDomainName.html and API_CreateBasePathMapping.html there;
wordings as clients report them: https://github.com/aws/serverless-application-model/issues/2208 and
https://github.com/aws/aws-extensions-for-dotnet-cli/issues/102.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from groundcloud.errors import AwsError
from groundcloud.gateway.control_checks import bad
from groundcloud.http import Request
from groundcloud.ports import AwsCaller, Scope

_DOMAIN = re.compile(r"/domainnames/(?P<domain>[^/]+)/basepathmappings/?")
_WHOLE = "(none)"
"""The base path of a mapping without one."""


class DomainChecks:
    """Raises `AwsError`."""

    def __init__(self, engine: AwsCaller) -> None:
        self._engine = engine

    async def new_domain(self, request: Request, scope: Scope) -> None:
        """A name is free."""
        name = str(request.json_object().get("domainName") or "")
        if name and await self._has("GetDomainName", {"domainName": name}, scope):
            raise bad("The domain name you provided already exists.")

    async def new_mapping(self, request: Request, scope: Scope) -> None:
        """The API and its stage are there, and the path is free."""
        body, found = request.json_object(), _DOMAIN.fullmatch(request.raw_path)
        if found is None:
            return
        mapping = {"domainName": unquote(found["domain"]), "basePath": body.get("basePath") or _WHOLE}
        if await self._has("GetBasePathMapping", mapping, scope):
            raise AwsError("ConflictException", "Base path already exists for this domain name", 409)
        api, stage = str(body.get("restApiId") or ""), body.get("stage")
        if not api or not await self._has("GetRestApi", {"restApiId": api}, scope):
            raise bad("Invalid REST API identifier specified")
        if stage and not await self._has("GetStage", {"restApiId": api, "stageName": str(stage)}, scope):
            raise bad("Invalid stage identifier specified")

    async def _has(self, operation: str, params: dict[str, Any], scope: Scope) -> bool:
        try:
            await self._engine.call("apigateway", operation, params, scope=scope)
        except AwsError as error:
            if error.code != "NotFoundException":
                raise
            return False
        return True
