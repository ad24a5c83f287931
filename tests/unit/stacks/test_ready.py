"""What a template gets so that its stack waits for provisioned concurrency."""

from __future__ import annotations

from typing import Any

import pytest

from groundcloud.stacks.intrinsics import Evaluator
from groundcloud.stacks.limits import STACK_RESOURCES
from groundcloud.stacks.naming import handle_of, ready_of
from groundcloud.stacks.ready import awaited

ALIAS = "AWS::Lambda::Alias"


def alias(number: Any, version: str = "1", **more: Any) -> dict[str, Any]:
    config = {"ProvisionedConcurrentExecutions": number}
    return {"Type": ALIAS, "Properties": {"FunctionVersion": version, "ProvisionedConcurrencyConfig": config}, **more}


def added(resources: dict[str, Any], **parameters: str) -> dict[str, Any]:
    template = {"Resources": resources}
    made = awaited(template, Evaluator(template, parameters, {}))["Resources"]
    return {name: resource for name, resource in made.items() if name not in resources}


def test_an_alias_is_awaited() -> None:
    made = added({"Live": alias({"Ref": "Number"}, Condition="Wanted")}, Number="3")
    handle, wait = sorted(made)
    assert handle_of(handle) == ready_of(wait) == ("Live", ALIAS, 3)
    assert handle_of(wait) is None
    assert made[handle] == {
        "Type": "AWS::CloudFormation::WaitConditionHandle",
        "DependsOn": "Live",
        "Condition": "Wanted",
    }
    assert made[wait] == {
        "Type": "AWS::CloudFormation::WaitCondition",
        "Properties": {"Handle": {"Ref": handle}, "Timeout": "240"},
        "Condition": "Wanted",
    }


def test_another_version_is_awaited_anew_and_the_same_is_not() -> None:
    assert added({"Live": alias(1)}) == added({"Live": alias(1)})
    assert not set(added({"Live": alias(1)})) & set(added({"Live": alias(1, version="2")}))


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param({"Type": ALIAS, "Properties": {}}, id="asks-for-none"),
        pytest.param(alias({"Fn::GetAtt": ["Other", "Number"]}), id="not-known-before"),
        pytest.param({**alias(1), "Type": "AWS::Lambda::Function"}, id="another-type"),
    ],
)
def test_nothing_is_awaited(resource: dict[str, Any]) -> None:
    assert added({"Live": resource}) == {}


def test_a_full_template_gets_none() -> None:
    others: dict[str, Any] = {f"Q{number}": {"Type": "AWS::SQS::Queue"} for number in range(STACK_RESOURCES - 2)}
    assert added({"Live": alias(1), **others}) == {}
