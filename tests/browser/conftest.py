"""A real browser for the tests of this folder.

Playwright keeps an event loop running in the main thread while it is open, so it is closed after each module: the
next module of the same worker may want to run a loop of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser import WAIT, PageWatch, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh profile's first page; the test fails if any page in it throws or breaks its own security policy."""
    watch = PageWatch()
    context = browser.new_context()
    context.set_default_timeout(WAIT)
    context.on("page", watch.watch)
    yield context.new_page()
    context.close()
    assert not watch.faults, "\n".join(watch.faults)
