"""One suite in both clouds: in Groundcloud by the test kit, in ministack by its reset and another deployment."""

from __future__ import annotations

import json
import shutil
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.peers.ministack import Ministack
from groundcloud.deploy.archive import zip_bytes
from groundcloud.deploy.build import CachedBuilder
from groundcloud.deploy.changeset import CAPABILITIES
from groundcloud.deploy.folder import files_in
from groundcloud.deploy.package import package
from groundcloud.deploy.publish import site_files, site_of
from groundcloud.deploy.template import load_template

TEMPLATE = Path(__file__).parents[2] / "services" / "cloudtask" / "template.yaml"
BUCKET = "packages"


@dataclass
class Stack:
    """CloudTask, deployed for one test. `api` is the address of its stage, `host` what the Host header says."""

    outputs: dict[str, str]
    client: Callable[[str], Any]
    http: httpx.Client
    api: str
    headers: dict[str, str]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--peer", action="store_true", help="ministack instead of Groundcloud")
    parser.addoption("--tests", type=int, default=50)
    parser.addoption("--note", default="", help="a file for the milliseconds that each deployment took")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    metafunc.parametrize("number", range(metafunc.config.getoption("--tests")))


@pytest.fixture(scope="session")
def note(request: pytest.FixtureRequest) -> Iterator[Callable[[float], None]]:
    taken: list[float] = []
    yield taken.append
    if request.config.getoption("--note"):
        Path(request.config.getoption("--note")).write_text(json.dumps(taken))


@pytest.fixture(scope="session")
def peer() -> Iterator[Ministack]:
    peer = Ministack()
    peer.start()
    yield peer
    peer.stop()
    shutil.rmtree(peer.home, ignore_errors=True)


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, bytes], Any]:
    """Packaged once a session, here too: template, objects, site."""
    template = load_template(TEMPLATE)
    found = package(template, BUCKET, "us-east-1", CachedBuilder(tmp_path_factory.mktemp("builds"), local=True))
    objects = {each.key: zip_bytes(files_in(each.source)) for each in found.artifacts if each.source}
    return found.text, objects, site_of(template)


@pytest.fixture
def stack(request: pytest.FixtureRequest, note: Callable[[float], None]) -> Stack:
    of = "_redeployed" if request.config.getoption("--peer") else "_ours"
    began = time.perf_counter()
    found: Stack = request.getfixturevalue(of)
    note((time.perf_counter() - began) * 1000)
    return found


@pytest.fixture
def _ours(request: pytest.FixtureRequest) -> Stack:
    deployed, aws, cloud = (request.getfixturevalue(name) for name in ("deployed", "aws", "cloud"))
    found = deployed(TEMPLATE, "app")
    return Stack(dict(found.outputs), aws.client, cloud.http, found.api_url(), {})


@pytest.fixture
def _redeployed(peer: Ministack, packed: tuple[str, dict[str, bytes], Any]) -> Iterator[Stack]:
    text, objects, site = packed
    clients: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in clients:
            clients[service] = peer.client(service)
        return clients[service]

    reset = urllib.request.Request(f"{peer.endpoint}/_ministack/reset", method="POST", data=b"")
    with urllib.request.urlopen(reset, timeout=30) as answer:
        answer.read()
    client("s3").create_bucket(Bucket=BUCKET)
    for key, body in objects.items():
        client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
    client("cloudformation").create_stack(StackName="app", TemplateBody=text, Capabilities=CAPABILITIES)
    outputs = _awaited(client)
    for file in site_files(site.folder):
        put = {"Bucket": outputs[site.bucket_output], "Key": file.key, "Body": file.body}
        client("s3").put_object(**put, ContentType=file.content_type, CacheControl=file.cache)
    headers = {"Host": f"{outputs['ApiId']}.execute-api.localhost:{peer.port}"}
    with httpx.Client(timeout=60, trust_env=False) as http:
        yield Stack(outputs, client, http, f"{peer.endpoint}/prod", headers)
    for each in clients.values():
        each.close()


def _awaited(client: Callable[[str], Any]) -> dict[str, str]:
    while True:
        found = client("cloudformation").describe_stacks(StackName="app")["Stacks"][0]
        if found["StackStatus"] == "CREATE_COMPLETE":
            return {each["OutputKey"]: each["OutputValue"] for each in found["Outputs"]}
        if not found["StackStatus"].endswith("_IN_PROGRESS"):
            raise RuntimeError(f"{found['StackStatus']} {found.get('StackStatusReason', '')}")
        time.sleep(0.002)
