"""What CloudFormation keeps from loss and change: exports in use, how a resource ends, stack policies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws

QUEUE = {"Type": "AWS::SQS::Queue"}
EXPORTED = {"O": {"Value": {"Ref": "Q"}, "Export": {"Name": {"Fn::Sub": "${AWS::AccountId}-q"}}}}


def template(resources: dict[str, Any], **sections: Any) -> str:
    return json.dumps({"Resources": resources, **sections})


def made(aws: Aws, name: str, body: str) -> None:
    cfn = aws.client("cloudformation")
    cfn.create_stack(StackName=name, TemplateBody=body)
    cfn.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})


def test_an_export_in_use_stays(aws: Aws, account: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html: the stack is neither
    deleted nor updated to something without it; said by the call. A name is one stack's in a region. The sentence:
    https://github.com/serverless/serverless/issues/3589."""
    cfn, name = aws.client("cloudformation"), f"{account}-q"
    exporting = template({"Q": QUEUE}, Outputs=EXPORTED)
    made(aws, "exporting", exporting)
    user = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::ImportValue": name}}}
    made(aws, "importing", template({"P": user}))
    in_use = f"Export {name} cannot be deleted as it is in use by importing"
    with pytest.raises(ClientError, match=in_use):
        cfn.delete_stack(StackName="exporting")
    with pytest.raises(ClientError, match=in_use):
        cfn.update_stack(StackName="exporting", TemplateBody=template({"Q": QUEUE}))
    with pytest.raises(ClientError, match=f"Export with name {name} is already exported by stack exporting"):
        cfn.create_stack(StackName="second", TemplateBody=exporting)
    more = template({"Q": QUEUE, "R": QUEUE}, Outputs=EXPORTED)
    cfn.update_stack(StackName="exporting", TemplateBody=more)
    cfn.get_waiter("stack_update_complete").wait(StackName="exporting", WaiterConfig={"Delay": 1})
    cfn.delete_stack(StackName="importing")
    cfn.get_waiter("stack_delete_complete").wait(StackName="importing", WaiterConfig={"Delay": 1})
    cfn.delete_stack(StackName="exporting")
    cfn.get_waiter("stack_delete_complete").wait(StackName="exporting", WaiterConfig={"Delay": 1})


REFUSED = {
    "another word": ({"DeletionPolicy": "Perhaps"}, "Unrecognized DeletionPolicy Perhaps for resource Q"),
    "not for updates": (
        {"UpdateReplacePolicy": "RetainExceptOnCreate"},
        "Unrecognized UpdateReplacePolicy RetainExceptOnCreate for resource Q",
    ),
    "no snapshots": ({"DeletionPolicy": "Snapshot"}, "DeletionPolicy Snapshot is not supported for resource Q"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_how_a_resource_ends(aws: Aws, case: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html and
    aws-attribute-updatereplacepolicy.html"""
    attributes, message = REFUSED[case]
    body = template({"Q": {**QUEUE, **attributes}})
    with pytest.raises(ClientError, match=f"Template format error: {message}"):
        aws.client("cloudformation").create_stack(StackName="ends", TemplateBody=body)


def test_a_stack_policy_that_protects_is_refused(aws: Aws) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html: not supported, so it
    is not taken; one that protects nothing is."""
    cfn = aws.client("cloudformation")
    every = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}
    some = {"Effect": "Deny", "Action": "Update:*", "Principal": "*", "Resource": "LogicalResourceId/Q"}
    protecting = json.dumps({"Statement": [some, every]})
    with pytest.raises(ClientError, match="Groundcloud does not enforce stack policies"):
        cfn.create_stack(StackName="policy", TemplateBody=template({"Q": QUEUE}), StackPolicyBody=protecting)
    made(aws, "policy", template({"Q": QUEUE}))
    with pytest.raises(ClientError, match="Groundcloud does not enforce stack policies"):
        cfn.set_stack_policy(StackName="policy", StackPolicyBody=protecting)
    cfn.set_stack_policy(StackName="policy", StackPolicyBody=json.dumps({"Statement": [every]}))
