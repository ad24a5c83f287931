"""``${!Name}`` in `Fn::Sub`.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html
"""

from __future__ import annotations

from typing import Any

import pytest
from groundcloud_localstack.literals import with_literals


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param("${A}-b", "${A}-b", id="no literal"),
        pytest.param(
            "${!aws:username}", ["${GroundcloudLiteral0}", {"GroundcloudLiteral0": "${aws:username}"}], id="one"
        ),
        pytest.param(
            ["${A}/${!B}/${!C}", {"A": {"Ref": "X"}}],
            [
                "${A}/${GroundcloudLiteral0}/${GroundcloudLiteral1}",
                {"A": {"Ref": "X"}, "GroundcloudLiteral0": "${B}", "GroundcloudLiteral1": "${C}"},
            ],
            id="beside variables",
        ),
        pytest.param(["${A}", {"A": "b"}], ["${A}", {"A": "b"}], id="variables only"),
    ],
)
def test_a_literal_is_a_variable_with_its_text(written: Any, read: Any) -> None:
    assert with_literals({"Fn::Sub": written}) == {"Fn::Sub": read}


def test_it_is_found_anywhere_in_a_template() -> None:
    template = {"Resources": {"R": {"Properties": {"List": [{"Fn::Sub": "${!x}"}, 1, "${!y}"]}}}}
    properties = with_literals(template)["Resources"]["R"]["Properties"]
    assert properties["List"] == [{"Fn::Sub": ["${GroundcloudLiteral0}", {"GroundcloudLiteral0": "${x}"}]}, 1, "${!y}"]


def test_what_is_no_substitution_is_left_alone() -> None:
    for argument in (["only one"], 7, ["text", "no variables"]):
        assert with_literals({"Fn::Sub": argument}) == {"Fn::Sub": argument}
