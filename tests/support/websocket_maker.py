"""WebSocket APIs made by boto3 for contract tests, and clients of them."""

from __future__ import annotations

import json
import socket
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.support.aws import SECRET, Aws
from tests.support.cloud import Cloud
from tests.support.httpapi_maker import HttpApiMaker


def dial(cloud: Cloud, address: str, **options: Any) -> ClientConnection:
    """Connect; Python's resolver does not know `*.localhost`, so the socket is given."""
    return connect(address, sock=socket.create_connection(("127.0.0.1", cloud.port), 10), proxy=None, **options)


class WebSocketMaker(HttpApiMaker):
    """A WebSocket API with the stage ``prod``."""

    def __init__(self, cloud: Cloud, aws: Aws, name: str, **settings: Any) -> None:
        selection = {"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action", **settings}
        super().__init__(cloud, aws, name, stage="prod", **selection)

    def on(self, key: str, function: str, *, answers: bool = False, **settings: Any) -> str:
        """A route to `function`; with `answers`, what that returns goes to the client."""
        target = self.integration(function, PayloadFormatVersion="1.0")
        if answers:
            settings["RouteResponseSelectionExpression"] = "$default"
        route = self.route(key, target, **settings)
        if answers:
            self.client.create_route_response(ApiId=self.api, RouteId=route, RouteResponseKey="$default")
        return route

    def open(self, query: str = "", **options: Any) -> ClientConnection:
        address = f"ws://{self.api}.execute-api.localhost:{self.cloud.port}/prod{query}"
        return dial(self.cloud, address, **options)

    def management(self, secret: str = SECRET) -> Any:
        """boto3's `apigatewaymanagementapi` for the stage."""
        place = f"{self.cloud.endpoint}/_aws/execute-api/{self.api}/prod"
        return Aws(place, self.aws.access_key, secret=secret).client("apigatewaymanagementapi")


def ask(client: ClientConnection, message: Any) -> Any:
    client.send(message if isinstance(message, str) else json.dumps(message))
    return json.loads(client.recv(timeout=60))
