"""docker-compose.yml keeps its promises: nothing is open to the network, nobody has more rights than it needs, every
image is pinned, and each setting of the cloud can be given."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from groundcloud.hostengine.install import Installed
from groundcloud.hostengine.launch import Launch
from groundcloud.settings import PREFIX, Settings, read_settings
from tests.support.compose import FILE, Service, services
from tests.support.tree import ROOT

TOOLS = Path(sys.executable).parent
BUILD_FILES = ("Dockerfile", "localstack/Dockerfile")
SERVICES = services()

OF_THE_HOST = {"AWS_PROFILE", "AWS_ACCOUNTS", "UI_AWS_WRITES", "ENGINE", "PYTHON"}
"""Settings of profile `aws`, which deploys from the user's machine, of `make up` with LocalStack, of the test kit."""

each_service = pytest.mark.parametrize("service", SERVICES.values(), ids=list(SERVICES))


def test_it_is_valid_compose() -> None:
    schema = ["--quiet", "--builtin-schema", "vendor.compose-spec"]
    subprocess.run([TOOLS / "check-jsonschema", *schema, FILE], check=True, capture_output=True)


@pytest.mark.skipif(not (TOOLS / "hadolint").exists(), reason="hadolint has no build for this machine")
@pytest.mark.parametrize("name", BUILD_FILES)
def test_build_files_have_nothing_to_complain_of(name: str) -> None:
    done = subprocess.run([TOOLS / "hadolint", name], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_services_are_those_of_the_profile() -> None:
    assert set(SERVICES) == {"localstack", "cloud", "ui", "database"}


@each_service
def test_nobody_is_privileged_and_nobody_sees_docker(service: Service) -> None:
    written = service.written
    assert written["cap_drop"] == ["ALL"]
    assert written["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "devices", "network_mode", "pid", "userns_mode"} & set(written)
    assert "docker.sock" not in yaml.safe_dump(written)


@each_service
def test_ports_are_published_on_loopback_only(service: Service) -> None:
    assert all(port.startswith("127.0.0.1:") and port.count(":") == 2 for port in service.ports)


@each_service
def test_our_images_are_never_pulled(service: Service) -> None:
    """In a registry their names are somebody else's."""
    ours = service.image.startswith("groundcloud/")
    assert (service.written.get("pull_policy") == "build") == ours == ("build" in service.written)


@each_service
def test_its_health_is_checked(service: Service) -> None:
    assert service.healthcheck["test"][0] == "CMD"


def test_what_must_last_is_in_named_volumes() -> None:
    named = set(yaml.safe_load(FILE.read_text())["volumes"])
    volumes = [each for service in SERVICES.values() for each in service.volumes]
    used = {each.partition(":")[0] for each in volumes if isinstance(each, str)}
    assert used == named == {"localstack", "cloud", "database"}


def test_sources_are_mounted_read_only_where_they_lie() -> None:
    (bind,) = [each for each in services({"APP_ROOT": "/home/ann/app"})["cloud"].volumes if isinstance(each, dict)]
    assert bind == {"type": "bind", "source": "/home/ann/app", "target": "/home/ann/app", "read_only": True}


def test_images_are_pinned_by_tag() -> None:
    """No digest: none was read from a registry. LocalStack's tag depends on the token, see below."""
    pulled = [service.image for service in SERVICES.values() if "build" not in service.written]
    stages: set[str] = set()
    for name in BUILD_FILES:
        text = (ROOT / name).read_text()
        stages |= set(re.findall(r"^FROM \S+ AS (\S+)$", text, re.MULTILINE))
        pulled += re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    outside = [image for image in pulled if image not in stages]
    assert len(outside) == 3
    assert all(re.fullmatch(r"[a-z/]+:(\d+\.\d+[\w.-]*|\$\{LOCALSTACK_TAG:-4\.14\.0\})", each) for each in outside)


@pytest.mark.parametrize(("token", "tag"), [("", ""), ("ls-secret", "latest")], ids=["without", "with"])
def test_the_newest_localstack_is_used_with_a_token_only(token: str, tag: str) -> None:
    """An empty build argument leaves the default of localstack/Dockerfile, 4.14.0."""
    localstack = services({"LOCALSTACK_AUTH_TOKEN": token})["localstack"]
    assert localstack.written["build"]["args"] == {"LOCALSTACK_TAG": tag}
    assert localstack.environment["LOCALSTACK_AUTH_TOKEN"] == token


def test_localstack_is_set_up_as_it_is_without_docker() -> None:
    """But for folders, which the image has, and where it listens."""
    image = re.search(r"^ENV ((?:.*\\\n)*.*)$", (ROOT / "localstack/Dockerfile").read_text(), re.MULTILINE)
    assert image is not None
    contained = dict(each.split("=", 1) for each in image[1].replace("\\\n", " ").split())
    compose = services({"GROUNDCLOUD_PORT": "4600"})["localstack"].environment
    installed = Installed(Path("python"), Path("dynamodb"), Path("kinesis"), Path("java"), ("npm",), plugin=True)
    hosted = Launch(installed, Path("folder"), 4567, cloud_url="http://cloud:4600").environment
    listening = {"GATEWAY_LISTEN", "OVERRIDE_IN_DOCKER"}
    folders = {"PATH", "HOME", "LANG", "PYTHONUNBUFFERED", "FILESYSTEM_ROOT", "TMPDIR", "LOCALSTACK_VOLUME_DIR"}
    both = contained | compose
    assert {name: both.get(name) for name in hosted.keys() - folders - listening} == {
        name: hosted[name] for name in hosted.keys() - folders - listening
    }
    assert both.keys() - hosted.keys() <= {"LOCALSTACK_AUTH_TOKEN", "GROUNDCLOUD_SECRET_ACCESS_KEY"}
    assert contained["HOME"] == "/home/localstack"  # its user's, where it keeps what it has found of plugins
    assert contained["GATEWAY_LISTEN"] == "0.0.0.0:4566"


@pytest.mark.parametrize("name", BUILD_FILES)
def test_no_image_ends_as_root(name: str) -> None:
    """Each final stage names its user; the database's is named in docker-compose.yml."""
    stages = (ROOT / name).read_text().split("\nFROM ")[1:]
    final = [each for each in stages if "\nCMD " in each or "localstack/localstack" in each]
    assert final
    assert all(re.search(r"^USER (?!root|0)\S+$", each, re.MULTILINE) for each in final)
    assert SERVICES["database"].written["user"] == "postgres"


def test_the_token_is_in_no_image() -> None:
    instructions = [line for name in BUILD_FILES for line in (ROOT / name).read_text().splitlines() if line[:1] != "#"]
    assert [line for line in instructions if "TOKEN" in line] == []


def test_every_setting_reaches_the_cloud_with_its_own_default() -> None:
    given = SERVICES["cloud"].environment
    names = {PREFIX + each.name.upper() for each in fields(Settings) if each.name.upper() not in OF_THE_HOST}
    assert names - set(given) == {f"{PREFIX}URL"}
    own = {"profile", "bind", "home", "app_root", "allowed_hosts", "localstack_url"}
    read = read_settings({name: value for name, value in given.items() if name in names})
    assert {each.name: getattr(read, each.name) for each in fields(Settings) if each.name not in own} == {
        each.name: each.default for each in fields(Settings) if each.name not in own
    }


def test_its_own_variables_are_in_the_example_and_in_the_docs() -> None:
    used = dict(re.findall(r"\$\{(\w+):[-+]([^}]*)\}", FILE.read_text()))
    own = {name: word for name, word in used.items() if not name.startswith(PREFIX)}
    example = dict(re.findall(r"^# ([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    told = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/compose.md").read_text(), re.MULTILINE))
    assert set(own) == {name for name in example if not name.startswith(PREFIX)} == told
    assert {name: example[name] for name in ("DATABASE_PORT", "DATABASE_PASSWORD")} == {
        name: own[name] for name in ("DATABASE_PORT", "DATABASE_PASSWORD")
    }


@pytest.mark.parametrize("name", ["cloud", "ui"])
def test_what_is_set_outside_is_set_inside(name: str) -> None:
    """Ports are the same on both sides, because the addresses that the cloud hands out have them."""
    outside = {"GROUNDCLOUD_PORT": "4600", "GROUNDCLOUD_UI_PORT": "8090", "GROUNDCLOUD_REGION": "eu-west-1"}
    service = services(outside)[name]
    assert outside.items() <= service.environment.items()
    port = outside["GROUNDCLOUD_PORT" if name == "cloud" else "GROUNDCLOUD_UI_PORT"]
    assert service.ports == (f"127.0.0.1:{port}:{port}",)
    assert f"http://127.0.0.1:{port}/" in service.healthcheck["test"][-1]
