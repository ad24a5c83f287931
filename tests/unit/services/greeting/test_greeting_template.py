"""What the template of greeting promises beyond what cfn-lint can see."""

from __future__ import annotations

from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from tests.support.handlers import SERVICES

GREETING = SERVICES / "greeting"
LOG = ["logs:CreateLogStream", "logs:PutLogEvents"]
ACTIONS: dict[str, list[Any]] = {
    "StoreUser": ["dynamodb:PutItem", "lambda:InvokeFunction", LOG],
    "WriteProfile": ["s3:PutObject", LOG],
    "RememberName": [
        ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
        "dynamodb:ListStreams",
        "ssm:PutParameter",
        LOG,
    ],
    "Greet": ["ssm:GetParameter", LOG],
}


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    found: dict[str, Any] = yaml_parse((GREETING / "template.yaml").read_text())
    return found


def statements(template: dict[str, Any], role: str) -> list[dict[str, Any]]:
    policies = template["Resources"][role]["Properties"]["Policies"]
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


@pytest.mark.parametrize("function", ACTIONS)
def test_each_function_may_do_what_it_does_and_no_more(template, function):
    properties = template["Resources"][function]["Properties"]
    assert properties["Role"] == {"Fn::GetAtt": [f"{function}Role", "Arn"]}
    assert [one["Action"] for one in statements(template, f"{function}Role")] == ACTIONS[function]
    module, name = properties["Handler"].split(".")
    assert f"def {name}(event, context)" in (GREETING / "functions" / f"{module}.py").read_text()


def test_the_browser_may_use_one_folder(template):
    listing, objects = statements(template, "SignedInRole")
    own = "private/${cognito-identity.amazonaws.com:sub}/*"
    assert listing["Condition"] == {"StringLike": {"s3:prefix": own}}
    assert objects["Action"] == ["s3:GetObject", "s3:PutObject"]
    assert objects["Resource"] == {"Fn::Sub": "${FilesBucket.Arn}/" + own.replace("${", "${!")}
    pool = template["Resources"]["IdentityPool"]["Properties"]
    assert pool["AllowUnauthenticatedIdentities"] is False


def test_the_site_block_names_outputs_that_exist(template):
    site = template["Metadata"]["Groundcloud"]["Site"]
    assert {site["BucketOutput"], *site["Config"].values()} <= set(template["Outputs"])
    assert (GREETING / site["Folder"] / "index.html").is_file()
