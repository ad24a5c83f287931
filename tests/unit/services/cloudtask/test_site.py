"""What the site promises without a browser: no foreign code, no markup made from text, documented test ids."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CLOUDTASK = Path(__file__).parents[4] / "services" / "cloudtask"
SITE = CLOUDTASK / "site"
PAGES = sorted(SITE.glob("*.html"))
SCRIPTS = sorted(SITE.glob("js/*.js"))


def test_the_readme_names_every_test_id_and_no_other():
    used = {name for page in PAGES for name in re.findall(r'data-testid="([^"]+)"', page.read_text())}
    section = (CLOUDTASK / "README.md").read_text().split("## Test ids of the site")[1]
    rows = [line.split("|")[2] for line in section.splitlines() if line.startswith("| ")]
    named = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    assert named - {"info", "error", "data-kind", "data-task-id", "data-done"} == used


def test_every_message_that_the_readme_quotes_is_said():
    quoted = (CLOUDTASK / "README.md").read_text().split("What `message` says:")[1]
    said = "".join(script.read_text() for script in SCRIPTS)
    for text in re.findall(r"`([^`]+)`", quoted):
        assert f'"{text}"' in said


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_loads_its_own_files_only_and_lets_nothing_else_in(page):
    html = page.read_text()
    assert "default-src 'none'" in html
    assert "unsafe-" not in html
    assert not re.search(r"\son\w+=|<style|\sstyle=|<script(?![^>]*\ssrc=)", html)
    links = [link for link in re.findall(r'(?:href|src)="([^"#]+)"', html) if link != "/"]
    assert links
    assert all((SITE / link.lstrip("/")).is_file() for link in links)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_imports_files_that_exist_and_never_makes_markup_from_text(script):
    source = script.read_text()
    for module in re.findall(r'from "(\./[^"]+)"', source):
        assert (script.parent / module).is_file()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", source)
    assert len(source.splitlines()) < 150
