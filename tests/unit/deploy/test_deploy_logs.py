"""Log lines: chosen by a pattern, taken from the live stream, shown."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from groundcloud.deploy.follow import events
from groundcloud.deploy.functions import Invoked, LogLine
from groundcloud.deploy.log_filter import log_filter
from groundcloud.deploy.show import show_answer, show_lines
from groundcloud.errors import UserError

LINE = "[ERROR] order 7 of ann failed"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", True),
        ("ERROR", True),
        ("error", False),
        ("ERROR ann", True),
        ("ERROR bob", False),
        ("-bob", True),
        ("ERROR -ann", False),
        ('"order 7"', True),
        ('"7 order"', False),
        ("?bob ?ann", True),
        ("?bob ?eve", False),
        ("%order [0-9]+%", True),
        ("%order [a-z]+%", False),
        ('-"order 8"', True),
    ],
)
def test_patterns(pattern: str, expected: bool) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForLogGroups.html"""
    assert log_filter(pattern)(LINE) is expected


def test_an_expression_that_is_none() -> None:
    with pytest.raises(UserError, match="no regular expression"):
        log_filter("%(%")


def test_server_sent_events() -> None:
    stream = b": listening\n\nevent: line\ndata: 1\n\n: alive\n\nevent: lost\ndata: 2\n\n"
    assert list(events(io.BytesIO(stream))) == [("line", "1"), ("lost", "2")]


def console(*, terminal: bool) -> Console:
    return Console(
        file=io.StringIO(),
        force_terminal=terminal,
        color_system="standard" if terminal else None,
        width=80,
        highlight=False,
    )


def text_of(out: Console) -> str:
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


def test_a_line_is_never_broken_or_taken_for_markup() -> None:
    out = console(terminal=False)
    show_lines(out, [LogLine(1_000, "Fn", "[red]" + "x" * 200)])
    [line] = text_of(out).splitlines()
    assert line.endswith(" Fn [red]" + "x" * 200)


def test_an_answer_is_json_for_programs() -> None:
    out, log = console(terminal=False), console(terminal=False)
    show_answer(Invoked('{"b":[1,"ü"]}', "", "START\nEND\n"), out, log)
    assert json.loads(text_of(out)) == {"b": [1, "ü"]}
    assert text_of(log) == "START\nEND\n"


def test_an_error_shows_its_trace_in_red() -> None:
    out, log = console(terminal=True), console(terminal=True)
    payload = {"errorType": "KeyError", "errorMessage": "'tea'", "stackTrace": ['  File "/app/shop.py", line 3\n']}
    show_answer(Invoked(json.dumps(payload), "Unhandled", ""), out, log)
    shown = text_of(out)
    assert "KeyError: 'tea'" in shown
    assert 'File "/app/shop.py", line 3' in shown
    assert "\x1b[1;31m" in shown
