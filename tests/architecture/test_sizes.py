"""Modules and functions stay small enough to be read in one go."""

from __future__ import annotations

from tests.support.tree import ROOT, functions, python_files

MODULE_LINES = 500
FUNCTION_LINES = 60


def test_no_module_is_too_long() -> None:
    lengths = {str(path): len((ROOT / path).read_text().splitlines()) for path in python_files()}
    assert {path: lines for path, lines in lengths.items() if lines > MODULE_LINES} == {}


def test_no_function_is_too_long() -> None:
    too_long = [
        f"{path}:{node.lineno} {node.name}: {lines} lines"
        for path in python_files()
        for node in functions(path)
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    ]
    assert too_long == []
