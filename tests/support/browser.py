"""Real Chromium through Playwright."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.prepare import find_chromium

WAIT = 15_000
"""Milliseconds that a page may take to show what a test looks for, on a machine busy with other tests."""

QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-features=Translate,MediaRouter,OptimizationHints,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable",
    "--disable-gpu",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-proxy-server",
    "--password-store=basic",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """One headless browser that talks to nothing but the page it is shown."""
    executable = find_chromium()
    assert executable, "no Chromium: run `.venv/bin/python tests/prepare.py` (`make test` does)"
    arguments = QUIET + (["--no-sandbox"] if os.geteuid() == 0 else [])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


class PageWatch:
    """Collects what no page of ours may do: throw an error, or trip over its own content security policy."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def watch(self, page: Page) -> None:
        page.on("pageerror", self._on_error)
        page.on("console", self._on_console)

    def _on_error(self, error: Any) -> None:
        self.faults.append(f"uncaught error: {error}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.faults.append(message.text)
