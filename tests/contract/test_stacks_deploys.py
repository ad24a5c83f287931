"""What `ground deploy` does with stacks that nest others, and with updates of outputs alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from groundcloud.deploy.build import CachedBuilder
from groundcloud.deploy.control import HttpControl
from groundcloud.deploy.deployer import Deployer, Deployment, DeployRequest
from groundcloud.deploy.destroy import destroy
from groundcloud.deploy.doors import BotoDoor
from groundcloud.deploy.guard import Consent
from groundcloud.deploy.profile import Profile
from groundcloud.errors import UserError
from tests.fakes.deploy_reporter import MemoryReporter
from tests.support.aws import Aws
from tests.support.cloud import Cloud

CHILD = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Word: {Type: String, Default: unset}
  Arn: {Type: String, Default: ""}
  Loud: {Type: String, AllowedValues: [true, false]}
Conditions:
  IsLoud: !Equals [!Ref Loud, true]
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: live
      GatewayResponses: {DEFAULT_4XX: {ResponseParameters: {Headers: {X-Word: !Sub "'${Word}'"}}}}
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: app.handler
      Runtime: python3.11
      Environment: {Variables: {WORD: !If [IsLoud, !Sub "${Word}!", !Ref Word], QUEUE: !Ref Arn}}
      Events: {Get: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /hello, Method: get}}}
Outputs:
  Api: {Value: !Ref Api}
"""
PARENT = """
Parameters: {Word: {Type: String, Default: hello}}
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: inner.yaml
      Parameters: {Word: !Ref Word, Arn: !GetAtt Queue.Arn, Loud: true}
Outputs:
  Api: {Value: !GetAtt Inner.Outputs.Api}
"""
HANDLER = """import json, os
def handler(event, context):
    return {"statusCode": 200, "body": json.dumps([os.environ["WORD"], os.environ["QUEUE"]])}
"""

Deploy = Callable[..., Deployment]


@pytest.fixture
def deployer(cloud: Cloud, account: str, tmp_path: Path) -> Deployer:
    profile = Profile("embedded", "us-east-1", account, cloud.endpoint, account, "test")
    return Deployer(
        profile=profile,
        door=BotoDoor(profile),
        builder=CachedBuilder(tmp_path / "cache", local=True),
        control=HttpControl(cloud.endpoint),
        reporter=MemoryReporter(),
        consent=Consent(yes=True),
    )


@pytest.fixture
def deploy(deployer: Deployer, tmp_path: Path) -> Deploy:
    """Deploys the parent (with the child that is given) as stack ``outer``."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text(HANDLER)

    def run(child: str, **parameters: str) -> Deployment:
        (tmp_path / "outer.yaml").write_text(PARENT)
        (tmp_path / "inner.yaml").write_text(child)
        return deployer.deploy(DeployRequest(tmp_path / "outer.yaml", "outer", parameters))

    return run


def staged(aws: Aws) -> list[str]:
    buckets = [item["Name"] for item in aws.client("s3").list_buckets()["Buckets"]]
    return [name for name in buckets if name.startswith("groundcloud-")]


def test_a_nested_stack_is_a_whole_application(
    deploy: Deploy, deployer: Deployer, aws: Aws, cloud: Cloud, http: httpx.Client
) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html"""
    cfn = aws.client("cloudformation")
    api = deploy(CHILD).stack.outputs["Api"]
    word, queue = http.get(cloud.api_url(api, "live", "/hello")).json()
    assert word == "hello!" and queue.startswith("arn:aws:sqs:")
    missing = http.get(cloud.api_url(api, "live", "/nothing"))
    assert missing.headers["X-Word"] == "hello"

    inner = cfn.describe_stack_resource(StackName="outer", LogicalResourceId="Inner")["StackResourceDetail"]
    listed = cfn.list_stack_resources(StackName=inner["PhysicalResourceId"])["StackResourceSummaries"]
    assert not [item for item in listed if "Groundcloud" in item["LogicalResourceId"]]
    kept = cfn.get_template(StackName=inner["PhysicalResourceId"], TemplateStage="Original")["TemplateBody"]
    assert "AWS::Serverless-2016-10-31" in json.dumps(kept)

    assert not deploy(CHILD).changed
    assert deploy(CHILD, Word="good day").stack.outputs["Api"] == api
    assert http.get(cloud.api_url(api, "live", "/hello")).json()[0] == "good day!"
    assert deploy(CHILD.replace("/hello", "/hi"), Word="good day").stack.outputs["Api"] == api
    assert http.get(cloud.api_url(api, "live", "/hi")).json()[0] == "good day!"
    assert http.get(cloud.api_url(api, "live", "/hello")).status_code == 403

    destroy(deployer, "outer")
    assert [name for name in staged(aws) if "templates" in name] == []


def test_what_is_wrong_with_a_nested_template_is_told_with_its_path(deploy: Deploy) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html"""
    with pytest.raises(UserError, match=r"Nested stack Inner: .*Unresolved resource dependencies \[Nope\]"):
        deploy(CHILD.replace("!Ref Api}", "!Ref Nope}"))
    with pytest.raises(UserError, match=r"Nested stack Inner: Parameters: \[Loud\] do not exist"):
        deploy(CHILD.replace("  Loud:", "  Quiet:").replace("!Ref Loud", "!Ref Quiet"))


def test_a_nested_template_that_is_not_there(aws: Aws) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cloudformation-stack.html"""
    url = "https://s3.amazonaws.com/no-such-bucket-for-sure/t.yaml"
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
    with pytest.raises(ClientError, match="Nested stack Inner: S3 error: The specified bucket does not exist"):
        aws.client("cloudformation").create_stack(
            StackName="outer", TemplateBody=json.dumps({"Resources": {"Inner": nested}})
        )


def test_an_update_of_outputs_alone_is_deployed(deployer: Deployer, tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html"""
    assert isinstance(deployer.reporter, MemoryReporter)
    path = tmp_path / "app.json"

    def run(**outputs: Any) -> Deployment:
        sections = {"Outputs": {key: {"Value": value} for key, value in outputs.items()}} if outputs else {}
        path.write_text(json.dumps({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}, **sections}))
        return deployer.deploy(DeployRequest(path, "app"))

    run()
    done = run(A="1")
    assert (done.changed, done.stack.outputs) == (True, {"A": "1"})
    done = run(A="2", B="3")
    assert (done.changed, done.stack.outputs) == (True, {"A": "2", "B": "3"})
    assert not run(A="2", B="3").changed
    assert deployer.reporter.warnings == []
