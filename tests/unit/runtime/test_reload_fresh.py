"""When a source folder is looked at, whatever the watcher has seen by then."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundcloud.runtime.reload import limits, tree
from groundcloud.runtime.reload.store import SourceTree
from tests.fakes.lambda_world import wait_until


@pytest.mark.parametrize("files", [10, limits.LOOKED_AT_FILES + 10], ids=["few", "many"])
def test_a_save_is_seen_though_the_watcher_is_late(tmp_path: Path, files: int) -> None:
    """Ours: after a checkout of 200 files calls ran what was there before, until the watcher had its turn."""
    for number in range(files):
        (tmp_path / f"m{number}.py").write_text("v = 1\n")
    seen = tree.look(tmp_path)
    source = SourceTree(tmp_path)
    source.keep(tree.read(tmp_path, seen, None))
    assert source.is_fresh(watched=True)
    (tmp_path / "m7.py").write_text("v = 2\n")
    wait_until(lambda: not source.is_fresh(watched=True), "it is looked at")
    # What was seen once stays so until the folder is read again, though it is not yet time for another look.
    assert not source.is_fresh(watched=True)
