"""docs/parity.md says what the tests say."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundcloud.gateway.unsupported import FEATURES
from tests.parity import PAGE, SERVICES, TESTS, page
from tests.support.engines import SUITES, parity
from tests.support.facts import read, sources_of, unshared
from tests.support.tree import ROOT


def test_the_page_is_what_the_tests_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "docs/parity.md is out of date: run `make parity` and commit it"


def test_each_service_has_facts() -> None:
    """A service whose modules were renamed would vanish from the page silently."""
    names = [path.stem.removeprefix("test_") for path in TESTS.glob("test_*.py")]
    for service in SERVICES:
        assert any(name.startswith(service.modules) for name in names), service.title


def test_every_refused_feature_names_its_page() -> None:
    assert [one.name for one in FEATURES if not one.page.startswith("https://docs.aws.amazon.com/")] == []
    assert len({one.name for one in FEATURES}) == len(FEATURES)


def test_what_localstack_makes_impossible_names_tests_and_why() -> None:
    """A row of a test that was renamed would excuse nothing, and hide that."""
    known = parity()
    for name, row in known.differences.items():
        file, _, test = name.partition("::")
        assert file not in known.left, name
        assert f"def {test.partition('[')[0]}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), name
        assert row.why.endswith("."), name


def test_what_does_not_run_over_localstack_says_why() -> None:
    """Whatever uses the shared cloud runs; what does not is named, and nothing is named that is not so."""
    known = parity()
    files = [path for suite in SUITES for path in sorted((ROOT / "tests" / suite).glob("test_*.py"))]
    apart = {path.relative_to(ROOT / "tests").as_posix() for path in files if unshared(path)}
    assert {*known.apart} == apart - {*known.left}
    assert [why for why in {*known.apart.values(), *known.left.values()} if not why.endswith(".")] == []


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("no page", ()),
        ("https://a.example/x.html.", ("https://a.example/x.html",)),
        ("x.html: words; y.html#part.", ("https://b.example/x.html", "https://b.example/y.html#part")),
        ("https://a.example/dg/x.html and …/y.html", ("https://a.example/dg/x.html", "https://a.example/dg/y.html")),
        ("https://a.example/dg/\n    x.html", ("https://a.example/dg/x.html",)),
    ],
)
def test_sources_are_read_from_docstrings(text: str, sources: tuple[str, ...]) -> None:
    assert sources_of(text, "https://b.example") == sources


def test_a_module_is_read(tmp_path: Path) -> None:
    path = tmp_path / "test_x_things.py"
    path.write_text(
        '"""About things. Pages are below https://b.example/dg/."""\n'
        "import pytest\n"
        "def test_a_thing_is():\n"
        '    """one.html"""\n'
        "def test_it_is_so_too():\n"
        '    """The same page."""\n'
        "def test_ours():\n"
        '    """Nothing of AWS."""\n'
        '@pytest.mark.unsupported("wings")\n'
        "def test_wings():\n"
        '    """two.html"""\n'
        "    client.grow_wings()\n"
    )
    module = read(path)
    assert module.name == "x_things"
    assert "grow_wings" in module.calls
    assert [(one.holds, one.sources, one.unsupported) for one in module.facts] == [
        ("A thing is", ("https://b.example/dg/one.html",), None),
        ("It is so too", ("https://b.example/dg/one.html",), None),
        ("Wings", ("https://b.example/dg/two.html",), "wings"),
    ]
