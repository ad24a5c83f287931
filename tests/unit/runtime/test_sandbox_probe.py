"""What the cloud says at its start of a host that gives no sandboxes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from groundcloud.runtime.isolation import isolation


@pytest.mark.skipif(not isolation.RUNNING.exists(), reason="this interpreter is installed otherwise")
@pytest.mark.parametrize("user", [0, 1000], ids=["root", "another"])
def test_root_is_told_that_processes_have_no_bound(
    user: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refuses = tmp_path / "sandbox.py"
    refuses.write_text("raise SystemExit('unshare: Operation not permitted')\n")
    monkeypatch.setattr(isolation, "_SANDBOX", refuses)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    found = isolation.Isolation()
    if not found.forks:
        pytest.skip("sandboxes are Linux's")
    assert not found.sandboxed()
    assert "no sandbox (unshare: Operation not permitted)" in caplog.text
    assert ("Run the cloud as another user" in caplog.text) == (user == 0)
    found.close()
