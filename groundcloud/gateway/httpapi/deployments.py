"""What each deployment of an HTTP or WebSocket API froze.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html: a stage with automatic deployment
serves the API as it is, any other one "a snapshot of your API's current configuration".
A deployment is known by the name that a stage has for it: that of CloudFormation is no id of the control plane.
"""

from __future__ import annotations

from groundcloud.gateway.httpapi.definition import Definition, items, read_definition
from groundcloud.gateway.snapshots import Snapshots
from groundcloud.ports import Scope


class Deployments(Snapshots[Definition]):
    table = "http_deployments"
    definition = Definition

    async def apis(self, scope: Scope) -> set[str]:
        return {str(one["ApiId"]) for one in await items(self._engine, scope, "GetApis", {})}

    async def deployments(self, scope: Scope, api: str) -> set[str]:
        params = {"ApiId": api}
        listed = await items(self._engine, scope, "GetDeployments", params)
        stages = await items(self._engine, scope, "GetStages", params)
        return {str(one["DeploymentId"]) for one in (*listed, *stages) if one.get("DeploymentId")}

    async def read(self, scope: Scope, api: str) -> Definition:
        described = await self._engine.call("apigatewayv2", "GetApi", {"ApiId": api}, scope=scope)
        return await read_definition(self._engine, scope, described)
