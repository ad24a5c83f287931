"""What a command in a sandbox sees of the host: what it needs, wherever that is."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from groundcloud.runtime.isolation.isolation import RUNNING, Isolation
from groundcloud.runtime.toolchain import Place, Toolchain, in_sandbox

SCRIPT = "import os; print(open(__file__).read()[:6], os.getcwd(), sorted(os.listdir('/var/task')), flush=True)"


def _place(tmp_path: Path) -> Place:
    code = tmp_path / "code"
    code.mkdir()
    (code / "app.py").write_text("")
    return in_sandbox(code, None, Toolchain(RUNNING, "3", tmp_path / "no-modules"), "http://127.0.0.1:1")


@pytest.mark.skipif(sys.platform != "linux", reason="sandboxes are Linux's")
def test_a_program_below_tmp_is_seen_though_tmp_is_its_own(tmp_path: Path) -> None:
    """A function has a /tmp of its own (lambda/latest/dg/configuration-ephemeral-storage.html); a clone of this project
    below the host's /tmp must run its functions all the same."""
    script = tmp_path / "scripts" / "say.py"
    script.parent.mkdir()
    script.write_text(SCRIPT)
    place = _place(tmp_path)
    if not Isolation().sandboxed():
        pytest.skip("this host gives no sandbox")

    async def run() -> tuple[int, bytes]:
        isolation = Isolation()
        loop = asyncio.get_running_loop()
        process = await loop.run_in_executor(None, isolation.start, [str(RUNNING), "-I", "-S", str(script)], {}, place)
        said, ended = bytearray(), loop.create_future()
        process.watch(said.extend, ended.set_result)
        try:
            return await asyncio.wait_for(ended, 60), bytes(said)
        finally:
            await loop.run_in_executor(None, isolation.close)

    status, said = asyncio.run(run())
    assert (status, said.strip()) == (0, b"import /var/task ['app.py']")
