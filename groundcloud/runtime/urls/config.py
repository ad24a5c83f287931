"""What a function URL is: pure data, read from Lambda's FunctionUrlConfig."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
    """One URL. `id` is the first label of its host; `needs_iam` is AuthType AWS_IAM, `streams` InvokeMode
    RESPONSE_STREAM."""

    id: str
    target: Reference
    needs_iam: bool
    streams: bool
    cors: Cors | None

    @property
    def domain(self) -> str:
        return f"{self.id}.lambda-url.{self.target.scope.region}.on.aws"


def url_id(config: dict[str, Any]) -> str:
    """The id in ``https://{id}.lambda-url.{region}.on.aws/``."""
    return str(config.get("FunctionUrl") or "").partition("://")[2].partition(".")[0]


def read_url(config: dict[str, Any], target: Reference) -> FunctionUrl:
    cors = config.get("Cors") or None
    return FunctionUrl(
        url_id(config),
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
