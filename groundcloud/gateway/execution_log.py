"""Execution logs: what happened to one request, step by step, as API Gateway tells it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html and, for the lines,
https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-test-method.html. "API Gateway redacts
authorization headers, API key values, and similar sensitive request parameters from the logged data."
"""

from __future__ import annotations

from collections.abc import Iterable

_SECRET = frozenset(
    (
        "authorization",
        "cookie",
        "proxy-authorization",
        "set-cookie",
        "x-amz-security-token",
        "x-amz-signature",
        "x-amz-credential",
        "x-api-key",
    )
)
_SHOWN_OF_SECRETS = 6
_LONGEST = 1024

Pairs = Iterable[tuple[str, str]]


class Notes:
    """The lines about one request. `data` are those that only data tracing keeps; `secrets` are further names, in lower
    case, of parameters whose values are not shown."""

    def __init__(self, data: bool = True, secrets: Iterable[str] = ()) -> None:
        self.lines: list[str] = []
        self.failures: list[str] = []
        self._data = data
        self._secrets = _SECRET.union(secrets)

    def add(self, text: str) -> None:
        self.lines.append(text)

    def fail(self, text: str) -> None:
        """A line that level ERROR keeps, too."""
        self.lines.append(text)
        self.failures.append(text)

    def pairs(self, what: str, pairs: Pairs) -> None:
        """Parameters, secrets masked, with data tracing only."""
        if self._data:
            shown = ", ".join(f"{name}={self._shown(name, value)}" for name, value in pairs)
            self.lines.append(f"{what}: {{{shown}}}")

    def body(self, what: str, body: bytes) -> None:
        """A payload, cut, with data tracing only."""
        if self._data:
            text = body[: _LONGEST * 4].decode("utf-8", "replace")
            self.lines.append(f"{what}: {text[:_LONGEST]}" + (" [TRUNCATED]" if len(text) > _LONGEST else ""))

    def _shown(self, name: str, value: str) -> str:
        if name.lower() not in self._secrets:
            return value
        shown = value[-_SHOWN_OF_SECRETS:] if len(value) > 4 * _SHOWN_OF_SECRETS else ""
        return "*" * (len(value) - len(shown)) + shown
