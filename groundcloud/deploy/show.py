"""How functions' answers and log lines look on a terminal, with rich. Plain text where there is no terminal."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from rich.console import Console
from rich.text import Text

from groundcloud.deploy.functions import Invoked, LogLine

_STYLES = (
    (re.compile(r"^(START|END|INIT_START|INIT_REPORT) |^\{\"time\": .*\"type\": \"platform\."), "dim"),
    (re.compile(r"^REPORT .*(Status: (error|timeout))"), "red"),
    (re.compile(r"^REPORT "), "dim"),
    (
        re.compile(r"\[ERROR\]|\[CRITICAL\]|\tERROR\t|\"level\": ?\"(ERROR|CRITICAL|FATAL)\"|Task timed out|Traceback"),
        "red",
    ),
    (re.compile(r"\[WARNING\]|^WARNING|\tWARN\t|\"level\": ?\"WARN(ING)?\""), "yellow"),
    (re.compile(r"\[DEBUG\]|\tDEBUG\t|\"level\": ?\"(DEBUG|TRACE)\""), "dim"),
)
_COLOURS = ("cyan", "green", "magenta", "blue", "bright_cyan", "bright_green")


def log_line(line: LogLine) -> Text:
    """Time, function, message; the function has a colour of its own, the message that of its weight."""
    when = time.strftime("%H:%M:%S", time.localtime(line.created / 1000)) if line.created else "--:--:--"
    colour = _COLOURS[sum(line.function.encode()) % len(_COLOURS)]
    return Text.assemble((when, "dim"), " ", (line.function, colour), " ", _weighed(line.text))


def show_lines(console: Console, lines: list[LogLine]) -> None:
    for line in lines:
        console.print(log_line(line), soft_wrap=True)


def show_answer(answer: Invoked, out: Console, log: Console) -> None:
    """The log's end on `log`, then the payload on `out`: JSON laid out, an error in red with its trace."""
    for text in answer.log.splitlines():
        log.print(_weighed(text), soft_wrap=True)
    if answer.error:
        _show_error(answer.payload, out)
        return
    try:
        value = json.loads(answer.payload)
    except ValueError:
        out.print(Text(answer.payload), soft_wrap=True)
        return
    text = json.dumps(value, indent=2, ensure_ascii=False)
    if out.is_terminal:
        out.print_json(text)
    else:
        out.print(Text(text), soft_wrap=True)


def show_policy(found: dict[str, Any], out: Console, *, as_json: bool) -> None:
    """The generated document; and, unless it is all that is wanted, how today's role differs from it."""
    if as_json:
        out.print_json(data=found["policy"])
        return
    seen = (
        "nothing yet: call it first"
        if not found["seen"]
        else f"{found['seen']} action{'s' if found['seen'] != 1 else ''} on resources"
    )
    out.print(f"{found['function']} was seen to do {seen}.", markup=False)
    if not found["isWhole"]:
        out.print("More was seen than is kept: the policy may lack something.", style="yellow")
    out.print(f"The policy that covers it and what Lambda does for it, for {found['role']}:", markup=False)
    out.print_json(data=found["policy"])
    for statement in found["missing"]:
        out.print(f"- missing today: {statement['Action']} on {statement['Resource']}", markup=False, style="red")
    for unused in found["unused"]:
        text = json.dumps(unused["statement"])
        out.print(f"- allowed today, not used: {unused['policy']}: {text}", markup=False, style="yellow")
    if not found["missing"] and not found["unused"]:
        out.print("Its role today allows this, and has no statement that is not used.", markup=False)


def _weighed(text: str) -> Text:
    style = next((style for pattern, style in _STYLES if pattern.search(text)), "")
    return Text(text.replace("\r", ""), style)


def _show_error(payload: str, out: Console) -> None:
    try:
        error = json.loads(payload)
    except ValueError:
        error = None
    if not isinstance(error, dict) or not out.is_terminal:
        out.print(Text(payload, "red"), soft_wrap=True)
        return
    kind, message = error.get("errorType", ""), error.get("errorMessage", "")
    out.print(Text(f"{kind}: {message}" if kind else str(message), "bold red"), soft_wrap=True)
    for entry in error.get("stackTrace") or error.get("trace") or []:
        out.print(Text(str(entry).rstrip("\n"), "red"), soft_wrap=True)
