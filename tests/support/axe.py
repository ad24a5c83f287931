"""axe-core: whether a page meets WCAG 2.2 A and AA, as far as a program can tell."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.prepare import npm_package

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")


def violations(page: Page) -> list[str]:
    """What is wrong with the page as it stands, one line for each element."""
    if not page.evaluate("'axe' in window"):
        page.evaluate((npm_package("axe-core") / "axe.min.js").read_text())  # not bound by the page's own policy
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", list(RULES))
    return [
        f"{page.url}: {violation['id']}: {node['target']}: {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
