"""What the Node.js runtime brings: the committed list and its lock."""

from __future__ import annotations

import json
from pathlib import Path

from groundcloud.runtime.node_install import SOURCE, install
from groundcloud.runtime.nodes import SDK_FOLDER


def test_the_lock_names_no_registry_and_every_hash() -> None:
    """A lock with hosts in it would only work where it was made."""
    text = (SOURCE / "package-lock.json").read_text()
    assert "resolved" not in text
    assert "://" not in text
    packages = json.loads(text)["packages"]
    wanted = json.loads((SOURCE / "package.json").read_text())["dependencies"]
    assert packages[""]["dependencies"] == wanted
    for name, package in packages.items():
        assert not name or package["integrity"].startswith("sha512-"), name


def test_an_installation_that_is_there_is_left_alone(tmp_path: Path) -> None:
    stamp = (SDK_FOLDER / ".installed").read_text()
    (tmp_path / ".installed").write_text(stamp)
    assert not install(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [".installed"]
