"""Templates deployed by LocalStack's own CloudFormation, with a cloud of profile ``localstack`` in front of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from groundcloud.deploy.deployer import DeployRequest, deployer_for
from groundcloud.settings import Settings
from tests.fakes.deploy_reporter import MemoryReporter
from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.engines import localstack_cloud
from tests.support.localstack import deploy, try_to_deploy
from tests.support.processes import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with localstack_cloud(tmp_path_factory.mktemp("front")) as cloud:
        yield cloud


@pytest.fixture
def there(front: Cloud) -> Iterator[Aws]:
    with contextlib.closing(Aws(front.endpoint, new_account())) as aws:
        yield aws


def bucket(name: str, **properties: Any) -> dict[str, Any]:
    return {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name, **properties}}}


def test_a_bucket_has_what_its_template_says_and_loses_what_it_says_no_more(there: Aws) -> None:
    """TemplateReference/aws-resource-s3-bucket.html"""
    name, s3 = f"b-{there.access_key}", there.client("s3")
    rules = {"Rules": [{"Id": "old", "Status": "Enabled", "ExpirationInDays": 3}]}
    blocked = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
    algorithm = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    deploy(
        there,
        "storage",
        bucket(
            name,
            LifecycleConfiguration=rules,
            PublicAccessBlockConfiguration=blocked,
            BucketEncryption={"ServerSideEncryptionConfiguration": [algorithm]},
        ),
    )
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert (rule["ID"], rule["Expiration"]["Days"]) == ("old", 3)
    assert s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"] == blocked
    (encrypted,) = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert encrypted["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    deploy(there, "storage", bucket(name, VersioningConfiguration={"Status": "Enabled"}))
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket=name)


def test_a_property_that_nobody_puts_fails_by_name(there: Aws) -> None:
    metrics = [{"Id": "all"}]
    stack = try_to_deploy(there, "metered", bucket(f"l-{there.access_key}", MetricsConfigurations=metrics))
    assert stack["StackStatus"] in ("CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED")
    events = there.client("cloudformation").describe_stack_events(StackName="metered")["StackEvents"]
    told = [event.get("ResourceStatusReason") or "" for event in events]
    assert any("Not supported on LocalStack: MetricsConfigurations of AWS::S3::Bucket" in reason for reason in told)


def test_a_role_changes_in_its_place(there: Aws) -> None:
    """TemplateReference/aws-resource-iam-role.html"""

    def role(action: str) -> dict[str, Any]:
        document = {"Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}
        inline = {"PolicyName": "own", "PolicyDocument": document}
        properties = {"AssumeRolePolicyDocument": TRUST, "Policies": [inline], "Description": action}
        return {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}

    outputs = {"Name": {"Value": {"Ref": "Role"}}}
    made = deploy(there, "rights", role("s3:GetObject"), outputs)
    assert deploy(there, "rights", role("s3:PutObject"), outputs) == made
    iam = there.client("iam")
    document = iam.get_role_policy(RoleName=made["Name"], PolicyName="own")["PolicyDocument"]
    assert document["Statement"][0]["Action"] == "s3:PutObject"
    assert iam.get_role(RoleName=made["Name"])["Role"]["Description"] == "s3:PutObject"


@pytest.mark.parametrize("system", ["cloudtask", "todo", "intake", "greeting"])
def test_our_templates_deploy_unchanged(there: Aws, front: Cloud, system: str, tmp_path: Path) -> None:
    port = int(front.endpoint.rpartition(":")[2])
    settings = Settings(port=port, access_key_id=there.access_key, account=there.access_key, home=tmp_path)
    reporter = MemoryReporter()
    deployment = deployer_for(settings, reporter).deploy(
        DeployRequest(ROOT / "services" / system / "template.yaml", system)
    )
    assert deployment.changed
    assert deployment.stack.status == "CREATE_COMPLETE"
