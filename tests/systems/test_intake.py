"""Intake end to end: signed in through the hosted pages, handed in, read back, and its walk-through on screen."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import uuid
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import jwt
import pytest

from tests.support.cloud import Cloud
from tests.support.console import Console
from tests.support.policies import advice, run_under_generated
from tests.support.processes import ROOT, clean_environ
from tests.support.systems import PASSWORD, deploy, outputs_of, resource_of

INTAKE = ROOT / "services" / "intake"


@pytest.fixture(scope="module")
def walkthrough() -> ModuleType:
    """`walkthrough.py` as a module: its way through the hosted pages is the one that these tests go."""
    spec = importlib.util.spec_from_file_location("intake_walkthrough", INTAKE / "walkthrough.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class System:
    """Intake, deployed into the default account by the deploy library."""

    def __init__(
        self, cloud: Cloud, walkthrough: ModuleType, stack: str = "intake", template: Path = INTAKE / "template.yaml"
    ) -> None:
        self.cloud = cloud
        deploy(cloud, template, stack)
        self.outputs = outputs_of(cloud, stack)
        environ = {
            "AWS_ENDPOINT_URL": cloud.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environ.items():
                patch.setenv(name, value)
            self._user = walkthrough.Intake()
        self._user.outputs = self.outputs

    def new_user(self) -> dict[str, str]:
        """Both tokens of a user who signed in through the hosted pages."""
        email = f"{uuid.uuid4().hex}@example.com"
        self._user.make_user(email, PASSWORD)
        tokens: dict[str, str] = self._user.sign_in(email, PASSWORD)
        return tokens

    def call(self, method: str, token: str, body: Any = None, **query: str) -> tuple[int, Any]:
        url = self.cloud.api_url(self.outputs["ApiId"], "prod", "/records")
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        answer = self.cloud.http.request(
            method, url, headers={"Authorization": token} if token else {}, content=content, params=query
        )
        return answer.status_code, answer.json()


@pytest.fixture(scope="module")
def intake(cloud: Cloud, walkthrough: ModuleType) -> System:
    return System(cloud, walkthrough)


@pytest.fixture(scope="module")
def ada(intake: System) -> dict[str, str]:
    return intake.new_user()


def claims(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def test_what_is_handed_in_is_processed_stored_and_ones_own(intake: System, ada: dict[str, str]) -> None:
    status, record = intake.call("POST", ada["access"], {"data": {"temperature": 21.5}})
    assert status == 201, record
    assert record["user_id"] == claims(ada["access"])["sub"]
    bucket = intake.outputs["BucketName"]
    found = intake.cloud.client("s3").get_object(Bucket=bucket, Key=record["output"])
    assert (found["ContentType"], json.loads(found["Body"].read())["data"]) == (
        "application/json",
        {"temperature": 21.5},
    )
    assert intake.call("GET", ada["id"])[1]["records"][0] == record
    bob = intake.new_user()
    assert intake.call("GET", bob["id"]) == (200, {"records": [], "nextToken": None})
    assert intake.call("GET", bob["id"], nextToken=record["record_id"])[1]["records"] == []


def test_each_method_takes_its_own_kind_of_token(intake: System, ada: dict[str, str]) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-enable-cognito-user-pool.html: a method
    with scopes takes access tokens, a method without takes id tokens."""
    assert "intake/submit" in claims(ada["access"])["scope"].split()
    body = {"data": {"n": 1}}
    assert intake.call("POST", ada["id"], body) == (401, {"message": "Unauthorized"})
    assert intake.call("GET", ada["access"]) == (401, {"message": "Unauthorized"})
    for token in ("", "nonsense", ada["access"][:-8], f"{ada['access']}x"):
        assert intake.call("POST", token, body)[0] == 401
    assert intake.call("POST", ada["access"], body)[0] == 201


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b'{"data": {"n": Infinity}}', b"\xff", b'{"data": 1}'])
def test_what_is_malformed_is_400_and_never_500(intake: System, ada: dict[str, str], body: bytes) -> None:
    assert intake.call("POST", ada["access"], body)[0] == 400


def test_a_foreign_user_id_is_refused(intake: System, ada: dict[str, str]) -> None:
    status, answer = intake.call("POST", ada["access"], {"user_id": str(uuid.uuid4()), "data": {"n": 1}})
    assert status == 400 and "user_id is not yours" in answer["message"]


def test_table_and_bucket_are_as_promised(intake: System) -> None:
    table = intake.cloud.client("dynamodb").describe_table(TableName=intake.outputs["TableName"])["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    s3 = intake.cloud.client("s3")
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=intake.outputs["BucketName"])["Rules"]
    assert (rule["Status"], rule["Expiration"]["Days"]) == ("Enabled", 30)


def test_it_runs_under_its_generated_policies(intake: System, ada: dict[str, str]) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege"""

    def story() -> None:
        assert intake.call("POST", ada["access"], {"data": {"n": 1}})[0] == 201
        assert intake.call("GET", ada["id"], limit="1")[0] == 200

    functions = [resource_of(intake.cloud, "intake", name) for name in ("SubmitRecord", "GetRecords")]
    run_under_generated(
        intake.cloud, functions, story, lambda: intake.call("POST", ada["access"], {"data": {"n": 1}})[0] == 502
    )


def test_the_missing_statement_is_named_and_repairs_it(
    cloud: Cloud, console: Console, walkthrough: ModuleType, tmp_path: Path
) -> None:
    """IAM/latest/UserGuide/troubleshoot_access-denied.html: the record, the console and `make policy` name one
    statement, and the template with exactly that statement works."""
    template = (INTAKE / "template.yaml").read_text().replace("CodeUri: functions/", f"CodeUri: {INTAKE}/functions/")
    statement = walkthrough.PUT_ITEM.search(template)[0]
    file = tmp_path / "template.yaml"
    file.write_text(template.replace(statement, ""))
    system = System(cloud, walkthrough, "intake-denied", file)
    ada, body = system.new_user(), {"data": {"n": 1}}
    assert system.call("POST", ada["access"], body) == (502, {"message": "Internal server error"})
    function, table = resource_of(cloud, "intake-denied", "SubmitRecord"), system.outputs["TableName"]
    account = cloud.client("sts").get_caller_identity()["Account"]
    missing = {
        "Effect": "Allow",
        "Action": "dynamodb:PutItem",
        "Resource": f"arn:aws:dynamodb:us-east-1:{account}:table/{table}",
    }
    asked = {"denied": "1", "principal": function, "action": "dynamodb:PutItem"}
    (denied,) = cloud.control("/iam/decisions", params=asked).json()["decisions"]
    assert [one["statement"] for one in denied["remedies"]] == [missing]
    assert "is not authorized to perform: dynamodb:PutItem" in denied["message"]
    assert advice(cloud, function)["missing"] == [missing]
    listed = httpx.get(f"{console.url}/api/iam", params={"principal": function}, trust_env=False).json()["decisions"]
    assert [json.loads(one["statement"]) for one in listed[0]["remedies"]] == [missing]
    command = [sys.executable, "-m", "groundcloud.cli", "policy", "SubmitRecord", "--stack", "intake-denied"]
    shown = subprocess.run(command, env=cloud.environ, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "dynamodb:PutItem" in shown and missing["Resource"] in shown
    file.write_text(template.replace(statement, f"              - {json.dumps(missing)}\n"))
    deploy(cloud, file, "intake-denied")
    assert system.call("POST", ada["access"], body)[0] == 201
    assert advice(cloud, function)["missing"] == []


def test_the_walkthrough_makes_and_mends_all_three_failures(cloud: Cloud) -> None:
    name = f"walk-{uuid.uuid4().hex[:6]}"
    environ = clean_environ(
        AWS_ENDPOINT_URL=cloud.endpoint,
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION="us-east-1",
        NAME=name,
    )
    done = subprocess.run(
        [sys.executable, str(INTAKE / "walkthrough.py")], env=environ, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout
    places = [
        said.index(words)
        for words in (
            "-> 502",
            "is not authorized to perform: dynamodb:PutItem",
            "-> 201",
            "-> 401",
            "-> 200",
            "-> 400 ",
            "== Done",
            "== Remove everything",
        )
    ]
    assert places == sorted(places)
    assert "-> 500" not in said
    stacks = cloud.client("cloudformation").list_stacks()["StackSummaries"]
    assert {stack["StackStatus"] for stack in stacks if stack["StackName"] == name} == {"DELETE_COMPLETE"}
    buckets = cloud.client("s3").list_buckets()["Buckets"]
    assert [bucket["Name"] for bucket in buckets if bucket["Name"].startswith(name)] == []
