"""The lines that Lambda itself writes into a function's log: pure text.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html and
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html (INIT_START, INIT_REPORT).
"""

from __future__ import annotations

import hashlib
import math
from datetime import UTC, datetime
from typing import NamedTuple

from groundcloud.runtime import errors


class Report(NamedTuple):
    """What one call took. Durations are milliseconds; `memory_used` MB, None where it cannot be measured; `init` is
    set for the first call of an environment; `status` and `error_type` when the platform ended the call; `failed`
    also when the function answered an error."""

    request_id: str
    duration: float
    memory_size: int
    memory_used: int | None
    init: float | None = None
    status: str = ""
    error_type: str = ""
    failed: bool = False

    @property
    def billed(self) -> int:
        """Whole milliseconds, rounded up; since August 2025 AWS bills the start as well."""
        return max(1, math.ceil(self.duration + (self.init or 0.0)))


def start(request_id: str, version: str) -> str:
    return f"START RequestId: {request_id} Version: {version}\n"


def end(request_id: str) -> str:
    return f"END RequestId: {request_id}\n"


def report(facts: Report) -> str:
    line = (
        f"REPORT RequestId: {facts.request_id}\tDuration: {facts.duration:.2f} ms\t"
        f"Billed Duration: {facts.billed} ms\tMemory Size: {facts.memory_size} MB\t"
    )
    if facts.memory_used is not None:
        line += f"Max Memory Used: {facts.memory_used} MB\t"
    if facts.init is not None:
        line += f"Init Duration: {facts.init:.2f} ms\t"
    if facts.status:
        line += f"Status: {facts.status}\t"
    if facts.error_type:
        line += f"Error Type: {facts.error_type}\t"
    return line + "\n"


def init_start(language: str, version: str, region: str) -> str:
    digest = hashlib.sha256(f"{language}:{version}".encode()).hexdigest()
    return (
        f"INIT_START Runtime Version: {language}:{version}\t"
        f"Runtime Version ARN: arn:aws:lambda:{region}::runtime:{digest}\n"
    )


def init_report(duration: float, status: str, error_type: str = "", phase: str = "init") -> str:
    line = f"INIT_REPORT Init Duration: {duration:.2f} ms\tPhase: {phase}\tStatus: {status}"
    return f"{line}\tError Type: {error_type}\n" if error_type else f"{line}\n"


def timed_out(now: float, request_id: str, seconds: float) -> str:
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
    return f"{moment}Z {request_id} Task timed out after {seconds:.2f} seconds\n"


def exited(request_id: str, status: int) -> str:
    return f"RequestId: {request_id} Error: {errors.exit_reason(status)}\nRuntime.ExitError\n"


def stream_name(now: float, version: str, unique: str) -> str:
    """The log stream of one environment: ``YYYY/MM/DD/[version]hex32``."""
    return f"{datetime.fromtimestamp(now, UTC):%Y/%m/%d}/[{version}]{unique}"
