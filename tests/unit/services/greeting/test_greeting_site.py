"""What the page promises without a browser: no foreign code, no markup made from text."""

from __future__ import annotations

import re

import pytest

from tests.support.handlers import SERVICES

SITE = SERVICES / "greeting" / "site"
PAGES = sorted(SITE.glob("*.html"))
SCRIPTS = sorted(SITE.glob("js/*.js"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_loads_its_own_files_only(page):
    html = page.read_text()
    assert "default-src 'none'" in html and "unsafe-" not in html
    assert not re.search(r"\son\w+=|<style|\sstyle=|<script(?![^>]*\ssrc=)", html)
    links = [link for link in re.findall(r'(?:href|src)="([^"#]+)"', html) if link != "/"]
    assert links and all((SITE / link.lstrip("/")).is_file() for link in links)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_never_makes_markup_from_text(script):
    source = script.read_text()
    for module in re.findall(r'from "(\./[^"]+)"', source):
        assert (script.parent / module).is_file()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", source)


def test_the_vendored_library_has_its_licence():
    library = (SITE / "js" / "vendor" / "aws4fetch.js").read_text()
    assert "@license MIT" in library
    assert "Permission is hereby granted" in (SITE / "js" / "vendor" / "aws4fetch.LICENSE.txt").read_text()
