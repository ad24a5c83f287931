"""What the template promises beyond what cfn-lint can see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

CLOUDTASK = Path(__file__).parents[4] / "services" / "cloudtask"
ACTIONS = {
    "CreateTask": "dynamodb:PutItem",
    "GetTasks": "dynamodb:Query",
    "UpdateTask": "dynamodb:UpdateItem",
    "DeleteTask": "dynamodb:DeleteItem",
}
OUTPUTS = {
    "ApiUrl", "ApiId", "UserPoolId", "UserPoolClientId", "SiteBucket",
    "WebsiteUrl", "DistributionId", "DistributionDomain", "TableName", "Region",
}  # fmt: skip


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml_parse((CLOUDTASK / "template.yaml").read_text())
    return parsed


@pytest.mark.parametrize(("function", "action"), ACTIONS.items())
def test_each_function_may_do_one_thing_to_the_table_and_write_its_own_log(template, function, action):
    resources = template["Resources"]
    assert resources[function]["Properties"]["Role"] == {"Fn::GetAtt": [f"{function}Role", "Arn"]}
    role = resources[f"{function}Role"]["Properties"]
    assert set(role) == {"AssumeRolePolicyDocument", "Policies"}
    assert [statement for policy in role["Policies"] for statement in policy["PolicyDocument"]["Statement"]] == [
        {"Effect": "Allow", "Action": action, "Resource": {"Fn::GetAtt": ["TaskTable", "Arn"]}},
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": {"Fn::GetAtt": [f"{function}Logs", "Arn"]},
        },
    ]


@pytest.mark.parametrize("function", ACTIONS)
def test_each_handler_exists_in_the_code_folder(template, function):
    code = template["Globals"]["Function"]["CodeUri"]
    module, name = template["Resources"][function]["Properties"]["Handler"].split(".")
    assert f"def {name}(event, context)" in (CLOUDTASK / code / f"{module}.py").read_text()


def test_the_site_block_names_outputs_that_exist(template):
    site = template["Metadata"]["Groundcloud"]["Site"]
    assert set(template["Outputs"]) == OUTPUTS
    assert {site["BucketOutput"], *site["Config"].values()} <= OUTPUTS
    assert (CLOUDTASK / site["Folder"] / "index.html").is_file()
    assert (CLOUDTASK / site["Folder"] / "error.html").is_file()


def test_no_physical_name_is_fixed(template):
    names = {
        "TableName",
        "BucketName",
        "FunctionName",
        "RoleName",
        "LogGroupName",
        "UserPoolName",
        "ClientName",
        "Name",
    }
    for logical, resource in template["Resources"].items():
        assert not names & set(resource.get("Properties", {})), logical
