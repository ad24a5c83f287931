"""The level of a log line, as the runtimes write it. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
"""

from __future__ import annotations

import re

_LEVELS = "(TRACE|DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL)"
_BRACKETED = re.compile(rf"\[{_LEVELS}\]|\t{_LEVELS}\t")
_JSON = re.compile(r'"level"\s*:\s*"(\w+)"')
_PLATFORM = re.compile(r"(START|END|REPORT|INIT_REPORT|INIT_START) ")


def level_of(message: str) -> str:
    """``INFO`` when the line does not say; ``PLATFORM`` for Lambda's own."""
    head = message[:300]
    if _PLATFORM.match(head) or '"type":"platform.' in head:
        return "PLATFORM"
    found = _BRACKETED.search(head)
    if found:
        return (found[1] or found[2]).replace("WARNING", "WARN")
    named = _JSON.search(head)
    if named:
        return named[1].upper().replace("WARNING", "WARN")
    return "ERROR" if "Traceback (most recent call last)" in head or "Task timed out after" in head else "INFO"
