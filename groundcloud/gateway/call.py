"""One request on its way through the gateway: what is known of it so far."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from random import randbytes
from typing import Any

from groundcloud.clock import new_request_id
from groundcloud.gateway.errors import GatewayError
from groundcloud.gateway.execution_log import Notes
from groundcloud.gateway.model import Stage
from groundcloud.gateway.phases import Phases
from groundcloud.gateway.routing import Match
from groundcloud.gateway.target import Target
from groundcloud.gateway.trace import Trace, new_trace
from groundcloud.http import Request

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def new_extended_request_id() -> str:
    """An `x-amz-apigw-id` as AWS forms it: 15 characters of base64 and ``=``."""
    return base64.urlsafe_b64encode(randbytes(11)).decode()


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key of the control plane."""

    id: str
    value: str


@dataclass
class Call:
    """`started` in seconds since the epoch. `match` is None until routed; `authorizer` None until one let it in;
    `usage_key` is the API key that a Lambda authorizer named, `api_key` the one that let it in; `caller` is who
    signed it, as `access.Access` says; `error` what answers
    in the integration's place; `notes` are kept while the execution is logged, `phases` for the access log."""

    request: Request
    target: Target
    stage: Stage
    started: float
    request_id: str = field(default_factory=new_request_id)
    extended_request_id: str = field(default_factory=new_extended_request_id)
    match: Match | None = None
    authorizer: dict[str, Any] | None = None
    usage_key: str | None = None
    api_key: ApiKey | None = None
    integration_latency: float | None = None
    integration_status: int | None = None
    endpoint_request_id: str | None = None
    caller: Mapping[str, str] | None = None
    error: GatewayError | None = None
    notes: Notes | None = None
    phases: Phases = field(default_factory=dict)

    @cached_property
    def trace(self) -> Trace:
        """The trace this call belongs to; made only when an integration or a header needs it."""
        return new_trace(self.request.headers.get("x-amzn-trace-id"), self.started, self.stage.traced)

    @property
    def path(self) -> str:
        """The path without stage, as the event shows it: percent-encoded, with one leading slash."""
        return "/" + self.target.path.lstrip("/")

    @property
    def request_time(self) -> str:
        """The time in CLF, for instance ``21/Nov/2026:08:00:00 +0000``; months in English whatever the locale."""
        return clf_time(self.started)

    @property
    def resource_path(self) -> str:
        return self.match.method.resource_path if self.match else ""


def clf_time(epoch: float) -> str:
    """`epoch` in Common Log Format, UTC."""
    return _clf_second(int(epoch))


@lru_cache(maxsize=16)
def _clf_second(epoch: int) -> str:
    at = time.gmtime(epoch)
    clock = f"{at.tm_hour:02d}:{at.tm_min:02d}:{at.tm_sec:02d}"
    return f"{at.tm_mday:02d}/{_MONTHS[at.tm_mon - 1]}/{at.tm_year}:{clock} +0000"
