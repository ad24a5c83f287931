"""What every page of the console shares: keyboard, theme, reveal, narrow screens, WCAG."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.axe import violations
from tests.support.browser import WAIT
from tests.support.console import Console
from ui.views import SCREENS

expect.set_options(timeout=WAIT)

FIRST_PAGES = {screen.id: screen.pages[0].path for screen in SCREENS}


def test_the_keyboard_leads_everywhere(page: Page, console: Console) -> None:
    page.goto(console.url)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("m")
    expect(page.get_by_role("heading", name="Mail", exact=True)).to_be_visible()
    page.wait_for_load_state()  # keys are heard once the scripts have run
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("gi?")
    expect(page.get_by_role("searchbox")).to_have_value("gi?")


def test_the_theme_is_kept(page: Page, console: Console) -> None:
    page.goto(f"{console.url}/mail")
    page.get_by_role("button", name="Theme: as the system").click()
    page.get_by_role("button", name="Theme: light").click()
    page.reload()
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_credentials_are_shown_when_asked_for(page: Page, console: Console) -> None:
    page.goto(console.url)
    assert "AWS_SECRET_ACCESS_KEY" not in page.content()
    page.get_by_role("button", name="Reveal the credentials").click()
    expect(page.get_by_text("export AWS_SECRET_ACCESS_KEY=test")).to_be_visible()
    expect(page.get_by_role("button", name="Copy the environment")).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", sorted(FIRST_PAGES))
def test_the_first_page_of_each_screen_meets_wcag(page: Page, console: Console, screen: str, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(console.url + FIRST_PAGES[screen])
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
