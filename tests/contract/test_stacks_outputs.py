"""Updates of a stack that touch no resource."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws

QUICK = {"Delay": 0.05, "MaxAttempts": 200}


@pytest.fixture
def name() -> str:
    return f"stack-{uuid.uuid4().hex[:8]}"


def template(**sections: Any) -> str:
    return json.dumps({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}, **sections})


def outputs(**values: Any) -> dict[str, Any]:
    return {"Outputs": {key: {"Value": value} for key, value in values.items()}}


def created(aws: Aws, name: str, body: str) -> Any:
    cfn = aws.client("cloudformation")
    cfn.create_stack(StackName=name, TemplateBody=body)
    cfn.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=QUICK)
    return cfn


def outputs_of(cfn: Any, name: str) -> dict[str, str]:
    described = cfn.describe_stacks(StackName=name)["Stacks"][0]
    return {item["OutputKey"]: item["OutputValue"] for item in described.get("Outputs", [])}


@pytest.mark.parametrize("before", [{}, outputs(A="1")])
def test_a_plan_of_outputs_alone_can_be_executed(aws: Aws, name: str, before: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html"""
    cfn = created(aws, name, template(**before))
    change = {"StackName": name, "ChangeSetName": "c"}
    cfn.create_change_set(**change, TemplateBody=template(**outputs(A="2", B={"Fn::GetAtt": ["Q", "QueueName"]})))
    described = cfn.describe_change_set(**change)
    assert (described["Status"], described["Changes"]) == ("CREATE_COMPLETE", [])
    cfn.execute_change_set(**change)
    cfn.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig=QUICK)
    found = outputs_of(cfn, name)
    assert set(found) == {"A", "B"} and found["A"] == "2"
    listed = cfn.list_stack_resources(StackName=name)["StackResourceSummaries"]
    events = cfn.describe_stack_events(StackName=name)["StackEvents"]
    assert [item["LogicalResourceId"] for item in listed] == ["Q"]
    assert {item["LogicalResourceId"] for item in events} == {"Q", name}


def test_an_update_of_outputs_alone_completes(aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html"""
    cfn = created(aws, name, template(**outputs(A="1")))
    cfn.update_stack(StackName=name, TemplateBody=template())
    cfn.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig=QUICK)
    assert outputs_of(cfn, name) == {}


def test_a_parameter_that_only_an_output_shows(aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html"""
    parameter = {"Parameters": {"P": {"Type": "String", "Default": "one"}}}
    cfn = created(aws, name, template(**parameter, **outputs(A={"Fn::Sub": "${P}-${Q}"})))
    change = {"StackName": name, "ChangeSetName": "c"}
    given = [{"ParameterKey": "P", "ParameterValue": "two"}]
    cfn.create_change_set(**change, UsePreviousTemplate=True, Parameters=given)
    cfn.execute_change_set(**change)
    cfn.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig=QUICK)
    assert outputs_of(cfn, name)["A"].startswith("two-")


@pytest.mark.parametrize("section", [{"Description": "another"}, {"Metadata": {"A": "b"}}])
def test_a_description_cannot_be_updated_by_itself(aws: Aws, name: str, section: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-description-structure.html and
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/metadata-section-structure.html"""
    cfn = created(aws, name, template(**outputs(A="1")))
    body = template(**outputs(A="1"), **section)
    with pytest.raises(ClientError, match="No updates are to be performed"):
        cfn.update_stack(StackName=name, TemplateBody=body)
    change = {"StackName": name, "ChangeSetName": "c"}
    cfn.create_change_set(**change, TemplateBody=body)
    described = cfn.describe_change_set(**change)
    assert (described["Status"], described["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert described["StatusReason"].startswith("The submitted information didn't contain changes.")


def test_tags_alone_are_an_update(aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStack.html (Tags)"""
    cfn = created(aws, name, template(**outputs(A="1")))
    change = {"StackName": name, "ChangeSetName": "c", "UsePreviousTemplate": True}
    cfn.create_change_set(**change, Tags=[{"Key": "team", "Value": "blue"}])
    shown = cfn.describe_change_set(StackName=name, ChangeSetName="c")["Changes"]
    assert [item["ResourceChange"]["LogicalResourceId"] for item in shown] == ["Q"]
