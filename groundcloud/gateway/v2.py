"""API Gateway's second version: HTTP and WebSocket APIs, put together for the composition root."""

from __future__ import annotations

from pathlib import Path

from groundcloud.clock import Clock
from groundcloud.gateway.domains import Domains
from groundcloud.gateway.httpapi.access_log import AccessLogs
from groundcloud.gateway.httpapi.catalog import Catalog
from groundcloud.gateway.httpapi.control import ControlPlane, Expand
from groundcloud.gateway.httpapi.deployments import Deployments
from groundcloud.gateway.httpapi.endpoints import Endpoints
from groundcloud.gateway.httpapi.functions import Functions
from groundcloud.gateway.httpapi.issuers import Issuers
from groundcloud.gateway.httpapi.jwt_authorizer import JwtAuthorizers
from groundcloud.gateway.httpapi.lambda_authorizer import LambdaAuthorizers
from groundcloud.gateway.httpapi.service import HttpApis
from groundcloud.gateway.httpapi.services import ServiceCalls
from groundcloud.gateway.httpapi.signers import Signers
from groundcloud.gateway.keys import PoolKeys
from groundcloud.gateway.metrics import HTTP, Metrics
from groundcloud.gateway.permission import Permissions
from groundcloud.gateway.roles import Roles
from groundcloud.gateway.websocket.authorize import Authorization
from groundcloud.gateway.websocket.connections import Connections
from groundcloud.gateway.websocket.integrate import Integrations
from groundcloud.gateway.websocket.manage import ManageConnections
from groundcloud.gateway.websocket.metrics import SocketMetrics
from groundcloud.gateway.websocket.service import WebSocketApis
from groundcloud.ports import Changes, Engine, FunctionInvoker, RequestSender, Scope, Scopes, ServiceAccess


class GatewayV2:
    """`http`, `websockets` and `connections` answer requests, `control` completes the control plane, `domains` knows
    the custom domain names of every kind of API (`rest_apart` as in `Domains`)."""

    def __init__(
        self,
        engine: Engine,
        changes: Changes,
        scopes: Scopes,
        functions: FunctionInvoker,
        clock: Clock,
        default_scope: Scope,
        signers: Signers,
        expand: Expand,
        deployments_file: Path | None = None,
        send: RequestSender | None = None,
        endpoint: str = "127.0.0.1:4566",
        *,
        rest_apart: bool = False,
        services: ServiceAccess | None = None,
    ) -> None:
        self._deployments = Deployments(engine, deployments_file)
        self._metrics = Metrics(engine, clock, names=HTTP)
        self._socket_metrics = SocketMetrics(engine, clock)
        self._logs = AccessLogs(engine, clock)
        self._endpoints = Endpoints()
        self._catalog = catalog = Catalog(engine, changes, scopes, default_scope, self._deployments)
        callers = Functions(functions, Permissions(engine, changes, services))
        self.domains = Domains(engine, changes, scopes, rest_apart=rest_apart)
        self.http = HttpApis(
            catalog,
            callers,
            JwtAuthorizers(Issuers(PoolKeys(engine, changes, clock), clock), clock),
            LambdaAuthorizers(callers, clock),
            signers,
            ServiceCalls(send or engine.request, endpoint, Roles(engine, changes, clock)),
            self._endpoints,
            self._logs,
            self._metrics,
            clock,
        )
        open_connections = Connections(clock)
        self.websockets = WebSocketApis(
            catalog,
            open_connections,
            Authorization(callers, signers, clock),
            Integrations(callers, self._endpoints),
            self._logs,
            self._socket_metrics,
            clock,
        )
        self.connections = ManageConnections(catalog, open_connections, signers)
        self.control = ControlPlane(engine, expand, self.http.forget_authorizers, self._deployments)

    async def freeze(self, scope: Scope, api: str | None) -> None:
        """To be awaited before a change of `api` (None: of any API of `scope`) goes on, so that what was deployed until
        now goes on being served. Never raises."""
        if api is None:
            await self._deployments.freeze_all(scope)
        else:
            await self._deployments.freeze(scope, api)

    async def flush_metrics(self) -> None:
        await self._metrics.flush()
        await self._socket_metrics.flush()

    async def flush_logs(self) -> None:
        await self._logs.flush()

    async def reset(self) -> None:
        """End connections; nothing is deployed or remembered, and nothing waits to be put."""
        await self.websockets.close()
        self._catalog.clear()
        self._deployments.clear()
        self.http.clear()
        self._metrics.clear()
        self._socket_metrics.clear()
        self._logs.clear()

    async def close(self) -> None:
        """End connections, put what was counted and logged, let go of endpoints and files."""
        await self.websockets.close()
        await self._endpoints.close()
        await self._logs.close()
        await self._metrics.close()
        await self._socket_metrics.close()
        self._deployments.close()
