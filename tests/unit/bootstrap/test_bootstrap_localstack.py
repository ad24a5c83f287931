"""LocalStack as a process of `make up`."""

from __future__ import annotations

import http.server
import threading
from pathlib import Path

import pytest

from bootstrap.localstack import HostLocalStack, answers_well, of
from bootstrap.services import Service
from bootstrap.up import start_services
from groundcloud.errors import UserError
from groundcloud.settings import Settings
from tests.fakes.deploy_reporter import MemoryReporter
from tests.fakes.host_machine import HostMachine


def localstack(home: Path, told: list[str] | None = None) -> HostLocalStack:
    tell = (told if told is not None else []).append
    return HostLocalStack(home, 4567, "GROUNDCLOUD_LOCALSTACK_PORT", "http://127.0.0.1:4566", tell)


def test_it_is_installed_and_described(tmp_path: Path) -> None:
    told: list[str] = []
    service = localstack(tmp_path, told).service(HostMachine())
    assert (service.address, service.health_path) == ("http://127.0.0.1:4567", "/_localstack/health")
    assert "GROUNDCLOUD_URL=http://127.0.0.1:4566" in service.command
    assert (tmp_path / "run" / "root").is_dir()
    assert len(told) == 1


def test_a_missing_program_stops_it(tmp_path: Path) -> None:
    machine = HostMachine()
    machine.pythons = {}
    with pytest.raises(UserError, match=r"Python 3\.13"):
        localstack(tmp_path).service(machine)


def test_another_program_on_its_port_does_not_count_as_it() -> None:
    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        service = Service("LocalStack", (), "127.0.0.1", server.server_port, "/", "PORT")
        assert not answers_well(service, 60)
        server.shutdown()


def test_nothing_on_its_port_is_not_it() -> None:
    assert not answers_well(Service("LocalStack", (), "127.0.0.1", 9, "/", "PORT"), 60)


def test_nothing_is_left_over_of_what_never_ran(tmp_path: Path) -> None:
    localstack(tmp_path).end_left_over()


def test_the_settings_say_where_it_runs(tmp_path: Path) -> None:
    asked = Settings(home=tmp_path, profile="localstack", engine="host", localstack_url="http://127.0.0.1:4599")
    service = of(asked, lambda _: None).service(HostMachine())
    assert service.address == "http://127.0.0.1:4599"
    assert "GROUNDCLOUD_URL=http://127.0.0.1:4566" in service.command


def test_it_is_not_started_on_another_machine() -> None:
    with pytest.raises(UserError, match=r"starts LocalStack on 127\.0\.0\.1, not at http://elsewhere:4566"):
        of(Settings(profile="localstack", engine="host", localstack_url="http://elsewhere:4566"), lambda _: None)


def test_engine_is_of_profile_localstack_only(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="profile embedded has none"):
        start_services(Settings(home=tmp_path, engine="host"), (), MemoryReporter())
