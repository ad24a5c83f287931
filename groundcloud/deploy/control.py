"""The cloud's own routes below ``/_groundcloud/v1``, for those who talk to it by HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any, Protocol
from urllib.parse import urlencode

from groundcloud.errors import UserError

PREFIX = "/_groundcloud/v1"


class ControlDoor(Protocol):
    """JSON in, JSON out."""

    def request(self, method: str, path: str, body: Any = None, *, deadline: float = 10.0, **query: Any) -> Any:
        """The answer's JSON (None for an empty one); `deadline` in seconds, a query value of None is left out. Raises
        `ControlRefused` for any status but 2xx and `UserError` when no cloud answers."""
        ...


class ControlRefused(UserError):
    """The cloud answered, but not with what was asked for."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message, "")
        self.status = status


class HttpControl:
    """The real door: the standard library's HTTP, as importing a larger client takes longer than the call."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        # Without proxies: the environment's HTTP proxy must not see calls to this machine.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def request(self, method: str, path: str, body: Any = None, *, deadline: float = 10.0, **query: Any) -> Any:
        text = urlencode({name: value for name, value in query.items() if value is not None})
        url = f"{self._endpoint}{PREFIX}{path}" + (f"?{text}" if text else "")
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        try:
            with self._opener.open(request, timeout=deadline) as response:
                content = response.read()
        except urllib.error.HTTPError as error:
            with error:
                raise ControlRefused(error.code, _message(error.read(), error.code)) from error
        except OSError as error:
            raise UserError(f"No cloud answers at {self._endpoint}", "Start it with `make up`") from error
        return json.loads(content) if content else None


def _message(content: bytes, status: int) -> str:
    try:
        answer = json.loads(content)
    except ValueError:
        return f"status {status}"
    message = answer.get("message") if isinstance(answer, dict) else None
    return str(message or f"status {status}")
