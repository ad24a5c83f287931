"""What each deployment of a REST API froze.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html: "a deployment is a snapshot".
"""

from __future__ import annotations

from groundcloud.gateway.definition import Definition, pages, read_definition
from groundcloud.gateway.snapshots import Snapshots
from groundcloud.ports import Scope


class Deployments(Snapshots[Definition]):
    table = "deployments"
    definition = Definition

    async def apis(self, scope: Scope) -> set[str]:
        return {str(one["id"]) for one in await pages(self._engine, scope, "GetRestApis", {})}

    async def deployments(self, scope: Scope, api: str) -> set[str]:
        return {str(one["id"]) for one in await pages(self._engine, scope, "GetDeployments", {"restApiId": api})}

    async def read(self, scope: Scope, api: str) -> Definition:
        rest_api = await self._engine.call("apigateway", "GetRestApi", {"restApiId": api}, scope=scope)
        return await read_definition(self._engine, scope, rest_api, whole=True)
