"""What the template of intake promises beyond what cfn-lint can see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from samtranslator.yaml_helper import yaml_parse

INTAKE = Path(__file__).parents[4] / "services" / "intake"


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    found: dict[str, Any] = yaml_parse((INTAKE / "template.yaml").read_text())["Resources"]
    return found


def test_each_function_may_do_what_it_does_and_no_more(resources):
    found = {
        name: [
            statement["Action"]
            for policy in resources[f"{name}Role"]["Properties"]["Policies"]
            for statement in policy["PolicyDocument"]["Statement"]
        ]
        for name in ("SubmitRecord", "GetRecords")
    }
    log = ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert found == {"SubmitRecord": ["dynamodb:PutItem", "s3:PutObject", log], "GetRecords": ["dynamodb:Query", log]}


def test_the_scope_is_on_post_alone(resources):
    post = resources["SubmitRecord"]["Properties"]["Events"]["Post"]["Properties"]
    get = resources["GetRecords"]["Properties"]["Events"]["Get"]["Properties"]
    assert post["Auth"]["AuthorizationScopes"] == ["intake/submit"]
    assert "Auth" not in get


def test_processed_records_expire(resources):
    (rule,) = resources["ProcessedBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["Prefix"], rule["ExpirationInDays"]) == (
        "Enabled",
        "processed/",
        {"Ref": "KeepProcessedDays"},
    )


def test_the_description_of_the_api_is_of_this_api(resources):
    described = yaml.safe_load((INTAKE / "openapi.yaml").read_text())
    routes = {
        (event["Properties"]["Path"], event["Properties"]["Method"].lower())
        for function in ("SubmitRecord", "GetRecords")
        for event in resources[function]["Properties"]["Events"].values()
    }
    assert {(path, method) for path, methods in described["paths"].items() for method in methods} == routes
