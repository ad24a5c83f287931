"""Settings: a mistyped one is never ignored."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from groundcloud.errors import UserError
from groundcloud.settings import Settings, read_settings, with_file


def test_nothing_set_is_the_defaults():
    assert read_settings({}) == Settings()
    assert read_settings({"PATH": "/bin", "AWS_REGION": "eu-west-1"}) == Settings()


def test_every_setting_can_be_set():
    given = {
        "HOST": "0.0.0.0",
        "PORT": "1",
        "UI_HOST": "::1",
        "UI_PORT": "65535",
        "BIND": "0.0.0.0",
        "URL": "http://cloud:4566",
        "HOME": "/tmp/home",
        "APP_ROOT": "/tmp/app",
        "PROFILE": "aws",
        "REGION": "ap-southeast-2",
        "ACCOUNT": "123456789012",
        "ACCESS_KEY_ID": "key",
        "SECRET_ACCESS_KEY": "secret",
        "PERSIST": "off",
        "RELOAD": "0",
        "FUNCTION_MEMORY": "2048",
        "IAM": "audit",
        "ENGINE": "host",
        "LOCALSTACK_URL": "http://127.0.0.1:4599",
        "TRACES": "off",
        "TRACES_SPANS": "1000",
        "TRACES_DISK": "64",
        "TRACES_MEMORY": "8",
        "TRACES_HOURS": "24",
        "OTLP_ENDPOINT": "http://127.0.0.1:4318",
        "LOG_LEVEL": "DEBUG",
        "ALLOWED_HOSTS": "One.test, two.test,",
        "AWS_PROFILE": "work",
        "AWS_ACCOUNTS": "123456789012, 210987654321",
        "PYTHON": "python3.12",
        "UI_AWS_WRITES": "1",
    }
    assert {name.lower() for name in given} == {field.name for field in fields(Settings)}
    settings = read_settings({f"GROUNDCLOUD_{name}": value for name, value in given.items()})
    assert (settings.port, settings.ui_port, settings.home) == (1, 65535, Path("/tmp/home"))
    assert settings.persist is False
    assert settings.allowed_hosts == ("one.test", "two.test")
    assert settings.aws_accounts == ("123456789012", "210987654321")
    changed = [field.name for field in fields(Settings) if getattr(settings, field.name) != field.default]
    assert len(changed) == len(given)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "http"),
        ("PORT", ""),
        ("UI_PORT", "80.5"),
        ("BIND", "everywhere"),
        ("BIND", "localhost"),
        ("URL", "cloud:4566"),
        ("URL", "http://cloud:4566/path"),
        ("HOME", ""),
        ("APP_ROOT", ""),
        ("PROFILE", "azure"),
        ("PROFILE", "AWS"),
        ("PROFILE", ""),
        ("REGION", "everywhere"),
        ("REGION", "us-east"),
        ("REGION", "us-east-1 "),
        ("ACCOUNT", "1"),
        ("ACCOUNT", "12345678901a"),
        ("ACCOUNT", "1234567890123"),
        ("PERSIST", "maybe"),
        ("PERSIST", ""),
        ("LOG_LEVEL", "LOUD"),
        ("IAM", "maybe"),
        ("ENGINE", "docker"),
        ("LOCALSTACK_URL", "127.0.0.1:4567"),
        ("LOCALSTACK_URL", "http://127.0.0.1:4567/health"),
        ("LOG_LEVEL", "debug"),
        ("AWS_ACCOUNTS", "123"),
        ("AWS_ACCOUNTS", "123456789012;210987654321"),
    ],
)
def test_a_bad_value_stops_the_start_and_names_itself(name, value):
    with pytest.raises(UserError) as caught:
        read_settings({f"GROUNDCLOUD_{name}": value})
    assert f"GROUNDCLOUD_{name}={value!r}" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("name", ["GROUNDCLOUD_PROT", "GROUNDCLOUD_", "GROUNDCLOUD_port", "GROUNDCLOUD_STATE_DIR"])
def test_an_unknown_name_stops_the_start_and_lists_the_known(name):
    with pytest.raises(UserError) as caught:
        read_settings({name: "1"})
    assert name in caught.value.message
    assert "GROUNDCLOUD_PORT" in caught.value.hint


@pytest.mark.parametrize(("text", "value"), [("1", True), ("TRUE", True), ("yes", True), ("0", False), ("no", False)])
def test_booleans(text, value):
    assert read_settings({"GROUNDCLOUD_PERSIST": text}).persist is value


def test_addresses_follow_host_and_port():
    settings = Settings(port=1234, ui_port=4321, home=Path("/h"))
    assert (settings.endpoint, settings.ui_url) == ("http://127.0.0.1:1234", "http://127.0.0.1:4321")
    assert settings.state_dir == Path("/h/state")


def test_a_process_beside_the_cloud_reaches_it_by_another_address():
    assert Settings(port=1234).reached_at == "http://127.0.0.1:1234"
    inside = read_settings({"GROUNDCLOUD_URL": "http://cloud:4566/"})
    assert (inside.reached_at, inside.endpoint) == ("http://cloud:4566", "http://127.0.0.1:4566")


def test_settings_cannot_be_changed():
    with pytest.raises(AttributeError):
        Settings().port = 1


def test_the_file_is_read_as_any_env_file_and_the_environment_beats_it(tmp_path: Path):
    file = tmp_path / ".env"
    file.write_text(
        "# mine\nGROUNDCLOUD_PORT=\"4600\"  # beside the other one\nexport GROUNDCLOUD_REGION='eu-west-1'\n"
        "GROUNDCLOUD_ACCOUNT=111122223333\nCOMPOSE_PROJECT_NAME=x\n"
    )
    settings = read_settings(with_file({"GROUNDCLOUD_ACCOUNT": "222233334444"}, file))
    assert (settings.port, settings.region, settings.account) == (4600, "eu-west-1", "222233334444")


def test_a_mistyped_name_in_the_file_is_never_ignored(tmp_path: Path):
    file = tmp_path / ".env"
    file.write_text("GROUNDCLOUD_PROT=4600\n")
    with pytest.raises(UserError, match="GROUNDCLOUD_PROT"):
        read_settings(with_file({}, file))


def test_no_file_changes_nothing_and_one_that_cannot_be_read_is_said(tmp_path: Path):
    assert with_file({"A": "b"}, tmp_path / ".env") == {"A": "b"}
    (tmp_path / ".env").write_bytes(b"GROUNDCLOUD_PORT=\xff\n")
    with pytest.raises(UserError, match="Cannot read"):
        with_file({}, tmp_path / ".env")


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "4566.0", ""])
def test_a_port_that_is_none_is_told_what_one_is(port: str):
    with pytest.raises(UserError, match="a port is a number from 1 to 65535"):
        read_settings({"GROUNDCLOUD_PORT": port})
