"""What the documents say is true of the tree: links, targets, settings, commands."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from groundcloud.settings import PREFIX, Settings
from tests.support.docs import anchors, blocks, links, pages, text_of
from tests.support.tree import ROOT

RUNNERS = {"test", "lifecycle", "by-hand"}
"""What may follow `sh` or `python` on a fence. `test`: run by test_documented_commands.py; `lifecycle`: `make up` and
its kin, run by test_documented_lifecycle.py; `by-hand`: needs what no test may have, for instance real AWS."""


@pytest.mark.parametrize("page", pages(), ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for target in links(page):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, fragment = target.partition("#")
        path = (ROOT / page.parent / name).resolve() if name else ROOT / page
        known = path.exists() and (not fragment or fragment in anchors(path.relative_to(ROOT)))
        if not known:
            broken.append(target)
    assert broken == []


def test_the_pages_that_people_expect_exist() -> None:
    for name in ("README.md", "LICENSE", "CHANGELOG.md", ".env.example", "docs/architecture.md", "docs/design.md"):
        assert (ROOT / name).is_file(), name


def test_the_edge_names_its_modules() -> None:
    """Each of them, and none that is gone."""
    named = set(re.findall(r"`([a-z0-9]+\.py)`", (ROOT / "groundcloud/edge/README.md").read_text("utf-8")))
    assert named == {each.name for each in (ROOT / "groundcloud/edge").glob("*.py")} - {"__init__.py"}


def test_every_command_block_says_who_runs_it() -> None:
    """In README.md and docs/, so that no command rots unseen."""
    shown = [each for page in pages() if page.parts[0] in ("README.md", "docs") for each in blocks(page)]
    silent = [
        f"{each.page}: {each.body.splitlines()[0]}"
        for each in shown
        if each.info[:1] in (("sh",), ("python",)) and not (len(each.info) == 2 and each.info[1] in RUNNERS)
    ]
    assert silent == []


def test_make_targets_that_pages_name_exist() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        (str(page), target)
        for page in pages()
        for target in re.findall(r"(?:`|^\s*|\$ )make ([a-z][a-z-]*)", text_of(page), re.MULTILINE)
    }
    assert {(page, target) for page, target in named if target not in targets} == set()


def test_the_makefile_has_the_targets_it_promises() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in (
        "help",
        "install",
        "up",
        "down",
        "deploy",
        "destroy",
        "logs",
        "test",
        "bench",
        "shots",
        "check",
        "fmt",
    ):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_settings_table_is_the_settings() -> None:
    table = re.findall(
        rf"^\| `({PREFIX}[A-Z_]+)` \| `([^`]*)` \|", text_of(Path("docs/configuration.md")), re.MULTILINE
    )
    assert dict(table) == {PREFIX + field.name.upper(): _shown(field.default) for field in fields(Settings)}


def test_the_example_environment_is_the_settings() -> None:
    lines = re.findall(rf"^# ?({PREFIX}[A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert dict(lines) == {PREFIX + field.name.upper(): _shown(field.default) for field in fields(Settings)}


def test_the_changelog_has_a_place_for_what_is_not_released() -> None:
    assert re.search(r"^## \[Unreleased\]$", text_of(Path("CHANGELOG.md")), re.MULTILINE)


def test_the_licence_is_the_one_that_the_package_names() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text()


def _shown(default: object) -> str:
    if isinstance(default, bool):
        return "1" if default else "0"
    return ",".join(default) if isinstance(default, tuple) else str(default)
