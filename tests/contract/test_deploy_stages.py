"""Deployments against a running cloud, each in an account of its own: what a person does and may get wrong."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from groundcloud.deploy.build import CachedBuilder
from groundcloud.deploy.control import HttpControl
from groundcloud.deploy.deployer import Deployer, Deployment, DeployRequest
from groundcloud.deploy.destroy import destroy
from groundcloud.deploy.doors import BotoDoor
from groundcloud.deploy.execute import DeployFailed
from groundcloud.deploy.guard import Consent
from groundcloud.deploy.profile import Profile
from groundcloud.deploy.publish import CACHED, UNCACHED
from groundcloud.deploy.stack import find_stack
from groundcloud.errors import UserError
from tests.fakes.deploy_reporter import MemoryReporter
from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.processes import poll

QUEUE: dict[str, Any] = {"Type": "AWS::SQS::Queue"}
BROKEN = {
    "Type": "Custom::Broken",
    "DependsOn": "Queue",
    "Properties": {"ServiceToken": {"Fn::Sub": "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:nobody"}},
}
"""A custom resource without its function: it fails while the stack is made."""

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
    """Deploys resources as stack ``app``."""

    def run(resources: dict[str, Any], parameters: dict[str, str] | None = None, **sections: Any) -> Deployment:
        path = tmp_path / "app.json"
        path.write_text(json.dumps({"Resources": resources, **sections}))
        return deployer.deploy(DeployRequest(path, "app", parameters or {}))

    return run


def warnings(deployer: Deployer) -> list[str]:
    assert isinstance(deployer.reporter, MemoryReporter)
    return deployer.reporter.warnings


def test_create_update_and_nothing_to_do(deploy: Deploy, deployer: Deployer) -> None:
    """The change set's types and the stack's statuses:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html"""
    assert isinstance(deployer.reporter, MemoryReporter)
    assert deploy({"Queue": QUEUE}).stack.status == "CREATE_COMPLETE"
    unchanged = deploy({"Queue": QUEUE})
    assert (unchanged.changed, unchanged.stack.status) == (False, "CREATE_COMPLETE")
    assert deploy({"Queue": QUEUE, "Other": QUEUE}).stack.status == "UPDATE_COMPLETE"
    create, update = deployer.reporter.plans
    assert [(change.action, change.logical_id) for change in create.changes] == [("Add", "Queue")]
    assert [(change.action, change.logical_id) for change in update.changes] == [("Add", "Other")]
    assert "Queue" in {event.logical_id for event in deployer.reporter.events}


def test_parameters_keep_their_values_and_change_when_given(deploy: Deploy) -> None:
    """https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/: "If you don't specify a parameter, the
    stack uses its existing value"."""
    sections = {
        "Parameters": {"Delay": {"Type": "Number", "Default": 1}},
        "Outputs": {"Delay": {"Value": {"Ref": "Delay"}}},
    }
    queue = {"Queue": {**QUEUE, "Properties": {"DelaySeconds": {"Ref": "Delay"}}}}
    assert deploy(queue, {"Delay": "5"}, **sections).stack.outputs == {"Delay": "5"}
    assert not deploy(queue, **sections).changed
    assert deploy(queue, {"Delay": "6"}, **sections).stack.outputs == {"Delay": "6"}


def test_an_unknown_resource_type_is_refused_and_leaves_no_stack(deploy: Deploy, deployer: Deployer) -> None:
    """CloudFormation's words, as in https://repost.aws/knowledge-center/cloudformation-unrecognized-resource-type"""
    with pytest.raises(UserError, match=r"Unrecognized resource types: \[AWS::Foo::Bar\]") as caught:
        deploy({"X": {"Type": "AWS::Foo::Bar"}})
    assert "spelling" in caught.value.hint
    assert find_stack(deployer.door, "app") is None


def test_a_failed_create_leaves_nothing_and_can_be_tried_again(deploy: Deploy, deployer: Deployer, aws: Aws) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html"""
    with pytest.raises(DeployFailed, match="could not be created") as caught:
        deploy({"Queue": QUEUE, "Broken": BROKEN})
    assert [failure.path for failure in caught.value.failures] == ["Broken"]
    assert "Nothing of the stack is left" in caught.value.hint
    assert find_stack(deployer.door, "app") is None
    assert aws.client("sqs").list_queues().get("QueueUrls", []) == []
    assert deploy({"Queue": QUEUE}).stack.status == "CREATE_COMPLETE"


def test_code_that_is_not_in_s3_is_refused_and_leaves_no_stack(deploy: Deploy, deployer: Deployer) -> None:
    """Lambda reads the object when the function is made:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html"""
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": {"S3Bucket": "no-such-bucket-of-the-test", "S3Key": "code.zip"},
            "Handler": "app.handler",
            "Runtime": "python3.11",
            "Role": "arn:aws:iam::000000000000:role/nobody",
        },
    }
    with pytest.raises(UserError, match="S3 Error Code"):
        deploy({"Fn": function})
    assert find_stack(deployer.door, "app") is None


def test_a_failed_update_leaves_the_earlier_version(deploy: Deploy, deployer: Deployer) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html"""
    deploy({"Queue": QUEUE})
    with pytest.raises(DeployFailed, match="could not be updated") as caught:
        deploy({"Queue": QUEUE, "Broken": BROKEN})
    assert "The earlier version of app stands" in caught.value.hint
    stack = find_stack(deployer.door, "app")
    assert stack is not None
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert deploy({"Queue": QUEUE, "Other": QUEUE}).stack.status == "UPDATE_COMPLETE"


def test_a_stack_that_another_tool_left_rolled_back_is_made_anew(deploy: Deploy, aws: Aws, deployer: Deployer) -> None:
    """A stack in ROLLBACK_COMPLETE can only be deleted:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html"""
    cloudformation = aws.client("cloudformation")
    body = json.dumps({"Resources": {"Queue": QUEUE, "Broken": BROKEN}})
    cloudformation.create_stack(StackName="app", TemplateBody=body)
    rolled_back = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED")
    poll(
        lambda: cloudformation.describe_stacks(StackName="app")["Stacks"][0]["StackStatus"] in rolled_back,
        timeout=60,
        what="the end of the rollback",
    )
    done = deploy({"Queue": QUEUE})
    assert (done.changed, done.stack.status) == (True, "CREATE_COMPLETE")


def test_an_abandoned_plan_of_another_tool_does_not_stand_in_the_way(deploy: Deploy, aws: Aws) -> None:
    """A CREATE change set makes a stack in REVIEW_IN_PROGRESS:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html"""
    body = json.dumps({"Resources": {"Queue": QUEUE}})
    aws.client("cloudformation").create_change_set(
        StackName="app", ChangeSetName="abandoned", ChangeSetType="CREATE", TemplateBody=body
    )
    assert deploy({"Queue": QUEUE}).stack.status == "CREATE_COMPLETE"


def handler(folder: Path, code: str) -> dict[str, Any]:
    (folder / "src").mkdir(exist_ok=True)
    (folder / "src" / "app.py").write_text(code)
    return {
        "Fn": {
            "Type": "AWS::Serverless::Function",
            "Properties": {"CodeUri": "src", "Handler": "app.handler", "Runtime": "python3.11"},
        }
    }


SAM = {"Transform": "AWS::Serverless-2016-10-31", "Outputs": {"Name": {"Value": {"Ref": "Fn"}}}}


def call(aws: Aws, name: str) -> Any:
    return json.loads(aws.client("lambda").invoke(FunctionName=name, Payload=b"{}")["Payload"].read())


def test_changed_code_is_deployed_and_unchanged_code_is_not_sent(deploy: Deploy, tmp_path: Path, aws: Aws) -> None:
    """What `aws cloudformation package` promises:
    https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html"""
    done = deploy(handler(tmp_path, "def handler(e, c): return 1\n"), **SAM)
    assert call(aws, done.stack.outputs["Name"]) == 1
    assert not deploy(handler(tmp_path, "def handler(e, c): return 1\n"), **SAM).changed
    assert deploy(handler(tmp_path, "def handler(e, c): return 2\n"), **SAM).changed
    assert call(aws, done.stack.outputs["Name"]) == 2


def test_a_function_with_requirements_is_built(deploy: Deploy, tmp_path: Path, aws: Aws) -> None:
    """A wheel of the test's own stands in for a package from the network."""
    wheel = tmp_path / "greeting-1.0-py3-none-any.whl"
    write_wheel(wheel, "greeting", "HELLO = 'hello'\n")
    resources = handler(tmp_path, "import greeting\ndef handler(e, c): return greeting.HELLO\n")
    (tmp_path / "src" / "requirements.txt").write_text(f"greeting @ {wheel.as_uri()}\n")
    done = deploy(resources, **SAM)
    assert call(aws, done.stack.outputs["Name"]) == "hello"
    assert not deploy(resources, **SAM).changed


def test_the_cloud_is_told_where_the_sources_are(
    deploy: Deploy, deployer: Deployer, tmp_path: Path, cloud: Cloud, account: str
) -> None:
    """Folders outside the application's root are not taken, which is told and stops nothing."""
    done = deploy(handler(tmp_path, "def handler(e, c): return 1\n"), **SAM)
    arn = f"arn:aws:lambda:us-east-1:{account}:function:{done.stack.outputs['Name']}"
    told = {source["functionArn"] for source in cloud.control("/functions/sources").json()["sources"]}
    assert (arn in told) != bool(warnings(deployer))


def test_a_site_is_published_by_content(deploy: Deploy, tmp_path: Path, aws: Aws, cloud: Cloud) -> None:
    """ETag of an object sent in one piece is the MD5 of its content:
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html"""
    site = tmp_path / "www"
    site.mkdir()
    (site / "index.html").write_text("<p>one")
    (site / "old.js").write_text("1")
    sections = {
        "Metadata": {
            "Groundcloud": {"Site": {"Folder": "www", "BucketOutput": "Bucket", "Config": {"bucket": "Bucket"}}}
        },
        "Outputs": {"Bucket": {"Value": {"Ref": "Site"}}},
    }
    bucket = {"Site": {"Type": "AWS::S3::Bucket"}}
    done = deploy(bucket, **sections)
    name = done.stack.outputs["Bucket"]
    assert set(done.published) == {"/config.json", "/index.html", "/old.js"}
    s3 = aws.client("s3")
    page, config = (s3.get_object(Bucket=name, Key=key) for key in ("index.html", "config.json"))
    assert (page["ContentType"], page["CacheControl"]) == ("text/html; charset=utf-8", CACHED)
    assert config["CacheControl"] == UNCACHED
    assert json.loads(config["Body"].read()) == {
        "bucket": name,
        "profile": "embedded",
        "region": "us-east-1",
        "cognitoEndpoint": f"http://localhost:{cloud.port}/",
    }
    assert deploy(bucket, **sections).published == ()
    (site / "index.html").write_text("<p>two")
    (site / "old.js").unlink()
    assert set(deploy(bucket, **sections).published) == {"/index.html", "/old.js"}
    assert {each["Key"] for each in s3.list_objects_v2(Bucket=name)["Contents"]} == {"config.json", "index.html"}


def test_destroy_empties_versioned_buckets_and_tells_what_stays(deploy: Deploy, deployer: Deployer, aws: Aws) -> None:
    """A bucket must be empty to be deleted, DeletionPolicy Retain keeps a resource:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html"""
    versioned = {"Type": "AWS::S3::Bucket", "Properties": {"VersioningConfiguration": {"Status": "Enabled"}}}
    outputs = {"Outputs": {"Name": {"Value": {"Ref": "Bucket"}}}}
    done = deploy({"Bucket": versioned, "Kept": {**QUEUE, "DeletionPolicy": "Retain"}}, **outputs)
    s3 = aws.client("s3")
    for body in (b"1", b"2"):
        s3.put_object(Bucket=done.stack.outputs["Name"], Key="x", Body=body)
    s3.delete_object(Bucket=done.stack.outputs["Name"], Key="x")
    gone = destroy(deployer, "app")
    assert [name.split(" ")[0] for name in gone.retained] == ["Kept"]
    assert find_stack(deployer.door, "app") is None
    assert done.stack.outputs["Name"] not in {each["Name"] for each in s3.list_buckets()["Buckets"]}
    assert not destroy(deployer, "app").existed


def test_the_control_door_translates_refusals(cloud: Cloud) -> None:
    with pytest.raises(UserError):
        HttpControl(cloud.endpoint).request("GET", "/no-such-route")
    with urllib.request.urlopen(f"{cloud.endpoint}/_groundcloud/v1/health", timeout=60) as answer:
        assert json.load(answer) == HttpControl(cloud.endpoint).request("GET", "/health")


def write_wheel(path: Path, name: str, code: str) -> None:
    """The smallest wheel that pip takes: https://packaging.python.org/en/latest/specifications/binary-distribution-format/"""
    import zipfile

    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", code)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
