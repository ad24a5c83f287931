"""An HTTP client for which the names of the local cloud exist.

Python's resolver does not know `*.localhost`, and must never be asked for a real AWS name: every host but an address
of this machine is looked for at the cloud's port, with the Host header that the URL asked for.
"""

from __future__ import annotations

import httpx

LOOPBACK = ("127.0.0.1", "localhost")


class CloudTransport(httpx.HTTPTransport):
    """Sends `http://shop.execute-api.localhost:4566/…` and `https://x.cloudfront.net/…` to one port of `host`."""

    def __init__(self, port: int, host: str = LOOPBACK[0]) -> None:
        super().__init__()
        self._port = port
        self._host = host

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host not in (*LOOPBACK, self._host):
            request.url = request.url.copy_with(scheme="http", host=self._host, port=self._port)
        return super().handle_request(request)


def cloud_client(port: int, timeout: float = 60, host: str = LOOPBACK[0]) -> httpx.Client:
    """A client whose base is the cloud on `port`; redirects are not followed, the environment's proxies not used."""
    return httpx.Client(
        base_url=f"http://{host}:{port}", transport=CloudTransport(port, host), timeout=timeout, trust_env=False
    )
