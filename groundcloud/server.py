"""The cloud's process: its listening socket, and the server that runs the application until it is told to stop."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import time
from types import FrameType
from typing import Any, cast

import uvicorn

from groundcloud import scheduling
from groundcloud.app import Cloud
from groundcloud.edge.origins import is_loopback
from groundcloud.edge.protocol import EdgeProtocol
from groundcloud.errors import UserError
from groundcloud.settings import Settings

SHUTDOWN_SECONDS = 5


def listen(settings: Settings) -> socket.socket:
    """The listening socket. Raises `UserError` when the port is busy or not ours to take."""
    address = settings.bind or settings.host
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, settings.port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise UserError(
                f"Port {settings.port} on {address} is in use by another program",
                "Stop it, or choose another port with GROUNDCLOUD_PORT",
            ) from error
        raise UserError(f"Cannot listen on {address}:{settings.port}: {error.strerror}") from error
    if not is_loopback(listener.getsockname()[0]):
        logging.getLogger(__name__).warning(
            "Listening on %s: whoever reaches that address is this cloud's administrator and can run programs in it. "
            "In a container, publish its port on 127.0.0.1 only; elsewhere listen on 127.0.0.1",
            address,
        )
    listener.set_inheritable(True)
    return listener


def _websocket(**connection: Any) -> asyncio.Protocol:
    """The protocol of a connection that becomes a WebSocket; its libraries are none that a start waits for."""
    from groundcloud.edge.wsprotocol import EdgeWebSocketProtocol

    return EdgeWebSocketProtocol(**connection)


class _Server(uvicorn.Server):
    """Ends the endless answers when it is told to stop, where uvicorn would wait for them."""

    def __init__(self, config: uvicorn.Config, cloud: Cloud) -> None:
        super().__init__(config)
        self._cloud = cloud

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._cloud.end_streams()
        super().handle_exit(sig, frame)


def serve(settings: Settings) -> None:
    """Run the cloud until SIGTERM or SIGINT. Raises `UserError` when it cannot start."""
    began = time.time()
    scheduling.be_prompt()
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # It writes whole answers down at DEBUG: secrets of app clients, of Secrets Manager, temporary credentials.
    logging.getLogger("botocore").setLevel(max(logging.INFO, logging.getLogger().level))
    listener = listen(settings)
    cloud = Cloud(settings, began)
    config = uvicorn.Config(
        cloud,
        http=EdgeProtocol,
        loop="uvloop",
        ws=cast(type[asyncio.Protocol], _websocket),
        lifespan="on",
        log_level=settings.log_level.lower(),
        access_log=False,
        # Nobody stands in front of us: what a client claims in X-Forwarded-For must not become its address.
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    server = _Server(config, cloud)
    server.run(sockets=[listener])
    if not server.started:
        raise UserError("The cloud did not start", f"Its log, above or in {settings.home}/logs, says why")
