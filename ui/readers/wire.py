"""The door through which recorded requests are sent again, and APIs are tried: plain HTTP to the cloud, and to nothing
else.

Whatever Host a request names, the connection goes to the cloud's own address.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from groundcloud.settings import Settings
from ui.readers.types import CloudUnavailable, Scope


@dataclass(frozen=True)
class Outgoing:
    """A request to send. `url` is path and query, `host` the Host header; `sign_for` names the service for which the
    administrator of `scope` signs it, "" for a request that is sent as it is."""

    method: str
    host: str
    url: str
    headers: list[tuple[str, str]]
    body: str
    sign_for: str
    scope: Scope


@dataclass(frozen=True)
class Reply:
    """What came back; `milliseconds` from sending to the last byte."""

    status: int
    headers: list[tuple[str, str]]
    content: bytes
    milliseconds: float


class Wire:
    """Sends requests to the cloud."""

    def __init__(self, settings: Settings, client: httpx.Client | None = None) -> None:
        self._settings = settings
        self._client = client or httpx.Client(timeout=65, trust_env=False, follow_redirects=False)

    def send(self, outgoing: Outgoing, trace_id: str) -> int:
        """Send it as a trace of this id; the status of the answer. Raises `CloudUnavailable`."""
        return self.exchange(outgoing, trace_id).status

    def exchange(self, outgoing: Outgoing, trace_id: str) -> Reply:
        """Send it as a trace of this id. Raises `CloudUnavailable`, and `ValueError` for an address that might lead
        elsewhere."""
        if not outgoing.url.startswith("/"):
            raise ValueError(
                f"An address begins with /, not as {outgoing.url!r}: requests are sent to this cloud only."
            )
        headers = [*outgoing.headers, ("Host", outgoing.host)] if outgoing.host else list(outgoing.headers)
        headers.append(("X-Amzn-Trace-Id", f"Root={trace_id}"))
        url, content = self._settings.reached_at + outgoing.url, outgoing.body.encode()
        if outgoing.sign_for:
            headers = self._signed(outgoing, url, headers, content)
        began = time.perf_counter()
        try:
            answer = self._client.request(outgoing.method, url, headers=headers, content=content)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise CloudUnavailable(f"{self._settings.reached_at} does not answer") from error
        taken = (time.perf_counter() - began) * 1000
        return Reply(answer.status_code, list(answer.headers.multi_items()), answer.content, taken)

    def keys(self, issuer: str) -> dict[str, Any]:
        """The JWKS of a user pool by its issuer: from the cloud, on profile `aws` from AWS. Raises
        `CloudUnavailable`."""
        base = issuer if self._settings.profile == "aws" else f"{self._settings.reached_at}/{issuer.rpartition('/')[2]}"
        try:
            answer = self._client.get(f"{base}/.well-known/jwks.json", timeout=10)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise CloudUnavailable(f"The keys of {issuer} cannot be read: {error}") from error
        found: dict[str, Any] = answer.json()
        return found

    def _signed(
        self, outgoing: Outgoing, url: str, headers: list[tuple[str, str]], content: bytes
    ) -> list[tuple[str, str]]:
        """A 12-digit access key is that account's administrator."""
        settings, scope = self._settings, outgoing.scope
        key = settings.access_key_id if scope.account == settings.account else scope.account
        request = AWSRequest(method=outgoing.method, url=url, data=content)
        for name, value in headers:
            request.headers.add_header(name, value)
        signer = S3SigV4Auth if outgoing.sign_for == "s3" else SigV4Auth
        signer(Credentials(key, settings.secret_access_key), outgoing.sign_for, scope.region).add_auth(request)
        return list(request.headers.items())


def new_trace_id(token: Callable[[int], str], now: Callable[[], float] = time.time) -> str:
    """A trace id as X-Ray has them; `token` makes so many random bytes in hexadecimal."""
    return f"1-{int(now()):08x}-{token(12)}"
