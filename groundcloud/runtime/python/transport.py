"""The way of a function's AWS calls to the cloud: one packet there, one packet back, over kept connections.

Of a small call of boto3 a third of the processor's time is its HTTP client: urllib3, http.client and email's parser. By
botocore's event `before-send` the request is sent here instead, and the answer handed back as botocore would have made
it: same bytes on the wire, same errors, same retries. What is not plain (see `Transport`) goes botocore's own way.

It runs inside the function's process: the standard library, and the botocore that the runtime brings.
"""

from __future__ import annotations

import functools
import http.client
import logging
import os
import re

import botocore
import botocore.session
from botocore.awsrequest import AWSHTTPConnectionPool
from botocore.exceptions import (
    BotoCoreError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)
from botocore.handlers import BUILTIN_HANDLERS
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_ORIGIN = re.compile(r"http://([a-z0-9.-]+):([0-9]+)")
_TARGET = re.compile(r"/(?:[A-Za-z0-9._~!$&'()*+,=:@/?-]|%[0-9A-F]{2})*", re.ASCII)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)

_FRAMING = {"accept-encoding", "connection", "expect", "host", "trailer", "transfer-encoding", "upgrade"}
"""Headers of a request that change how it is sent."""

_urllib3_log = logging.getLogger("urllib3.connectionpool")


@functools.lru_cache(256)
def _sent_name(name: str) -> bytes:
    """A header's name as it is sent; b"" for what is no name, or says how the request is sent."""
    return f"{name}: ".encode() if _TOKEN.fullmatch(name) and name.lower() not in _FRAMING else b""


def _http_client() -> tuple[object, ...]:
    """Where tracers, recorders and mocks get between botocore and the network."""
    plain = http.client.HTTPConnection
    pool = AWSHTTPConnectionPool
    sending = (plain.request, plain.putrequest, plain.send, plain.getresponse, plain.debuglevel)
    return (URLLib3Session.send, pool.urlopen, pool.ConnectionCls, *sending)


_UNTOUCHED = _http_client()


class Transport:
    """botocore's `before-send` handler of one process.

    Taken are requests over plain HTTP to the function's `AWS_ENDPOINT_URL`, with a body in memory and an answer that is
    read to its end, of clients that have ordinary timeouts and no proxies. All others are botocore's affair: nothing
    was sent of them. So are all where urllib3's log is wanted, where somebody has got between botocore and the network,
    or answers requests before they are sent.
    """

    def __init__(self, connect: Callable[[tuple[str, int], float], Any]) -> None:
        """`connect`: makes a `connection.Connection`, by address and timeout (seconds)."""
        self._connect = connect
        self._origin = ""
        self._address = ("", 0)
        self._idle: list[Any] = []

    def hand_out(self) -> None:
        """Have it used by every session that is made from now on."""
        botocore.register_initializer(self.attach)
        os.register_at_fork(after_in_child=self.forget)

    def attach(self, session: Any) -> None:
        """Have it used by the clients of `session`. Sessions of other classes (aiobotocore's) may send otherwise."""
        answered = any(str(entry[0]).startswith("before-send") for entry in BUILTIN_HANDLERS)
        if type(session) is botocore.session.Session and not answered:
            session.register("creating-client-class", self._look_for_proxies)
            # Last of all: others may still change what is sent.
            session.get_component("event_emitter").register_last("before-send", self)

    def open(self, url: str) -> None:
        """Take requests to the origin of `url`, if it is one that can be reached plainly."""
        match = _ORIGIN.match(url)
        if match is not None and match[2] != "80" and url[match.end() : match.end() + 1] in ("", "/"):
            self._origin, self._address = match[0], (match[1], int(match[2]))

    def _look_for_proxies(self, **_: Any) -> None:
        # botocore looks when it makes a client, too. Which clients are these is not known later.
        is_likely = any(name.lower().endswith("_proxy") for name in os.environ)
        if is_likely and self._origin and get_environ_proxies(self._origin).get("http"):
            self._origin = ""

    def forget(self) -> None:
        """Let go of all connections: in a child they are its parent's."""
        for connection in self._idle:
            connection.close()
        self._idle = []

    def __call__(self, request: Any, **_: Any) -> Any:
        config = self._config(request)
        if config is None:
            return None
        message = self._message(request)
        if message is None:
            return None
        read_timeout = request.context.get("read_timeout")
        if read_timeout is None:
            read_timeout = config.read_timeout
        if not _is_timeout(read_timeout):
            return None
        try:
            return self._exchange(request, message, config, read_timeout)
        except BotoCoreError:
            raise
        except Exception as error:
            # What a signal's handler raises, say.
            raise HTTPClientError(error=error) from error

    def _config(self, request: Any) -> Any:
        """The configuration of the request's client; None for a request that is not taken."""
        if not self._origin or request.stream_output:
            return None
        if _urllib3_log.isEnabledFor(logging.DEBUG) or _http_client() != _UNTOUCHED:
            return None
        config = (getattr(request, "context", None) or {}).get("client_config")
        if config is None or config.proxies or config.tcp_keepalive or not _is_timeout(config.connect_timeout):
            return None
        # An unsigned request may be one of a client that only writes requests (s3transfer's for the CRT).
        return None if config.signature_version is botocore.UNSIGNED else config

    def _message(self, request: Any) -> bytes | None:
        """The request as http.client would write it, in one piece; None when it must be looked at more closely."""
        url, body = request.url, request.body
        if not url.startswith(self._origin):
            return None
        start = _start(request.method, url[len(self._origin) :], self._origin)
        if isinstance(body, str) and body.isascii():
            body = body.encode("ascii")
        if not start or not (body is None or type(body) is bytes):
            return None
        lines = [start]
        for name, value in request.headers.items():
            sent = _sent_name(name)
            if not sent:
                return None
            lines.append(sent + (value if type(value) is bytes else str(value).encode("utf-8")))
        head = b"\r\n".join(lines)
        if head.count(b"\n") != len(lines) + 1 or head.count(b"\r") != len(lines) + 1:
            return None
        if body and "Content-Length" not in request.headers:
            return None
        return b"%b\r\n\r\n%b" % (head, body or b"")

    def _exchange(self, request: Any, message: bytes, config: Any, read_timeout: float) -> Any:
        url = request.url
        try:
            connection = self._kept() or self._connect(self._address, config.connect_timeout)
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=url, error=error) from error
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=url, error=error) from error
        is_kept = False
        try:
            connection.set_timeout(config.connect_timeout)
            connection.send(message)
            connection.set_timeout(read_timeout)
            answer, is_kept = connection.receive(request.method, url)
        except TimeoutError as error:
            raise ReadTimeoutError(endpoint_url=url, error=error) from error
        except (OSError, http.client.HTTPException) as error:
            raise ConnectionClosedError(error=error, request=request, endpoint_url=url) from error
        finally:
            if is_kept and len(self._idle) < config.max_pool_connections:
                self._idle.append(connection)
            else:
                connection.close()
        return answer

    def _kept(self) -> Any:
        """A connection that is idle, or None."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:
                # Another thread was quicker.
                return None
            if connection.is_fit():
                return connection
            connection.close()
        return None


@functools.lru_cache(64)
def _start(method: str, target: str, origin: str) -> bytes:
    """The first lines of a request; b"" for a target that urllib3 would write otherwise."""
    if not _TARGET.fullmatch(target) or not _TOKEN.fullmatch(method):
        return b""
    host = origin.partition("://")[2]
    return f"{method} {target} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: identity".encode()


def _is_timeout(seconds: object) -> bool:
    return type(seconds) in (int, float) and seconds > 0  # type: ignore[operator]
