"""Every page that a person can see has a picture in `tests/shots.py`."""

from __future__ import annotations

import re

from tests.shots import SHOTS
from tests.support.tree import ROOT
from ui.views import SCREENS


def covered(site: str) -> set[str]:
    return {shot.covers.partition(":")[2] for shot in SHOTS if shot.covers.startswith(f"{site}:")}


def test_every_page_of_the_console_has_a_shot() -> None:
    pages = {page.endpoint for screen in SCREENS for page in screen.pages} | {"cloud_unavailable", "refused"}
    assert pages - covered("console") == set()


def test_every_screen_of_a_site_has_a_shot() -> None:
    """A screen says that it is one: `data-testid="screen-NAME"`; a page without such a mark fails too."""
    for site in sorted(path for path in (ROOT / "services").glob("*/site") if path.is_dir()):
        screens = set()
        for page in site.rglob("*.html"):
            marks = re.findall(r'data-testid="screen-([a-z-]+)"', page.read_text())
            assert marks, f"{page.relative_to(ROOT)} has no screen"
            screens |= set(marks)
        assert screens - covered(site.parent.name) == set()


def test_every_page_of_the_login_system_has_a_shot() -> None:
    templates = (ROOT / "services" / "login" / "app" / "login" / "templates").glob("*.html")
    pages = {template.stem for template in templates if "extends" in template.read_text()}
    assert pages == covered("login")


def test_every_hosted_page_has_a_shot() -> None:
    screens = set()
    for page in (ROOT / "groundcloud" / "signin" / "hosted" / "templates").glob("*.html"):
        screens |= set(re.findall(r"{% block screen %}([a-z-]+){% endblock %}", page.read_text()))
    assert screens - covered("hosted") == set()


def test_shots_have_names_of_their_own() -> None:
    names = [shot.name for shot in SHOTS]
    assert sorted(names) == sorted(set(names))
