from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from groundcloud.engines.embedded.probes import empty, not_loaded, not_there

NAME = "groundcloud_probed"


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / f"{NAME}.py").write_text("loaded = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop(NAME, None)


@pytest.mark.usefixtures("library")
def test_a_library_that_is_there_is_found_but_loaded_only_later() -> None:
    with not_loaded(NAME):
        assert not hasattr(import_module(NAME), "loaded")
    assert import_module(NAME).loaded


def test_a_library_that_is_not_there_is_not_made_up() -> None:
    with not_loaded("groundcloud_missing"), pytest.raises(ImportError):
        import_module("groundcloud_missing")


@pytest.mark.usefixtures("library")
def test_a_library_can_be_kept_from_being_found() -> None:
    with not_there(NAME), pytest.raises(ImportError):
        import_module(NAME)
    assert import_module(NAME).loaded


@pytest.mark.usefixtures("library")
def test_what_is_loaded_already_stays() -> None:
    module = import_module(NAME)
    with not_loaded(NAME), not_there(NAME):
        assert import_module(NAME) is module
    assert sys.modules[NAME] is module


@pytest.mark.usefixtures("library")
def test_a_module_is_empty_but_for_its_classes_and_loaded_later() -> None:
    with empty({NAME: ("Server",), "groundcloud_missing.part": ()}):
        assert isinstance(import_module(NAME).Server(), import_module(NAME).Server)
        assert not hasattr(import_module(NAME), "loaded")
        assert import_module("groundcloud_missing.part")
    module = import_module(NAME)
    with empty({NAME: ("Server",)}):
        assert import_module(NAME) is module
    assert "groundcloud_missing.part" not in sys.modules
