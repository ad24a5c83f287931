"""Condition keys that are worked out only when somebody looks."""

from __future__ import annotations

from groundcloud.iam.checks import Check, Later, Place
from groundcloud.iam.params import Call
from groundcloud.iam.storage_rules import dynamodb_checks
from groundcloud.ports import Scope


def test_they_are_worked_out_once_and_not_before() -> None:
    asked: list[str] = []

    def make() -> dict[str, tuple[str, ...]]:
        asked.append("made")
        return {"dynamodb:Select": ("COUNT",)}

    keys = Later(make)
    check = Check("dynamodb:Query", "*", keys)
    assert not asked
    assert {**check.context} == {"dynamodb:Select": ("COUNT",)}
    assert "dynamodb:Select" in keys
    assert len(keys) == 1
    assert asked == ["made"]


def test_a_check_of_an_item_has_the_keys_of_its_call() -> None:
    call = Call("dynamodb", "PutItem", "json", "POST", "/")
    params = {"TableName": "t", "Item": {"id": {"S": "1"}, "title": {"S": "a"}}, "ReturnValues": "NONE"}
    (check,) = dynamodb_checks(call, params, Place(Scope("000000000000", "us-east-1")))
    assert check.resource == "arn:aws:dynamodb:us-east-1:000000000000:table/t"
    assert dict(check.context) == {"dynamodb:Attributes": ("id", "title"), "dynamodb:ReturnValues": ("NONE",)}
    assert check._replace(resource="*").context is check.context
