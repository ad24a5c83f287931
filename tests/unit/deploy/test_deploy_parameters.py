"""Parameters: parsed, checked, sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundcloud.deploy.parameters import check_parameters, parse_parameters, to_send
from groundcloud.deploy.stack import Stack
from groundcloud.deploy.template import Template
from groundcloud.errors import UserError

TEMPLATE = Template(
    Path("/app/template.yaml"),
    {"Parameters": {"Stage": {"Type": "String", "Default": "prod"}, "Mail": {"Type": "String"}}, "Resources": {}},
)
STACK = Stack("app", "1", "CREATE_COMPLETE", parameters={"Mail": "a@b.c", "Gone": "x"})


def test_parameters_are_words() -> None:
    assert parse_parameters(["A=1 B='two words'", "C=x=y D="]) == {"A": "1", "B": "two words", "C": "x=y", "D": ""}
    assert parse_parameters([]) == {}


@pytest.mark.parametrize("text", ["A", "=1", "A='x"])
def test_what_is_no_parameter_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        parse_parameters([text])


def test_an_unknown_parameter_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UserError, match="no parameter Stgae") as caught:
        check_parameters(TEMPLATE, {"Stgae": "x", "Mail": "x"}, None)
    assert "Mail, Stage" in caught.value.hint


def test_a_parameter_without_default_is_needed_once() -> None:
    with pytest.raises(UserError, match="needs a value for Mail"):
        check_parameters(TEMPLATE, {}, None)
    check_parameters(TEMPLATE, {}, STACK)


def test_what_is_not_given_keeps_its_value() -> None:
    assert to_send(TEMPLATE, {"Stage": "dev"}, STACK) == [
        {"ParameterKey": "Stage", "ParameterValue": "dev"},
        {"ParameterKey": "Mail", "UsePreviousValue": True},
    ]
