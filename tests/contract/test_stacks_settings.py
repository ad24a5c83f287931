"""What a template says of functions, roles and buckets has its effect, or is refused by its name.

Pages are below https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fakes.lambda_world import wait_until
from tests.support.aws import Aws
from tests.support.users import acting_as, allow

QUICK = {"Delay": 0.05, "MaxAttempts": 400}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "lambda.amazonaws.com", "AWS": {"Ref": "AWS::AccountId"}},
        }
    ],
}
ANYTHING = {"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [allow("*", "*")]}}

Deploy = Callable[[dict[str, Any]], None]


@pytest.fixture
def deploy(aws: Aws) -> Deploy:
    """Creates or updates the stack ``s`` with these resources, and waits."""
    cfn = aws.client("cloudformation")
    waiters = iter(["stack_create_complete", *["stack_update_complete"] * 9])

    def run(resources: dict[str, Any]) -> None:
        waiter = next(waiters)
        call = cfn.create_stack if "create" in waiter else cfn.update_stack
        body = json.dumps({"Resources": resources})
        call(StackName="s", TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"])
        cfn.get_waiter(waiter).wait(StackName="s", WaiterConfig=QUICK)

    return run


def role(**properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"RoleName": "r", "AssumeRolePolicyDocument": TRUST, "Policies": [ANYTHING], **properties},
    }


def function(code: str, **properties: Any) -> dict[str, Any]:
    given = {"FunctionName": "f", "Runtime": "python3.11", "Handler": "index.handler", "Code": {"ZipFile": code}}
    role_arn = {"Fn::GetAtt": ["Role", "Arn"]}
    return {"Type": "AWS::Lambda::Function", "Properties": {**given, "Role": role_arn, **properties}}


def test_a_roles_boundary_binds_it_and_goes_when_it_is_dropped(aws: Aws, deploy: Deploy) -> None:
    """aws-resource-iam-role.html (PermissionsBoundary); IAM/latest/UserGuide/access_policies_boundaries.html"""
    statement = {"Version": "2012-10-17", "Statement": [allow("sqs:*", "*")]}
    boundary = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": statement}}
    deploy({"Boundary": boundary, "Role": role(PermissionsBoundary={"Ref": "Boundary"})})
    bound = aws.client("iam").get_role(RoleName="r")["Role"]
    assert bound["PermissionsBoundary"]["PermissionsBoundaryArn"].split(":policy/")[1].startswith("s-Boundary")
    assumed = aws.client("sts").assume_role(RoleArn=bound["Arn"], RoleSessionName="test")["Credentials"]
    session = acting_as(aws, assumed)
    session.client("sqs").list_queues()
    with pytest.raises(ClientError, match="because no permissions boundary allows the ssm:DescribeParameters action"):
        session.client("ssm").describe_parameters()
    deploy({"Boundary": boundary, "Role": role()})
    session.client("ssm").describe_parameters()
    session.close()
    assert "PermissionsBoundary" not in aws.client("iam").get_role(RoleName="r")["Role"]


def test_a_functions_dead_letters_and_reserve(aws: Aws, deploy: Deploy) -> None:
    """aws-resource-lambda-function.html (DeadLetterConfig, ReservedConcurrentExecutions, RecursiveLoop, VpcConfig)"""
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "dead"}}
    retries = {
        "Type": "AWS::Lambda::EventInvokeConfig",
        "Properties": {"FunctionName": {"Ref": "F"}, "Qualifier": "$LATEST", "MaximumRetryAttempts": 0},
    }
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(VpcId=vpc, GroupName="g", Description="g")["GroupId"]
    settings = {
        "DeadLetterConfig": {"TargetArn": {"Fn::GetAtt": ["Queue", "Arn"]}},
        "ReservedConcurrentExecutions": 3,
        "RecursiveLoop": "Allow",
        "VpcConfig": {"SubnetIds": [subnet], "SecurityGroupIds": [group]},
    }
    failing = "def handler(event, context): raise ValueError(event)"
    deploy({"Role": role(), "Queue": queue, "F": function(failing, **settings), "Retries": retries})
    lambdas, sqs = aws.client("lambda"), aws.client("sqs")
    assert lambdas.get_function_concurrency(FunctionName="f")["ReservedConcurrentExecutions"] == 3
    assert lambdas.get_function_recursion_config(FunctionName="f")["RecursiveLoop"] == "Allow"
    assert lambdas.get_function_configuration(FunctionName="f")["VpcConfig"]["SubnetIds"] == [subnet]
    lambdas.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"n": 1}')
    found: list[str] = []

    def dead() -> bool:
        asked = {"QueueUrl": sqs.get_queue_url(QueueName="dead")["QueueUrl"], "WaitTimeSeconds": 1}
        found.extend(one["Body"] for one in sqs.receive_message(**asked).get("Messages", []))
        return bool(found)

    wait_until(dead, "the dead letter", 30)
    assert json.loads(found[0]) == {"n": 1}
    deploy({"Role": role(), "Queue": queue, "F": function(failing), "Retries": retries})
    assert "ReservedConcurrentExecutions" not in lambdas.get_function_concurrency(FunctionName="f")
    assert lambdas.get_function_recursion_config(FunctionName="f")["RecursiveLoop"] == "Terminate"
    configuration = lambdas.get_function_configuration(FunctionName="f")
    assert not configuration.get("DeadLetterConfig", {}).get("TargetArn")
    assert not configuration.get("VpcConfig", {}).get("SubnetIds")


def test_a_buckets_object_lock_protects(aws: Aws, account: str, deploy: Deploy) -> None:
    """aws-resource-s3-bucket.html (ObjectLockEnabled, ObjectLockConfiguration, LoggingConfiguration,
    AccelerateConfiguration): a locked bucket keeps versions."""
    bucket = f"locked-{account}"
    settings = {
        "BucketName": bucket,
        "ObjectLockEnabled": True,
        "ObjectLockConfiguration": {
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": "1"}},
        },
        "LoggingConfiguration": {"DestinationBucketName": bucket, "LogFilePrefix": "log/"},
        "AccelerateConfiguration": {"AccelerationStatus": "Enabled"},
    }
    deploy({"Bucket": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": settings}})
    s3 = aws.client("s3")
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"")["VersionId"]
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=bucket, Key="k", VersionId=version)
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"]["TargetPrefix"] == "log/"
    assert s3.get_bucket_accelerate_configuration(Bucket=bucket)["Status"] == "Enabled"
    kept = {key: settings[key] for key in ("BucketName", "ObjectLockEnabled", "ObjectLockConfiguration")}
    deploy({"Bucket": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": kept}})
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    assert s3.get_bucket_accelerate_configuration(Bucket=bucket)["Status"] == "Suspended"


OR = json.dumps({"body": {"$or": [{"a": ["x"]}, {"b": ["y"]}]}})


@pytest.mark.parametrize(
    ("kind", "properties", "named"),
    [
        ("AWS::Lambda::Function", {"FileSystemConfigs": [{"LocalMountPath": "/mnt/a"}]}, "FileSystemConfigs"),
        ("AWS::Lambda::Function", {"CodeSigningConfigArn": {"Ref": "AWS::StackId"}}, ""),
        ("AWS::Lambda::Function", {"PackageType": "Image"}, "container images"),
        ("AWS::Lambda::Function", {"DurableConfig": {"ExecutionTimeout": 60}}, "durable functions"),
        ("AWS::Lambda::EventSourceMapping", {"Topics": ["t"]}, "Topics"),
        ("AWS::Lambda::EventSourceMapping", {"TumblingWindowInSeconds": 30}, "tumbling windows"),
        ("AWS::Lambda::EventSourceMapping", {"FilterCriteria": {"Filters": [{"Pattern": OR}]}}, "operator \\$or"),
        ("AWS::S3::Bucket", {"ReplicationConfiguration": {"Rules": []}}, "replication of buckets"),
        ("AWS::S3::Bucket", {"InventoryConfigurations": [{"Id": "i"}]}, "S3 Inventory"),
        ("AWS::S3::Bucket", {"AccessControl": "PublicRead"}, "AccessControl PublicRead"),
    ],
    ids=["files", "signing", "image", "durable", "topics", "window", "filter", "replication", "inventory", "acl"],
)
def test_what_is_not_there_is_refused_by_its_name(aws: Aws, kind: str, properties: dict[str, Any], named: str) -> None:
    """aws-resource-lambda-function.html, aws-resource-lambda-eventsourcemapping.html, aws-resource-s3-bucket.html"""
    body = json.dumps({"Resources": {"Thing": {"Type": kind, "Properties": properties}}})
    with pytest.raises(ClientError, match=f"Resource Thing cannot be deployed: Groundcloud does not support.*{named}"):
        aws.client("cloudformation").create_stack(StackName="s", TemplateBody=body)


def test_lambdas_api_refuses_the_same(aws: Aws, account: str) -> None:
    """lambda/latest/api/API_CreateFunction.html, API_CreateEventSourceMapping.html: members as in templates."""
    lambdas = aws.client("lambda")
    given = {"FunctionName": "f", "Role": f"arn:aws:iam::{account}:role/r", "Code": {"ImageUri": "x"}}
    with pytest.raises(ClientError, match="does not support functions of container images"):
        lambdas.create_function(**given, PackageType="Image")
    stream = f"arn:aws:kinesis:us-east-1:{account}:stream/s"
    with pytest.raises(ClientError, match="does not support tumbling windows"):
        lambdas.create_event_source_mapping(FunctionName="f", EventSourceArn=stream, TumblingWindowInSeconds=30)
    for pattern, said in (
        (OR, r"does not support the operator \$or in filters"),
        (
            '{"body": {"a": [{"equals-ignore-case": "x"}]}}',
            "does not support the operator equals-ignore-case in filters",
        ),
        ('{"a": [{"anything-but": {"prefix": "x"}}]}', "does not support the operator anything-but with prefix in"),
        ('{"eventName": "INSERT"}', "Invalid filter pattern definition."),
        ("INSERT", "Invalid filter pattern definition."),
    ):
        with pytest.raises(ClientError, match=said):
            lambdas.create_event_source_mapping(
                FunctionName="f", EventSourceArn=stream, FilterCriteria={"Filters": [{"Pattern": pattern}]}
            )
