"""What functions of a template need of the account, as far as it is known."""

from __future__ import annotations

from typing import Any

from groundcloud.stacks.nested import Source
from groundcloud.stacks.rewrite import evaluator_of
from groundcloud.stacks.uses import DEAD_LETTERS, RESERVE, ROLE, UNTRUSTING, WantedUse, wanted_uses
from tests.fakes.fake_engine import SCOPE

ROLE_ARN = "arn:aws:iam::000000000000:role/r"
QUEUE = "arn:aws:sqs:us-east-1:000000000000:q"


def function(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def uses(resources: dict[str, Any], before: dict[str, Any] | None = None) -> list[WantedUse]:
    template = {"Resources": resources}
    return wanted_uses(template, evaluator_of(template, Source("", "s", {}, {}, SCOPE)), before or {})


def role_for(principal: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": statement}}}


def test_what_a_function_names() -> None:
    named = function(
        Role=ROLE_ARN, DeadLetterConfig={"TargetArn": QUEUE}, ReservedConcurrentExecutions="5", FunctionName="f"
    )
    assert uses({"F": named}) == [
        WantedUse("F", ROLE, ROLE_ARN),
        WantedUse("F", DEAD_LETTERS, QUEUE),
        WantedUse("F", RESERVE, "f", 5),
    ]


def test_what_stays_and_what_the_template_makes_or_may_make_is_not_looked_at() -> None:
    named = {"F": function(Role=ROLE_ARN, DeadLetterConfig={"TargetArn": QUEUE})}
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}
    assert uses(named, {"F": function(Role=ROLE_ARN)}) == [WantedUse("F", DEAD_LETTERS, QUEUE)]
    assert uses({**named, "Q": queue}) == [WantedUse("F", ROLE, ROLE_ARN)]
    assert uses({**named, "C": {"Type": "Custom::Maker", "Properties": {}}}) == []


def test_roles_of_the_template() -> None:
    own = {"F": function(Role={"Fn::GetAtt": ["Own", "Arn"]})}
    refused = [WantedUse("F", UNTRUSTING, "")]
    assert uses({**own, "Own": role_for({"Service": "ec2.amazonaws.com"})}) == refused
    assert uses({**own, "Own": role_for({"AWS": "arn:aws:iam::000000000000:root"})}) == refused
    for principal in (
        {"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]},
        {"Service": {"Fn::Sub": "lambda.${AWS::URLSuffix}"}},
        {"Service": {"Fn::GetAtt": ["Other", "Name"]}},
        "*",
    ):
        assert uses({**own, "Own": role_for(principal)}) == [], principal
    assert uses({"F": function(Role={"Fn::GetAtt": "Elsewhere.Arn"})}) == []
