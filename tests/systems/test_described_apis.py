"""The APIs of CloudTask and intake answer as their OpenAPI documents say, whatever is thrown at them.

schemathesis makes requests from each document, right ones and wrong ones, the same in every run.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

import pytest

from tests.support.cloud import Cloud
from tests.support.mailbox import Mailbox
from tests.support.processes import ROOT, clean_environ
from tests.support.systems import PASSWORD, CloudTask, deploy, outputs_of

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "ignored_auth",
)


def run(document: Path, url: str, token: str, method: str, *checks: str) -> None:
    """Throw requests at `url`. `AssertionError` with schemathesis's report when an answer is not as described."""
    command = [sys.executable, "-m", "schemathesis.cli", "run", str(document), "--url", url, "--no-color"]
    command += ["-H", f"Authorization: {token}", "--checks", ",".join([*CHECKS, *checks]), "--max-examples", "25"]
    command += ["--generation-deterministic", "--phases", "examples,coverage,fuzzing", "--include-method", method]
    with tempfile.TemporaryDirectory() as folder:  # where it keeps what it found
        done = subprocess.run(
            command, env=clean_environ(), cwd=folder, capture_output=True, text=True, timeout=240, check=False
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Tested: 0" not in done.stdout


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_cloudtask_is_as_described(cloudtask: CloudTask, cloud: Cloud, method: str) -> None:
    """What is right is accepted, but for page tokens and ids, which nobody can make up."""
    user = cloudtask.new_user(Mailbox(cloud))
    url = f"{cloud.endpoint}/_aws/execute-api/{cloudtask.outputs['ApiId']}/prod"
    accepted = ["positive_data_acceptance"] if method == "POST" else []
    run(ROOT / "services" / "cloudtask" / "openapi.yaml", url, user.id_token, method, *accepted)


@pytest.mark.parametrize(("method", "kind"), [("POST", "access"), ("GET", "id")])
def test_intake_is_as_described(cloud: Cloud, method: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ROOT / "services" / "intake"
    deploy(cloud, folder / "template.yaml", "intake")
    for name, value in {"ENDPOINT_URL": cloud.endpoint, "ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    spec = importlib.util.spec_from_file_location("intake_sign_in", folder / "walkthrough.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    user, email = module.Intake(), f"{uuid.uuid4().hex}@example.com"
    user.outputs = outputs_of(cloud, "intake")
    user.make_user(email, PASSWORD)
    tokens = user.sign_in(email, PASSWORD)
    url = f"{cloud.endpoint}/_aws/execute-api/{user.outputs['ApiId']}/prod"
    run(folder / "openapi.yaml", url, tokens[kind], method)
