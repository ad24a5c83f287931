"""The Postman collection of the to-do list: each request is sent as it stands there and answers what its test says."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.prepare import aws_command
from tests.support.cloud import Cloud
from tests.support.processes import ROOT, clean_environ, search_path
from tests.support.systems import deploy

FOLDER = ROOT / "services" / "todo" / "collection"


def environment_of(cloud: Cloud, stack: str) -> dict[str, str]:
    """What `environment.sh` writes."""
    command = aws_command()
    assert command is not None, "`python tests/prepare.py` installs the aws CLI"
    environ = clean_environ(**cloud.aws().environ(), PATH=search_path(command.parent))
    done = subprocess.run(
        [str(FOLDER / "environment.sh"), stack], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return {variable["key"]: variable["value"] for variable in json.loads(done.stdout)["values"]}


def requests_of(folder: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in folder["item"]:
        if "item" in item:
            yield from requests_of(item)
        else:
            yield item


def filled(text: str, variables: dict[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda found: variables[found[1]], text)


def send(cloud: Cloud, request: dict[str, Any], variables: dict[str, str]) -> httpx.Response:
    content = filled(request.get("body", {}).get("raw", ""), variables).encode()
    headers = {header["key"]: header["value"] for header in request["header"]}
    signed = AWSRequest(request["method"], filled(request["url"], variables), headers, content)
    if request.get("auth", {}).get("type") != "noauth":
        credentials = Credentials(variables["accessKey"], variables["secretKey"])
        SigV4Auth(credentials, "lambda", variables["region"]).add_auth(signed)
    return cloud.http.request(request["method"], signed.url, content=content, headers=dict(signed.headers))


def test_every_request_of_the_collection_does_what_it_says(cloud: Cloud) -> None:
    deploy(cloud, ROOT / "services" / "todo" / "template.yaml", "todo-collection")
    collection = json.loads((FOLDER / "todo.postman_collection.json").read_text())
    variables = environment_of(cloud, "todo-collection")
    variables |= {variable["key"]: variable["value"] for variable in collection["variable"]}
    sent = 0
    for item in requests_of(collection):
        script = "\n".join(item["event"][0]["script"]["exec"])
        answer = send(cloud, item["request"], variables)
        expected = re.search(r"to\.have\.status\((\d+)\)", script)
        assert expected is not None and answer.status_code == int(expected[1]), f"{item['name']}: {answer.text}"
        for text in re.findall(r'to\.include\("(\w+)"\)', script):
            assert text in answer.text, item["name"]
        if 'collectionVariables.set("id"' in script:
            variables["id"] = answer.json()["id"]
        sent += 1
    assert sent == 15
