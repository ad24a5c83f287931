"""The test kit in this project's own tests, and in those of a project that knows nothing of it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from groundcloud.errors import UserError
from groundcloud.testing.deployed import Deployed, Invoked
from groundcloud.testing.traces import Traces
from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.processes import clean_environ

CLOUDTASK = "services/cloudtask/template.yaml"
TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Greeting: {Type: String, Default: hello}
Resources:
  Greet:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: app.handler
      CodeUri: code
      Environment: {Variables: {GREETING: !Ref Greeting}}
      FunctionUrlConfig: {AuthType: NONE}
      Events:
        Called: {Type: HttpApi, Properties: {Path: /greet, Method: get}}
Outputs:
  Url: {Value: !GetAtt GreetUrl.FunctionUrl}
"""
CODE = """
import os
def handler(event, context):
    print("called with", event.get("name"))
    name = event["name"] if "name" in event else event["queryStringParameters"]["who"]
    return {"said": os.environ["GREETING"] + " " + name}
"""
STRANGERS = """
import boto3, pathlib, pytest

@pytest.fixture(autouse=True)
def noted(account):
    with pathlib.Path("accounts").open("a") as file:
        print(account, file=file)

@pytest.mark.parametrize("number", [1, 2])
def test_it_greets(deployed, invoke, aws, account, number):
    stack = deployed("template.yaml", "greeter", Greeting=f"ciao {number}")
    assert invoke("Greet", {"name": "Ann"}).payload == {"said": f"ciao {number} Ann"}
    assert boto3.client("sts").get_caller_identity()["Account"] == account
    assert [one["StackName"] for one in boto3.client("cloudformation").describe_stacks()["Stacks"]] == ["greeter"]

def test_it_breaks(deployed, invoke):
    deployed("template.yaml", "greeter")
    assert invoke("Greet", {}).error == ""

def test_an_http_api(deployed, cloud):
    stack = deployed("template.yaml", "greeter")
    assert cloud.http.get(stack.api_url("/greet?who=Bea")).json() == {"said": "hello Bea"}

def test_a_function_that_is_not_there(deployed, invoke):
    deployed("template.yaml", "greeter")
    invoke("Gret")

def test_a_mistyped_parameter(deployed):
    deployed("template.yaml", "greeter", Greting="x")
"""


def test_the_same_application_in_two_accounts(
    cloud: Cloud, account: str, deployed: Callable[..., Deployed], traces: Traces
) -> None:
    stack = deployed(CLOUDTASK, "kit")
    assert cloud.http.get(stack.api_url("/tasks")).status_code == 401
    assert "CloudTask" in cloud.http.get(cloud.distribution_url(stack.outputs["DistributionDomain"])).text
    assert set(stack.resources) >= {"CreateTask", "GetTasks"}
    assert stack.account == account
    trace = traces.wait_for(service="cloudformation", operation="CreateStack")
    assert trace["spans"][0]["account"] == account


def test_a_template_is_made_ready_once(deployed: Callable[..., Deployed], invoke: Callable[..., Invoked]) -> None:
    first, second = deployed(CLOUDTASK, "one"), deployed(CLOUDTASK, "two")
    assert first.outputs["TableName"] != second.outputs["TableName"]
    assert invoke("GetTasks", {}, stack="two").payload["statusCode"] >= 400
    with pytest.raises(UserError, match="GetTasks is a function of several stacks"):
        invoke("GetTasks")


def test_what_is_wrong_is_said(deployed: Callable[..., Deployed]) -> None:
    with pytest.raises(UserError, match="There is no template"):
        deployed("nowhere.yaml")
    with pytest.raises(UserError, match="has no parameter Nope"):
        deployed(CLOUDTASK, "app", Nope="1")


def test_a_project_that_knows_nothing_of_it(cloud: Cloud, tmp_path: Path) -> None:
    """By a pytest of its own, against the cloud that runs: what it passes and what it shows of a failure."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "app.py").write_text(CODE)
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "test_greeter.py").write_text(STRANGERS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "groundcloud.testing.plugin", f"--cloud={cloud.endpoint}"]
    done = subprocess.run(
        [*command, "-W", "error", "-p", "no:cacheprovider", f"--rootdir={tmp_path}", "-c", "/dev/null"],
        cwd=tmp_path,
        # Only this plugin: the others of this environment take seconds to load.
        env=clean_environ(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    shown = done.stdout
    assert "3 failed, 3 passed" in shown, shown + done.stderr
    assert "calls to the cloud that went wrong" in shown
    assert "log greeter-Greet" in shown and "KeyError" in shown
    assert "called with None" in shown
    assert "has no parameter Greting" in shown
    assert "Its parameters: Greeting" in shown
    assert "Deployed: Greet" in shown
    assert "in find_function" not in shown and "def check_parameters" not in shown, "the kit's own code is of no help"
    for account in (tmp_path / "accounts").read_text().split():
        assert what_is_left(cloud, account) == [], "the cloud stays, what the tests made in it does not"


def what_is_left(cloud: Cloud, account: str) -> list[str]:
    with closing(Aws(cloud.endpoint, account)) as aws:
        stacks = aws.client("cloudformation").describe_stacks()["Stacks"]
        functions = aws.client("lambda").list_functions()["Functions"]
        buckets = aws.client("s3").list_buckets()["Buckets"]
        return [str(one) for one in (*stacks, *functions, *buckets)]


def test_time_is_back_after_a_test_that_moved_it(cloud: Cloud) -> None:
    assert abs(cloud.control("/clock").json()["now"] - time.time()) < 60
    assert cloud.control("/clock", "POST", json={"seconds": -1}).status_code == 400


def test_the_accounts_of_tests_are_isolated(cloud: Cloud, aws: Aws, deployed: Callable[..., Deployed]) -> None:
    deployed(CLOUDTASK, "mine")
    other = Aws(cloud.endpoint, "210987654321")
    assert [one["StackName"] for one in aws.client("cloudformation").describe_stacks()["Stacks"]] == ["mine"]
    assert "mine" not in [one["StackName"] for one in other.client("cloudformation").describe_stacks()["Stacks"]]
    other.close()
