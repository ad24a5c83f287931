"""Reading templates from disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundcloud.deploy.template import check_stack_name, find_template, load_template, stack_name_for
from groundcloud.errors import UserError


def written(folder: Path, text: str, name: str = "template.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_short_intrinsics_get_their_long_form(tmp_path: Path) -> None:
    text = """
Resources:
  A:
    Type: AWS::SNS::Topic
    Condition: Wanted
    Properties:
      Name: !Sub "${AWS::StackName}-x"
      Arn: !GetAtt Other.Arn.Deep
      Both: !GetAtt [Other, Arn]
      Ref: !Ref Other
      Either: !If [Wanted, !Ref A, !Ref "AWS::NoValue"]
      Joined: !Join [",", [!Ref A, b]]
      Included: !Transform {Name: AWS::Include, Parameters: {Location: x}}
Conditions:
  Wanted: !Not [!Condition Other]
"""
    body = load_template(written(tmp_path, text)).body
    assert body["Resources"]["A"]["Properties"] == {
        "Name": {"Fn::Sub": "${AWS::StackName}-x"},
        "Arn": {"Fn::GetAtt": ["Other", "Arn.Deep"]},
        "Both": {"Fn::GetAtt": ["Other", "Arn"]},
        "Ref": {"Ref": "Other"},
        "Either": {"Fn::If": ["Wanted", {"Ref": "A"}, {"Ref": "AWS::NoValue"}]},
        "Joined": {"Fn::Join": [",", [{"Ref": "A"}, "b"]]},
        "Included": {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "x"}}},
    }
    assert body["Conditions"]["Wanted"] == {"Fn::Not": [{"Condition": "Other"}]}


def test_dates_stay_text(tmp_path: Path) -> None:
    text = "AWSTemplateFormatVersion: 2010-09-09\nResources: {A: {Type: AWS::SNS::Topic}}\n"
    assert load_template(written(tmp_path, text)).body["AWSTemplateFormatVersion"] == "2010-09-09"


def test_anchors_and_merges_are_resolved(tmp_path: Path) -> None:
    text = """
Resources:
  A: {Type: AWS::SNS::Topic, Properties: &shared {DisplayName: a, FifoTopic: false}}
  B: {Type: AWS::SNS::Topic, Properties: {<<: *shared, DisplayName: b}}
"""
    properties = load_template(written(tmp_path, text)).resources["B"]["Properties"]
    assert properties == {"DisplayName": "b", "FifoTopic": False}


def test_json_is_read_too(tmp_path: Path) -> None:
    path = written(tmp_path, '{"Resources": {"A": {"Type": "AWS::SNS::Topic"}}}', "template.json")
    assert list(load_template(path).resources) == ["A"]


@pytest.mark.parametrize(
    ("text", "where", "why"),
    [
        ("Resources:\n  A: [1,\n", ":3:1", "not readable as YAML"),
        ("Resources:\n\tA: 1\n", ":2:1", "not readable as YAML"),
        ('{"Resources": {"A": ', ":1:21", "not readable as YAML"),
        ("Resources:\n  A: {Type: X}\n  A: {Type: Y}\n", ":3:3", "A is given twice"),
        ("Resources:\n  A: *nowhere\n", ":2:6", "nowhere"),
    ],
)
def test_an_unparseable_template_names_file_line_and_column(tmp_path: Path, text: str, where: str, why: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UserError) as caught:
        load_template(path)
    assert caught.value.message.startswith(f"{path}{where}: ")
    assert why in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "text", ["", "just text", "[]", "Resources: {}", "Resources: []", "Resources: {A: 1}", "Resources: {A: {}}"]
)
def test_what_is_no_template_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError, match=r"needs a Resources section|has no Type"):
        load_template(written(tmp_path, text))


def test_a_missing_template_and_one_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no template at"):
        load_template(tmp_path / "nope.yaml")
    path = tmp_path / "binary.yaml"
    path.write_bytes(b"\xff\xfe\x00Resources")
    with pytest.raises(UserError, match="cannot be read as text"):
        load_template(path)


def test_a_folder_means_the_template_in_it(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no template in"):
        find_template(tmp_path)
    path = written(tmp_path, "x", "template.yml")
    assert find_template(tmp_path) == path.resolve()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("shop/template.yaml", "shop"),
        ("my shop_2/template.yml", "my-shop-2"),
        ("infra/orders.yaml", "orders"),
        ("infra/orders.template.json", "orders"),
        ("2024/template.yaml", "stack-2024"),
    ],
)
def test_a_stack_is_named_after_its_file_or_folder(tmp_path: Path, path: str, name: str) -> None:
    assert stack_name_for(tmp_path / path) == name


@pytest.mark.parametrize("name", ["", "1a", "a_b", "a b", "a" * 129])
def test_impossible_stack_names_are_refused(name: str) -> None:
    with pytest.raises(UserError, match="is not a stack name"):
        check_stack_name(name)
