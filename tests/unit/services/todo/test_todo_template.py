"""What the template of the to-do list promises beyond what cfn-lint can see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

TODO = Path(__file__).parents[4] / "services" / "todo"
ACTIONS = {
    "CreateTodo": "dynamodb:PutItem",
    "ListTodos": "dynamodb:Query",
    "GetTodo": "dynamodb:GetItem",
    "UpdateTodo": "dynamodb:UpdateItem",
    "DeleteTodo": "dynamodb:DeleteItem",
}


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml_parse((TODO / "template.yaml").read_text())
    return parsed


@pytest.mark.parametrize(("function", "action"), ACTIONS.items())
def test_each_function_may_do_one_thing_to_the_table_and_write_its_own_log(template, function, action):
    resources = template["Resources"]
    assert resources[function]["Properties"]["Role"] == {"Fn::GetAtt": [f"{function}Role", "Arn"]}
    role = resources[f"{function}Role"]["Properties"]
    assert set(role) == {"AssumeRolePolicyDocument", "Policies"}
    assert [statement for policy in role["Policies"] for statement in policy["PolicyDocument"]["Statement"]] == [
        {"Effect": "Allow", "Action": action, "Resource": {"Fn::GetAtt": ["TodoTable", "Arn"]}},
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": {"Fn::GetAtt": [f"{function}Logs", "Arn"]},
        },
    ]


@pytest.mark.parametrize("function", ACTIONS)
def test_each_function_has_a_handler_a_signed_url_and_sample_events(template, function):
    properties = template["Resources"][function]["Properties"]
    assert properties["FunctionUrlConfig"] == {"AuthType": "AWS_IAM"}
    name = properties["Handler"].removesuffix(".handler")
    code = template["Globals"]["Function"]["CodeUri"]
    assert "export const handler" in (TODO / code / f"{name}.mjs").read_text()
    direct = json.loads((TODO / "tests" / "events" / f"{name}.json").read_text())
    by_url = json.loads((TODO / "tests" / "events" / f"url-{name}.json").read_text())
    assert json.loads(by_url["body"]) == direct


@pytest.mark.parametrize("function", ACTIONS)
def test_the_errors_of_every_function_reach_the_alarm(template, function):
    counted = template["Resources"][f"{function}Errors"]["Properties"]
    alarm = template["Resources"]["ErrorAlarm"]["Properties"]
    assert counted["LogGroupName"] == {"Ref": f"{function}Logs"}
    assert counted["FilterPattern"] == "ERROR -ValidationError -NotFoundError"
    (transformation,) = counted["MetricTransformations"]
    assert transformation["MetricNamespace"] == alarm["Namespace"]
    assert transformation["MetricName"] == alarm["MetricName"]
    assert (alarm["Period"], alarm["TreatMissingData"]) == (60, "notBreaching")


def test_the_outputs_name_everything_a_caller_needs(template):
    expected = {"TableName", "AlarmName", "Region"}
    expected |= {f"{function}{suffix}" for function in ACTIONS for suffix in ("Function", "Url")}
    assert set(template["Outputs"]) == expected


def test_no_physical_name_is_fixed(template):
    names = {"TableName", "FunctionName", "RoleName", "LogGroupName", "FilterName", "AlarmName"}
    for logical, resource in template["Resources"].items():
        fixed = names & {key for key, value in resource.get("Properties", {}).items() if isinstance(value, str)}
        assert not fixed, logical
