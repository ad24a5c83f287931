"""Calls HTTP endpoints: the one door to the HTTP client, which is imported when it is first needed or, before that, by
`warmup.py`: a start has no time for it."""

from __future__ import annotations

import asyncio
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING

from groundcloud.errors import GroundcloudError
from groundcloud.http import Headers, Response

if TYPE_CHECKING:
    import httpx

Pairs = list[tuple[str, str]]


class EndpointError(GroundcloudError):
    """No answer of an endpoint."""


class BadAddress(EndpointError):
    """The URL is no address of an endpoint."""


class Unreachable(EndpointError):
    """Nobody listens there, or the connection broke."""


class TooSlow(EndpointError):
    """The endpoint took longer than it may."""


class TooLarge(EndpointError):
    """The endpoint's body is larger than it may be."""


class HttpDoor:
    """Calls endpoints over one pool of connections, made at the first call. Bodies have at most `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._client: httpx.AsyncClient | None = None

    async def fetch(self, method: str, url: str, headers: Pairs, body: bytes, *, timeout: float) -> Response:
        """The endpoint's answer as it came; no redirect is followed. `timeout` in seconds. Raises `EndpointError`."""
        import httpx

        try:
            async with asyncio.timeout(timeout):
                return await self._fetch(method, url, headers, body)
        except TimeoutError:
            raise TooSlow(f"{url} took longer than {timeout:g} s") from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
            raise BadAddress(f"{url} is no address of an endpoint: {error}") from error
        except httpx.HTTPError as error:
            raise Unreachable(f"{url} could not be reached: {error}") from error

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _fetch(self, method: str, url: str, headers: Pairs, body: bytes) -> Response:
        import httpx

        if self._client is None:
            # Nothing of this machine's proxy settings, of an earlier caller's cookies, or of the library's headers; the
            # time limit is ours.
            no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
            self._client = httpx.AsyncClient(trust_env=False, timeout=None, cookies=no_cookies)
            self._client.headers.clear()
        raw = [(name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in headers]
        async with self._client.stream(method, url, headers=raw, content=body or None) as answer:
            chunks, size = [], 0
            async for chunk in answer.aiter_raw():
                size += len(chunk)
                if size > self._limit:
                    raise TooLarge(f"{url} answered more than {self._limit} bytes")
                chunks.append(chunk)
            pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers.raw]
        return Response(answer.status_code, Headers(pairs), b"".join(chunks))
