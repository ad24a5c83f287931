"""What becomes of a test that hangs, and when a failure is told: a run that is cut off must have said which and where.

A plugin of pytest that `tests/conftest.py` registers.
"""

from __future__ import annotations

import faulthandler
import os
from collections.abc import Generator

import pytest

LIMIT = 330.0
"""Seconds; pytest-timeout comes first, with a failure of its own."""

_LATER = 30.0
"""Seconds by which it comes first."""


class Hangs:
    """Prints failures as they come and ends a process whose teardown hangs.

    pytest-timeout interrupts a test once, by a signal. What hangs after that, or keeps Python from running the signal's
    handler, is ended here, once every thread's stack is printed. pytest's own `faulthandler_timeout` has one limit for
    all tests, and forgets a test as soon as it fails, its teardown too.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._is_worker = hasattr(config, "workerinput")
        self._config = config
        # The standard error of the process: pytest captures it while a test runs.
        self._told = os.dup(2)

    def pytest_unconfigure(self) -> None:
        os.close(self._told)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        faulthandler.dump_traceback_later(limit_of(item), file=self._told, exit=True)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Generator[None]:
        faulthandler.dump_traceback_later(LIMIT, file=self._told, exit=True)
        try:
            return (yield)
        finally:
            faulthandler.cancel_dump_traceback_later()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self._is_worker:
            terminal = self._config.get_terminal_writer()
            terminal.line()
            terminal.line(f"FAILED {report.nodeid} ({report.when}, {report.duration:.0f} s)\n{report.longreprtext}")


def limit_of(item: pytest.Item) -> float:
    """After how many seconds the process of a test is ended: later than pytest-timeout ends the test."""
    marker = item.get_closest_marker("timeout")
    return max(LIMIT, float(marker.args[0]) + _LATER) if marker is not None and marker.args else LIMIT
