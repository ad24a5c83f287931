"""Which calls hand a role to which service. Pages are below https://docs.aws.amazon.com/; the general one is
IAM/latest/UserGuide/id_roles_use_passrole.html."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from groundcloud.http import Headers
from groundcloud.iam.mapping import checks_of
from groundcloud.iam.params import Call, needs_body, read_params
from groundcloud.iam.passing import role_members
from groundcloud.ports import Scope

SCOPE = Scope("111122223333", "us-east-1")
ROLE = "arn:aws:iam::111122223333:role/path/r"


def passed(service: str, operation: str, body: Any, protocol: str = "json", path: str = "/", method: str = "POST"):
    content = urlencode(body) if protocol in ("query", "ec2") else json.dumps(body)
    call = Call(service, operation, protocol, method, path, "", Headers(), content.encode())
    found = checks_of(call, read_params(call), SCOPE)
    return [(one.resource, one.context["iam:PassedToService"][0]) for one in found if one.action == "iam:PassRole"]


@pytest.mark.parametrize(
    ("service", "operation", "body", "to"),
    [
        ("events", "PutRule", {"Name": "r", "RoleArn": ROLE}, "events"),
        ("events", "PutTargets", {"Rule": "r", "Targets": [{"Id": "1", "Arn": "a", "RoleArn": ROLE}]}, "events"),
        ("stepfunctions", "CreateStateMachine", {"name": "s", "definition": "{}", "roleArn": ROLE}, "states"),
        ("stepfunctions", "UpdateStateMachine", {"stateMachineArn": "s", "roleArn": ROLE}, "states"),
        ("logs", "PutSubscriptionFilter", {"logGroupName": "g", "roleArn": ROLE}, "logs"),
        ("ecs", "RegisterTaskDefinition", {"family": "f", "taskRoleArn": ROLE}, "ecs-tasks"),
        ("ecs", "RunTask", {"taskDefinition": "t", "overrides": {"executionRoleArn": ROLE}}, "ecs-tasks"),
        ("firehose", "CreateDeliveryStream", {"S3DestinationConfiguration": {"RoleARN": ROLE}}, "firehose"),
        ("codebuild", "CreateProject", {"name": "p", "serviceRole": ROLE}, "codebuild"),
        ("glue", "CreateJob", {"Name": "j", "Role": ROLE}, "glue"),
        ("cognito-idp", "CreateGroup", {"GroupName": "g", "UserPoolId": "p", "RoleArn": ROLE}, "cognito-idp"),
        ("cognito-identity", "SetIdentityPoolRoles", {"Roles": {"authenticated": ROLE}}, "cognito-identity"),
        ("kinesisanalyticsv2", "CreateApplication", {"ServiceExecutionRole": ROLE}, "kinesisanalytics"),
        ("sagemaker", "CreateModel", {"ModelName": "m", "ExecutionRoleArn": ROLE}, "sagemaker"),
    ],
)
def test_a_json_call_passes_the_role(service: str, operation: str, body: dict[str, Any], to: str) -> None:
    """service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html: dependent action
    iam:PassRole"""
    assert passed(service, operation, body) == [(ROLE, f"{to}.amazonaws.com")]


@pytest.mark.parametrize(
    ("service", "operation", "path", "method", "body", "to"),
    [
        ("lambda", "CreateFunction", "/2015-03-31/functions", "POST", {"Role": ROLE}, "lambda"),
        ("lambda", "UpdateFunctionConfiguration", "/2015-03-31/functions/f/configuration", "PUT",
         {"Role": ROLE}, "lambda"),
        ("scheduler", "CreateSchedule", "/schedules/s", "POST", {"Target": {"Arn": "a", "RoleArn": ROLE}}, "scheduler"),
        ("pipes", "CreatePipe", "/v1/pipes/p", "POST", {"RoleArn": ROLE}, "pipes"),
        ("batch", "RegisterJobDefinition", "/v1/registerjobdefinition", "POST",
         {"containerProperties": {"jobRoleArn": ROLE}}, "batch"),
        ("apigatewayv2", "CreateIntegration", "/v2/apis/a/integrations", "POST",
         {"credentialsArn": ROLE}, "apigateway"),
        ("apigateway", "PutIntegration", "/restapis/a/resources/b/methods/GET/integration", "PUT",
         {"credentials": ROLE}, "apigateway"),
        ("iot", "CreateTopicRule", "/rules/r", "POST", {"actions": [{"sqs": {"roleArn": ROLE}}]}, "iot"),
    ],
)  # fmt: skip
def test_a_rest_call_passes_the_role(
    service: str, operation: str, path: str, method: str, body: dict[str, Any], to: str
) -> None:
    """The same pages"""
    assert needs_body(service, operation, "rest-json")
    assert passed(service, operation, body, "rest-json", path, method) == [(ROLE, f"{to}.amazonaws.com")]


@pytest.mark.parametrize("operation", ["CreateStack", "UpdateStack", "DeleteStack", "CreateChangeSet"])
def test_a_stack_passes_its_role(operation: str) -> None:
    """AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html"""
    body = {"Action": operation, "StackName": "s", "RoleARN": ROLE}
    assert passed("cloudformation", operation, body, "query") == [(ROLE, "cloudformation.amazonaws.com")]


def test_an_instance_passes_the_role_of_its_profile() -> None:
    """IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html"""
    body = {"Action": "RunInstances", "IamInstanceProfile.Name": "web"}
    profile = "arn:aws:iam::111122223333:instance-profile/web"
    assert passed("ec2", "RunInstances", body, "ec2") == [(profile, "ec2.amazonaws.com")]
    added = {"Action": "AddRoleToInstanceProfile", "InstanceProfileName": "web", "RoleName": "r"}
    role = "arn:aws:iam::111122223333:role/r"
    assert passed("iam", "AddRoleToInstanceProfile", added, "query") == [(role, "ec2.amazonaws.com")]


def test_a_role_may_be_named() -> None:
    """glue/latest/webapi/API_CreateJob.html: "The name or Amazon Resource Name (ARN) of the IAM role" """
    role = "arn:aws:iam::111122223333:role/r"
    assert passed("glue", "CreateJob", {"Name": "j", "Role": "r"}) == [(role, "glue.amazonaws.com")]


@pytest.mark.parametrize(
    ("service", "operation", "body"),
    [
        ("dynamodb", "PutItem", {"TableName": "t", "Item": {"RoleArn": {"S": ROLE}}}),
        ("ecs", "DescribeTasks", {"tasks": [ROLE]}),
        ("events", "PutEvents", {"Entries": [{"Detail": json.dumps({"RoleArn": ROLE})}]}),
        ("ssm", "PutParameter", {"Name": "RoleArn", "Value": ROLE}),
        ("cognito-identity", "GetCredentialsForIdentity", {"IdentityId": "i", "CustomRoleArn": ROLE}),
        ("sts", "AssumeRole", {"RoleArn": ROLE}),
    ],
)
def test_what_only_mentions_a_role_passes_none(service: str, operation: str, body: dict[str, Any]) -> None:
    assert passed(service, operation, body) == []


def test_whoever_takes_a_role_is_known() -> None:
    """The models of the services this cloud is used with most: each writing operation with a role is asked for."""
    wanted = {
        "lambda": ("CreateFunction", "UpdateFunctionConfiguration"),
        "events": ("CreateEndpoint", "PutRule", "PutTargets"),
        "scheduler": ("CreateSchedule", "UpdateSchedule"),
        "pipes": ("CreatePipe", "UpdatePipe"),
        "appsync": ("CreateDataSource", "CreateGraphqlApi"),
        "rds": ("CreateDBInstance", "CreateDBProxy"),
        "codepipeline": ("CreatePipeline",),
        "cloudtrail": ("CreateTrail",),
        "autoscaling": ("PutLifecycleHook",),
        "eks": ("CreateCluster", "CreateNodegroup"),
    }
    assert [(s, o) for s, operations in wanted.items() for o in operations if not role_members(s, o)] == []
