"""The console as the process that `make up` starts. The one test here that opens a socket, on loopback."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from tests.support.console import Console
from tests.support.processes import Child, clean_environ, free_port, poll


def environ() -> dict[str, str]:
    return clean_environ(GROUNDCLOUD_PORT=str(free_port()))


def test_it_serves_without_a_cloud_and_stops_on_sigterm(tmp_path: Path) -> None:
    console = Console(environ(), tmp_path / "console.log").start()
    answer = httpx.get(f"{console.url}/", trust_env=False, timeout=30)
    assert answer.status_code == 503
    assert "make up" in answer.text
    assert console.stop() == 0


def test_a_busy_port_is_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        child = Child(["-m", "ui"], environ=environ() | {"GROUNDCLOUD_UI_PORT": port}, log=tmp_path / "log")
        poll(lambda: not child.running, timeout=60, what="the console to give up")
        assert child.stop() == 1
    assert f"The console cannot listen on http://127.0.0.1:{port}" in child.log_tail()
    assert "Traceback" not in child.log_tail()


def test_a_mistyped_setting_is_a_sentence(tmp_path: Path) -> None:
    child = Child(["-m", "ui"], environ=environ() | {"GROUNDCLOUD_PROT": "1"}, log=tmp_path / "log")
    poll(lambda: not child.running, timeout=60, what="the console to give up")
    assert child.stop() == 1
    assert child.log_tail().startswith("Unknown setting GROUNDCLOUD_PROT")


class SilentCloud(BaseHTTPRequestHandler):
    """A cloud whose streams are open and say nothing."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b": listening\n\n")
        self.rfile.read()  # until the console hangs up

    def log_message(self, *_: object) -> None: ...


def test_an_open_stream_does_not_keep_it_from_stopping(tmp_path: Path) -> None:
    """waitress waits some seconds for threads that are busy, and then logs that they are still running."""
    with ThreadingHTTPServer(("127.0.0.1", 0), SilentCloud) as cloud:
        threading.Thread(target=cloud.serve_forever).start()
        environment = clean_environ(GROUNDCLOUD_PORT=str(cloud.server_address[1]))
        console = Console(environment, tmp_path / "console.log").start()
        with httpx.stream("GET", f"{console.url}/requests/stream", trust_env=False, timeout=30) as answer:
            chunks = answer.iter_bytes()
            while b"listening" not in next(chunks):
                pass
            assert console.stop() == 0
        cloud.shutdown()
    assert "still running" not in (tmp_path / "console.log").read_text()
