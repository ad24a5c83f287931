"""`LocalStackCloud`, which starts our images by testcontainers: what it asks of Docker, and what is said when it fails.

Docker is a fake whose containers are processes of this machine; testcontainers and docker-py are the real ones.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from groundcloud.errors import UserError
from groundcloud.testing.account import new_account
from groundcloud.testing.cloud import Cloud
from groundcloud.testing.containers import Images, LocalStackCloud
from groundcloud.testing.stage import Applications
from groundcloud.testing.start import started
from tests.fakes.fake_docker_api import Engine, Program
from tests.support.aws import Aws
from tests.support.compose import Service, services
from tests.support.docker import (
    broken,
    cloud_image,
    docker_of,
    fake_localstack_image,
    localstack_image,
    stand_in,
)
from tests.support.processes import ROOT

IMAGES = Images()


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    images = {IMAGES.cloud: stand_in, IMAGES.localstack: stand_in}
    with docker_of(images, tmp_path, monkeypatch) as engine:
        yield engine


def told_at(address: str) -> dict[str, str]:
    """The environment of the stand-in at an address."""
    found: dict[str, str] = httpx.get(address, trust_env=False, timeout=60).json()["environment"]
    return found


def told(cloud: LocalStackCloud) -> dict[str, str]:
    """The environment of the cloud's stand-in."""
    return told_at(cloud.endpoint)


def ended(endpoint: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(endpoint.rpartition(":")[2]))) != 0


def environment(made: dict[str, Any]) -> dict[str, str]:
    return dict(each.split("=", 1) for each in made["Env"])


def test_it_starts_localstack_and_then_the_cloud_and_leaves_nothing(docker: Engine) -> None:
    with LocalStackCloud() as cloud:
        assert told(cloud)["GROUNDCLOUD_PROFILE"] == "localstack"
        assert [each.wanted["Image"] for each in docker.containers.values()] == [IMAGES.localstack, IMAGES.cloud]
        assert len(docker.networks) == 1
        endpoint = cloud.endpoint
        assert "listening" in cloud.log_tail()
    assert (docker.containers, docker.networks) == ({}, {})
    assert ended(endpoint)


def test_two_at_a_time_do_not_meet(docker: Engine) -> None:
    """As pytest-xdist's workers start them."""
    with LocalStackCloud() as one, LocalStackCloud() as other:
        assert one.endpoint != other.endpoint
        assert told(one)["GROUNDCLOUD_LOCALSTACK_URL"] != told(other)["GROUNDCLOUD_LOCALSTACK_URL"]


def test_the_cloud_finds_localstack_and_the_plugin_finds_the_cloud(docker: Engine) -> None:
    with LocalStackCloud() as cloud:
        localstack = told_at(told(cloud)["GROUNDCLOUD_LOCALSTACK_URL"])
        assert localstack["GROUNDCLOUD_URL"] == cloud.endpoint


def test_addresses_are_the_same_inside_and_outside(docker: Engine) -> None:
    """What the cloud hands out (function URLs, sign-in pages) has its port: it must lead there from outside too."""
    with LocalStackCloud() as cloud:
        port = cloud.endpoint.rpartition(":")[2]
        assert told(cloud)["GROUNDCLOUD_PORT"] == port
        assert docker.made[1]["HostConfig"]["PortBindings"] == {
            f"{port}/tcp": [{"HostIp": "127.0.0.1", "HostPort": port}]
        }


def test_the_containers_are_shut(docker: Engine) -> None:
    """The fake refuses ports that are published on more than loopback."""
    with LocalStackCloud():
        for made in docker.made:
            host = made["HostConfig"]
            assert not host.get("Privileged")
            assert "docker.sock" not in str(made)
            assert (host["CapDrop"], host["SecurityOpt"]) == (["ALL"], ["no-new-privileges:true"])


def test_settings_sources_and_the_token_are_handed_on(docker: Engine, tmp_path: Path) -> None:
    settings = {"GROUNDCLOUD_IAM": "audit", "GROUNDCLOUD_SECRET_ACCESS_KEY": "s3cret"}
    with LocalStackCloud(settings=settings, app_root=tmp_path, auth_token="ls-token"):
        localstack, cloud = docker.made
        assert settings.items() <= environment(cloud).items()
        assert environment(cloud)["GROUNDCLOUD_APP_ROOT"] == str(tmp_path)
        assert cloud["HostConfig"]["Binds"] == [f"{tmp_path}:{tmp_path}:ro"]
        assert environment(localstack)["LOCALSTACK_AUTH_TOKEN"] == "ls-token"
        assert environment(localstack)["GROUNDCLOUD_SECRET_ACCESS_KEY"] == "s3cret"


@pytest.mark.parametrize("name", ["localstack", "cloud"])
def test_it_tells_the_containers_what_docker_compose_tells_them(docker: Engine, name: str) -> None:
    with LocalStackCloud() as cloud:
        made = {each["Image"]: environment(each) for each in docker.made}
        composed: Service = services({"GROUNDCLOUD_PORT": cloud.endpoint.rpartition(":")[2]})[name]
    given = made[composed.image]
    own = {"GROUNDCLOUD_ALLOWED_HOSTS"}  # with the engine's host, if that is another machine
    assert {key: given[key] for key in given.keys() - own} == {
        key: composed.environment[key] for key in given.keys() - own
    }
    assert "cloud" in made[IMAGES.cloud]["GROUNDCLOUD_ALLOWED_HOSTS"].split(",")


@pytest.mark.parametrize("name", ["localstack", "cloud"])
def test_a_container_that_ends_shows_its_log_and_nothing_stays(docker: Engine, name: str) -> None:
    docker.images[getattr(IMAGES, name)] = broken
    with pytest.raises(UserError, match="ended while it started\n.*GROUNDCLOUD_PROT"):
        LocalStackCloud().start()
    assert (docker.containers, docker.networks) == ({}, {})


@pytest.mark.parametrize("name", ["localstack", "cloud"])
def test_an_image_that_is_not_there_is_made_here_and_never_pulled(docker: Engine, name: str) -> None:
    image = getattr(IMAGES, name)
    del docker.images[image]
    with pytest.raises(UserError, match=f"no image {image} on this machine") as caught:
        LocalStackCloud().start()
    assert "docker compose build" in caught.value.hint
    assert not [each for each in docker.asked if "/images/create" in each]


def test_without_docker_it_says_so(monkeypatch: pytest.MonkeyPatch, free_port: int) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{free_port}")
    with pytest.raises(UserError, match="Docker does not answer"):
        LocalStackCloud().start()


def test_what_is_not_started_has_no_address_and_does_not_run() -> None:
    with pytest.raises(UserError, match="not running"):
        _ = LocalStackCloud().endpoint
    assert not LocalStackCloud().running


@pytest.mark.parametrize(
    "localstack",
    [
        pytest.param(fake_localstack_image, id="stand-in"),
        pytest.param(localstack_image, id="localstack", marks=[pytest.mark.slow, pytest.mark.timeout(900)]),
    ],
)
def test_the_kit_starts_the_images_and_they_answer(
    localstack: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    """The cloud's image runs the real cloud; LocalStack's a stand-in, or LocalStack itself."""
    images = {IMAGES.cloud: cloud_image, IMAGES.localstack: localstack}
    monkeypatch.setattr(pytestconfig.option, "cloud", "localstack")
    with (
        docker_of(images, tmp_path, monkeypatch) as docker,
        started(pytestconfig, tmp_path, {"iam": "audit"}) as cloud,
        closing(Aws(cloud.endpoint, "test")) as aws,
    ):
        assert cloud.control("/health").json()["engine"] == "localstack"
        assert environment(docker.made[1])["GROUNDCLOUD_IAM"] == "audit"
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="kept-by-localstack")
        s3.put_object(Bucket="kept-by-localstack", Key="k", Body=b"text")
        assert s3.get_object(Bucket="kept-by-localstack", Key="k")["Body"].read() == b"text"
        assert aws.client("cognito-idp").create_user_pool(PoolName="kept-by-the-cloud")["UserPool"]["Id"]
        check_that_templates_run(cloud)
        assert cloud.running
        next(each for each in docker.containers.values() if each.wanted["Image"] == IMAGES.cloud).kill()
        assert not cloud.running


def check_that_templates_run(cloud: Cloud) -> None:
    """By the kit's `deployed` and `invoke`: the cloud's CloudFormation is LocalStack's, the functions run in ours."""
    event = json.loads((ROOT / "services/todo/tests/events/create-todo.json").read_text())
    with closing(Applications(cloud, ROOT)) as applications, closing(applications.stage(new_account())) as stage:
        stage.deploy("services/todo/template.yaml")
        created = stage.invoke("CreateTodo", event)
        assert created.error == "", created
        listed = stage.invoke("ListTodos", {})
        assert event["title"] in json.dumps(listed.payload)
