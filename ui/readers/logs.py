"""What functions log, read from CloudWatch Logs, so that it is the same on every profile.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError

from ui.readers.aws import AwsDoor
from ui.readers.types import Log, Scope

MOST_GROUPS = 20
"""Functions whose logs are read together when none is chosen."""
PER_CALL = 10_000
MOST_CALLS = 5
"""For one function and window: CloudWatch gives the oldest first, and the newest are wanted."""
WINDOWS = (10, 3600, 14 * 24 * 3600)
"""Seconds looked back, each when the one before has too few lines: whoever logs a lot has enough in the first."""

WINDOWS_OF_ONE = (10, 60, 600, 3600, 14 * 24 * 3600)
"""The same for one function, looked back from its last line."""

_PLATFORM = re.compile(r"(START|END|REPORT|INIT_START|INIT_REPORT|XRAY) (?:RequestId: ([0-9a-f-]{36}))?")
_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_LEVEL = re.compile(r"\[?\b(TRACE|DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL)\b\]?")
_TIMED_OUT = re.compile(r"Task timed out after")
_NAMES = {"WARNING": "WARN", "CRITICAL": "ERROR", "FATAL": "ERROR", "TRACE": "DEBUG"}
HEAD = 120
"""Characters of a line in which its level may stand."""


class LogReader:
    """Reads log lines of functions of one account and region. Raises `CloudUnavailable`."""

    def __init__(self, aws: AwsDoor) -> None:
        self._aws = aws

    def functions(self, scope: Scope) -> dict[str, str]:
        """The log group of each function by its name, the last deployed first."""
        with self._aws.answering():
            pages = self._aws.client("lambda", scope).get_paginator("list_functions").paginate()
            found = [each for page in pages for each in page["Functions"]]
        found.sort(key=lambda each: str(each["LastModified"]), reverse=True)
        return {each["FunctionName"]: group_of(each) for each in found}

    def newest(
        self, scope: Scope, groups: dict[str, str], until: float, wanted: int, passes: Callable[[Log], bool]
    ) -> list[Log]:
        """The last `wanted` lines that pass, before `until` (epoch seconds), newest first: fewer when the last two
        weeks have no more."""
        found: list[Log] = []
        chosen = list(groups.items())[:MOST_GROUPS]
        last = self._last(scope, chosen[0][1], until) if len(chosen) == 1 else until
        for window in WINDOWS_OF_ONE if len(chosen) == 1 else WINDOWS:
            read = (self.between(scope, name, group, last - window, until) for name, group in chosen)
            found = [line for lines in read for line in lines if passes(line)]
            if len(found) >= wanted:
                break
        found.reverse()  # of one moment, the last written comes first
        return sorted(found, key=lambda line: -line.time)[:wanted]

    def _last(self, scope: Scope, group: str, until: float) -> float:
        """When something was logged last, or `until` when that is earlier or not known; on AWS it is known up to an
        hour late (API_LogStream.html, ``lastEventTimestamp``), so it says only from where is looked back."""
        with self._aws.answering():
            try:
                answer = self._aws.client("logs", scope).describe_log_streams(
                    logGroupName=group, orderBy="LastEventTime", descending=True, limit=1
                )
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
                return until
        moments = [one["lastEventTimestamp"] for one in answer["logStreams"] if one.get("lastEventTimestamp")]
        return min(until, moments[0] / 1000) if moments else until

    def between(self, scope: Scope, function: str, group: str, since: float, until: float) -> list[Log]:
        """What a function logged between two moments, oldest first."""
        asked = {"startTime": round(since * 1000), "endTime": round(until * 1000), "limit": PER_CALL}
        events: list[dict[str, Any]] = []
        with self._aws.answering():
            try:
                for _ in range(MOST_CALLS):
                    logs = self._aws.client("logs", scope)
                    answer = logs.filter_log_events(logGroupName=group, **asked)
                    events += answer["events"]
                    if not answer.get("nextToken"):
                        break
                    asked["nextToken"] = answer["nextToken"]
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
        return lines_of(events, function)


def group_of(function: dict[str, Any]) -> str:
    """The log group of a function as Lambda tells it."""
    return (function.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{function['FunctionName']}"


def lines_of(events: Iterable[dict[str, Any]], function: str) -> list[Log]:
    """Events of one group as lines, each with the run that wrote it: an environment runs one call at a time, so what
    stands between START and END in its stream is that call's."""
    running: dict[str, str] = {}
    found = []
    for event in events:
        stream, text = event["logStreamName"], event["message"].rstrip("\n")
        level, request_id = read_line(text)
        platform = _PLATFORM.match(text)
        if platform and platform[1] == "START":
            running[stream] = platform[2] or ""
        found.append(Log(event["timestamp"] / 1000, level, text, function, request_id or running.get(stream, "")))
        if platform and platform[1] == "REPORT":
            running.pop(stream, None)
    return found


def read_line(text: str) -> tuple[str, str]:
    """The level of a line and the request id in it, each "" when it has none."""
    if text.startswith("{"):
        return _of_json(text)
    platform = _PLATFORM.match(text)
    if platform:
        return "PLATFORM", platform[2] or ""
    given = _ID.search(text)
    level = _LEVEL.search(text[:HEAD])
    if level is None:
        return "ERROR" if _TIMED_OUT.search(text) or text.startswith("Traceback ") else "", given[0] if given else ""
    return _NAMES.get(level[1], level[1]), given[0] if given else ""


def _of_json(text: str) -> tuple[str, str]:
    """A line of a function whose log format is JSON."""
    try:
        found = json.loads(text)
    except ValueError:
        return "", ""
    if str(found.get("type", "")).startswith("platform."):
        return "PLATFORM", str((found.get("record") or {}).get("requestId") or "")
    level = str(found.get("level") or found.get("levelname") or "").upper()
    request_id = found.get("requestId") or found.get("AWSRequestId") or found.get("function_request_id") or ""
    return _NAMES.get(level, level), str(request_id)
