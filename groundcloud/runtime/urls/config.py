"""What a function URL is: pure data, read from Lambda's FunctionUrlConfig."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from groundcloud.runtime.function import Reference


@dataclass(frozen=True)
class Cors:
    """What browsers on other pages may do. `max_age` in seconds."""

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    credentials: bool = False
    max_age: int | None = None


@dataclass(frozen=True)
class FunctionUrl:
    """One URL. `domain` is its host, and `id` that one's first label; `needs_iam` is AuthType AWS_IAM, `streams`
    InvokeMode RESPONSE_STREAM."""

    domain: str
    target: Reference
    needs_iam: bool
    streams: bool
    cors: Cors | None

    @property
    def id(self) -> str:
        return self.domain.partition(".")[0]


def url_domain(config: dict[str, Any]) -> str:
    """The host in ``https://{id}.lambda-url.{region}.on.aws/``; LocalStack has its own domain and a port there."""
    return urlsplit(str(config.get("FunctionUrl") or "")).hostname or ""


def read_url(config: dict[str, Any], target: Reference) -> FunctionUrl:
    cors = config.get("Cors") or None
    return FunctionUrl(
        url_domain(config),
        target,
        config.get("AuthType") != "NONE",
        config.get("InvokeMode") == "RESPONSE_STREAM",
        _read_cors(cors) if cors else None,
    )


def _read_cors(cors: dict[str, Any]) -> Cors:
    def texts(name: str) -> tuple[str, ...]:
        return tuple(cors.get(name) or ())

    age = cors.get("MaxAge")
    return Cors(
        texts("AllowOrigins"),
        texts("AllowMethods"),
        texts("AllowHeaders"),
        texts("ExposeHeaders"),
        bool(cors.get("AllowCredentials")),
        None if age is None else int(age),
    )
