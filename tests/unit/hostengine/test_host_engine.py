"""LocalStack's process: waited for, and ended with what it left behind. A small program stands for it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from bootstrap.process import identity
from groundcloud.errors import UserError
from groundcloud.hostengine.engine import HostEngine, end_left_over
from groundcloud.hostengine.install import Installed
from groundcloud.hostengine.launch import Launch
from groundcloud.hostengine.versions import LOCALSTACK
from tests.support.processes import free_port, poll

SERVER = f"""
import http.server, json, subprocess, sys

class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({{"version": "{LOCALSTACK}", "path": self.path}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

code = "import time; print('ready', flush=True); time.sleep(600)"
child = subprocess.Popen(
    [sys.executable, "-c", code, sys.argv[2] + "/root/jar"], start_new_session=True, stdout=subprocess.PIPE
)
child.stdout.readline()
print("child", child.pid, flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Health).serve_forever()
"""


@dataclass(frozen=True)
class Stand(Launch):
    """A launch whose command is this program."""

    program: str = SERVER

    @property
    def command(self) -> tuple[str, ...]:
        return (sys.executable, "-c", self.program, str(self.port), str(self.folder))


def stand(folder: Path, program: str = SERVER) -> Stand:
    nothing = Installed(Path(sys.executable), folder, folder, folder, ("npm",), False)
    return Stand(nothing, folder / "run", free_port(), program=program)


def runs(pid: int) -> bool:
    return identity(pid) is not None


def test_it_is_started_waited_for_and_ended_with_what_it_started(tmp_path: Path) -> None:
    with HostEngine(stand(tmp_path)) as engine:
        pid = engine.pid
        child = int(engine.log.read_text().split()[1])
        assert pid is not None and runs(pid) and runs(child)
    assert not runs(pid)
    poll(lambda: not runs(child), timeout=30, what="the end of its child")
    assert engine.pid is None
    engine.stop()


def test_one_that_dies_tells_the_end_of_its_log(tmp_path: Path) -> None:
    engine = HostEngine(stand(tmp_path, "import sys; sys.exit('no such module')"))
    with pytest.raises(UserError) as caught:
        engine.start()
    assert "LocalStack did not start" in caught.value.message
    assert "no such module" in caught.value.message
    assert str(engine.log) in caught.value.hint
    assert engine.pid is None


def test_only_what_names_its_own_folder_is_left_over(tmp_path: Path) -> None:
    assert end_left_over(tmp_path) == []
