"""The platform's own log lines in the format that the function asks for: pure text, "" for a line it does not want.

JSON: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html (the events),
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html (which level each has).
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, Protocol

from groundcloud.clock import Clock
from groundcloud.runtime import platform_lines
from groundcloud.runtime.function import Function
from groundcloud.runtime.platform_lines import Report

_LEVELS = ("DEBUG", "INFO", "WARN")


class PlatformLog(Protocol):
    """What Lambda says in a function's log."""

    def init_start(self, language: str, version: str) -> str: ...

    def init_report(self, duration: float, status: str, error_type: str, phase: str = "init") -> str: ...

    def start(self, request_id: str) -> str: ...

    def timed_out(self, request_id: str, seconds: float) -> str: ...

    def exited(self, request_id: str, status: int) -> str: ...

    def end(self, facts: Report) -> str: ...

    def report(self, facts: Report) -> str: ...


def platform_log(function: Function, clock: Clock) -> PlatformLog:
    return JsonLog(function, clock) if function.log_format == "JSON" else TextLog(function, clock)


class TextLog:
    """START, END, REPORT and their kin."""

    def __init__(self, function: Function, clock: Clock) -> None:
        self._function = function
        self._clock = clock

    def init_start(self, language: str, version: str) -> str:
        return platform_lines.init_start(language, version, self._function.scope.region)

    def init_report(self, duration: float, status: str, error_type: str, phase: str = "init") -> str:
        return platform_lines.init_report(duration, status, error_type, phase)

    def start(self, request_id: str) -> str:
        return platform_lines.start(request_id, self._function.version)

    def timed_out(self, request_id: str, seconds: float) -> str:
        return platform_lines.timed_out(self._clock.now(), request_id, seconds)

    def exited(self, request_id: str, status: int) -> str:
        return platform_lines.exited(request_id, status)

    def end(self, facts: Report) -> str:
        return platform_lines.end(facts.request_id)

    def report(self, facts: Report) -> str:
        return platform_lines.report(facts)


class JsonLog:
    """``{"time": …, "type": "platform.start", "record": {…}}``, from the function's system log level on."""

    def __init__(self, function: Function, clock: Clock) -> None:
        self._function = function
        self._clock = clock
        level = function.system_log_level or "INFO"
        self._lowest = _LEVELS.index(level) if level in _LEVELS else _LEVELS.index("INFO")

    def init_start(self, language: str, version: str) -> str:
        digest = hashlib.sha256(f"{language}:{version}".encode()).hexdigest()
        record = {
            "initializationType": self._function.initialization,
            "phase": "init",
            "runtimeVersion": f"{language}:{version}",
            "runtimeVersionArn": f"arn:aws:lambda:{self._function.scope.region}::runtime:{digest}",
            "functionName": self._function.name,
            "functionVersion": self._function.version,
        }
        return self._event("initStart", record, "INFO")

    def init_report(self, duration: float, status: str, error_type: str, phase: str = "init") -> str:
        record: dict[str, Any] = {"initializationType": self._function.initialization, "phase": phase, "status": status}
        if error_type:
            record["errorType"] = error_type
        record["metrics"] = {"durationMs": round(duration, 2)}
        return self._event("initReport", record, "WARN")

    def start(self, request_id: str) -> str:
        return self._event("start", {"requestId": request_id, "version": self._function.version}, "INFO")

    def timed_out(self, request_id: str, seconds: float) -> str:
        return ""  # Its runtimeDone and report say so.

    def exited(self, request_id: str, status: int) -> str:
        return ""

    def end(self, facts: Report) -> str:
        record = {"requestId": facts.request_id, "status": _status(facts)}
        if facts.error_type:
            record["errorType"] = facts.error_type
        level = "DEBUG" if _status(facts) == "success" else "WARN"
        return self._event("runtimeDone", {**record, "metrics": {"durationMs": round(facts.duration, 2)}}, level)

    def report(self, facts: Report) -> str:
        metrics: dict[str, Any] = {
            "durationMs": round(facts.duration, 2),
            "billedDurationMs": facts.billed,
            "memorySizeMB": facts.memory_size,
        }
        if facts.memory_used is not None:
            metrics["maxMemoryUsedMB"] = facts.memory_used
        if facts.init is not None:
            metrics["initDurationMs"] = round(facts.init, 2)
        record: dict[str, Any] = {"requestId": facts.request_id, "metrics": metrics, "status": _status(facts)}
        if facts.error_type:
            record["errorType"] = facts.error_type
        return self._event("report", record, "INFO" if _status(facts) == "success" else "WARN")

    def _event(self, kind: str, record: dict[str, Any], level: str) -> str:
        if _LEVELS.index(level) < self._lowest:
            return ""
        moment = datetime.fromtimestamp(self._clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        return json.dumps({"time": f"{moment}Z", "type": f"platform.{kind}", "record": record}) + "\n"


def _status(facts: Report) -> str:
    return facts.status or ("error" if facts.failed else "success")
