"""What Lambda refuses of a template's functions and mappings for what the account has: as its API does.

CloudFormation asks Lambda's API, and fails a resource with its sentence:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Lambda.html. The sentences are those of
test_lambda_refusals*.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.functions import Functions

Resources = dict[str, Any]


class Account:
    """One with a role for functions and one for machines."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.stacks = aws.client("cloudformation")
        self.role = Functions(aws).role("functions")
        trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted("ec2")]})
        made = aws.client("iam").create_role(RoleName="machines", AssumeRolePolicyDocument=trust)
        self.machines = str(made["Role"]["Arn"])

    def template(self, resources: Resources) -> str:
        text = json.dumps({"Resources": resources})
        for name, value in (("ROLE", self.role), ("MACHINES", self.machines), ("ACCOUNT", self.aws.account)):
            text = text.replace(f"<{name}>", value)
        return text


@pytest.fixture(scope="module")
def account(cloud: Cloud) -> Iterator[Account]:
    aws = Aws(cloud.endpoint, new_account())
    yield Account(aws)
    aws.close()


def trusted(service: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}


def function(**properties: Any) -> Resources:
    code = {"ZipFile": "def handler(event, context): return 1"}
    given = {"Runtime": "python3.11", "Handler": "index.handler", "Role": "<ROLE>", "Code": code, **properties}
    return {"Type": "AWS::Lambda::Function", "Properties": given}


def role(service: str) -> Resources:
    document = {"Version": "2012-10-17", "Statement": [trusted(service)]}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": document}}


def of_function(kind: str, **properties: Any) -> Resources:
    return {"Type": f"AWS::Lambda::{kind}", "Properties": {"FunctionName": {"Ref": "F"}, **properties}}


NOWHERE = "arn:aws:sqs:us-east-1:<ACCOUNT>:nowhere"
OWN_ROLE = {"Fn::GetAtt": ["Own", "Arn"]}
NOT_ASSUMED = "The role defined for the function cannot be assumed by Lambda."
DESTINATION = {"OnFailure": {"Destination": NOWHERE}}
NO_QUEUE = "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue."
CASES: dict[str, tuple[Resources, str, str]] = {
    "no-role": ({"F": function(Role="<ROLE>x")}, "F", NOT_ASSUMED),
    "role-of-machines": ({"F": function(Role="<MACHINES>")}, "F", NOT_ASSUMED),
    "own-role-of-machines": ({"F": function(Role=OWN_ROLE), "Own": role("ec2")}, "F", NOT_ASSUMED),
    "reserve": (
        {"F": function(ReservedConcurrentExecutions=500), "G": function(ReservedConcurrentExecutions="401")},
        "F",
        "Specified ReservedConcurrentExecutions for function decreases account's",
    ),
    "dead-letters": (
        {"F": function(DeadLetterConfig={"TargetArn": NOWHERE})},
        "F",
        "Invalid dead letter queue ARN: arn:aws:sqs:",
    ),
    "destination": (
        {"F": function(), "A": of_function("EventInvokeConfig", Qualifier="$LATEST", DestinationConfig=DESTINATION)},
        "A",
        "The destination ARN arn:aws:sqs:",
    ),
    "source": ({"F": function(), "A": of_function("EventSourceMapping", EventSourceArn=NOWHERE)}, "A", NO_QUEUE),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_the_account_has_not(account: Account, case: Any) -> None:
    resources, logical_id, message = case
    with pytest.raises(ClientError) as caught:
        account.stacks.create_stack(
            StackName="refused", TemplateBody=account.template(resources), Capabilities=["CAPABILITY_IAM"]
        )
    assert f"Resource {logical_id} cannot be deployed: {message}" in caught.value.response["Error"]["Message"]


def test_a_change_set_may_be_made_before_and_what_the_template_makes_is_there(account: Account) -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "nowhere"}}
    letters = {"TargetArn": NOWHERE}
    resources = {"F": function(Role=OWN_ROLE, DeadLetterConfig=letters), "Own": role("lambda"), "Q": queue}
    ways = {"StackName": "made", "ChangeSetName": "first", "Capabilities": ["CAPABILITY_IAM"]}
    wait = {"Delay": 0.1, "MaxAttempts": 600}
    account.stacks.create_change_set(**ways, ChangeSetType="CREATE", TemplateBody=account.template(resources))
    account.stacks.get_waiter("change_set_create_complete").wait(
        StackName="made", ChangeSetName="first", WaiterConfig=wait
    )
    account.stacks.execute_change_set(StackName="made", ChangeSetName="first")
    account.stacks.get_waiter("stack_create_complete").wait(StackName="made", WaiterConfig=wait)
    account.stacks.create_change_set(
        **ways | {"StackName": "later"},
        ChangeSetType="CREATE",
        TemplateBody=account.template({"F": function(Role="<ROLE>x")}),
    )
    account.stacks.get_waiter("change_set_create_complete").wait(
        StackName="later", ChangeSetName="first", WaiterConfig=wait
    )
    with pytest.raises(ClientError) as caught:
        account.stacks.execute_change_set(StackName="later", ChangeSetName="first")
    assert NOT_ASSUMED in caught.value.response["Error"]["Message"]
