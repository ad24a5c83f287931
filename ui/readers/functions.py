"""Lambda's functions: how they are configured, what their calls took, and calling them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ui.readers.logs import group_of

PAGE = 50
BOUNDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
"""Upper ends of the bars of a histogram, in ms; the last bar has none."""

_FIELDS = {
    "duration": r"\bDuration: ([\d.]+) ms",
    "init": r"\bInit Duration: ([\d.]+) ms",
    "memory": r"\bMax Memory Used: (\d+) MB",
}
_ID = re.compile(r"RequestId: (\S+)")


@dataclass(frozen=True)
class FunctionView:
    """One function. `timeout` in seconds, `memory` in MB, `modified` in epoch seconds, `log_group` where it logs;
    `variables` are the names of its own environment variables, whose values are no part of a page."""

    name: str
    arn: str
    runtime: str
    handler: str
    package: str
    memory: int
    timeout: int
    modified: float
    role: str
    state: str
    log_group: str
    layers: tuple[str, ...]
    variables: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """What the REPORT line of one call says: times in ms, memory in MB; `init` is null when the call was warm."""

    request_id: str
    duration: float
    init: float | None
    memory: int

    @property
    def cold(self) -> bool:
        return self.init is not None


@dataclass(frozen=True)
class Invoked:
    """What a call answered. `error` is Lambda's word for a failure of the function ("" for none), `log` the end of what
    it logged, `run` what its REPORT line says (null when there is none)."""

    status: int
    error: str
    payload: str
    log: str
    run: Run | None


@dataclass(frozen=True)
class Bar:
    """So many of the calls took up to `until` ms (null: longer than every other bar); `percent` is of the largest
    bar."""

    until: int | None
    count: int
    percent: float


@dataclass(frozen=True)
class Latencies:
    """The last calls, in ms. `cold` are those that started an environment, `start` what that took in the middle."""

    count: int
    p50: float
    p95: float
    cold: int
    start: float
    bars: tuple[Bar, ...]


class Functions:
    """What one account and region has. Methods raise botocore's `ClientError` as Lambda answers it."""

    def __init__(self, aws: Any) -> None:
        self._lambda = aws

    def listed(self, after: str = "") -> tuple[list[FunctionView], str]:
        """A page of functions, and where the next page starts (empty: there is none)."""
        found = self._lambda.list_functions(MaxItems=PAGE, **({"Marker": after} if after else {}))
        return [_view(each) for each in found["Functions"]], found.get("NextMarker") or ""

    def function(self, name: str) -> FunctionView:
        return _view(self._lambda.get_function_configuration(FunctionName=name))

    def variable(self, name: str, variable: str) -> str | None:
        """The value of one environment variable, or None when the function has none of that name."""
        found = self._lambda.get_function_configuration(FunctionName=name)
        value: str | None = _variables(found).get(variable)
        return value

    def invoke(self, name: str, event: str) -> Invoked:
        """Call a function and wait. Raises `ValueError` for an event that is not JSON."""
        try:
            json.loads(event or "null")
        except ValueError as error:
            raise ValueError(f"The event is not JSON: {error}") from error
        found = self._lambda.invoke(FunctionName=name, Payload=(event or "null").encode(), LogType="Tail")
        log = base64.b64decode(found.get("LogResult", "")).decode(errors="replace")
        return Invoked(
            status=found["StatusCode"],
            error=found.get("FunctionError", ""),
            payload=found["Payload"].read().decode(errors="replace"),
            log=log,
            run=next(iter(runs_of(reversed(log.splitlines()))), None),
        )


def runs_of(lines: Iterable[str]) -> list[Run]:
    """The calls that REPORT lines tell of, as text or in Lambda's JSON log format; other lines are passed over."""
    found = (_of_json(line) if line.startswith("{") else _of_text(line) for line in lines)
    return [run for run in found if run is not None]


def latencies_of(runs: list[Run]) -> Latencies | None:
    """What the calls took; None without calls."""
    if not runs:
        return None
    times = sorted(run.duration for run in runs)
    starts = sorted(run.init for run in runs if run.init is not None)
    counts = [0] * (len(BOUNDS) + 1)
    for time in times:
        counts[next((number for number, bound in enumerate(BOUNDS) if time <= bound), len(BOUNDS))] += 1
    used = [number for number, count in enumerate(counts) if count]
    bars = [
        Bar(BOUNDS[number] if number < len(BOUNDS) else None, counts[number], counts[number] * 100 / max(counts))
        for number in range(used[0], used[-1] + 1)
    ]
    return Latencies(
        count=len(times),
        p50=times[(len(times) - 1) // 2],
        p95=times[min(len(times) - 1, int(len(times) * 0.95))],
        cold=len(starts),
        start=starts[(len(starts) - 1) // 2] if starts else 0.0,
        bars=tuple(bars),
    )


def _of_text(line: str) -> Run | None:
    if not line.startswith("REPORT "):
        return None
    told = {name: re.search(pattern, line) for name, pattern in _FIELDS.items()}
    number, duration, init, memory = _ID.search(line), told["duration"], told["init"], told["memory"]
    if duration is None:
        return None
    return Run(
        number[1] if number else "",
        float(duration[1]),
        float(init[1]) if init else None,
        int(memory[1]) if memory else 0,
    )


def _of_json(line: str) -> Run | None:
    """https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report"""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    if not isinstance(found, dict) or found.get("type") != "platform.report":
        return None
    record = found["record"]
    told = record["metrics"]
    return Run(record["requestId"], told["durationMs"], told.get("initDurationMs"), told.get("maxMemoryUsedMB", 0))


def _view(found: dict[str, Any]) -> FunctionView:
    return FunctionView(
        name=found["FunctionName"],
        arn=found["FunctionArn"],
        runtime=found.get("Runtime", ""),
        handler=found.get("Handler", ""),
        package=found.get("PackageType", "Zip"),
        memory=found["MemorySize"],
        timeout=found["Timeout"],
        modified=datetime.fromisoformat(found["LastModified"]).timestamp(),
        role=found["Role"],
        state=found.get("State", "Active"),
        log_group=group_of(found),
        layers=tuple(each["Arn"] for each in found.get("Layers") or []),
        variables=tuple(sorted(_variables(found))),
    )


def _variables(found: dict[str, Any]) -> dict[str, str]:
    return (found.get("Environment") or {}).get("Variables") or {}
