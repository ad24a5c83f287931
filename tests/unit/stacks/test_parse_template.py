"""Template text to data."""

from __future__ import annotations

import pytest

from groundcloud.errors import AwsError
from groundcloud.stacks.parse import object_of_url, parse_template


def test_short_forms_become_functions() -> None:
    text = """
Resources:
  A:
    Type: T
    Condition: !Condition C
    Properties: {Arn: !GetAtt B.Arn, Name: !Ref P, Url: !Sub "${B}", List: !If [C, [!Ref P], !Ref "AWS::NoValue"]}
"""
    resource = parse_template(text)["Resources"]["A"]
    assert resource["Condition"] == {"Condition": "C"}
    assert resource["Properties"] == {
        "Arn": {"Fn::GetAtt": ["B", "Arn"]},
        "Name": {"Ref": "P"},
        "Url": {"Fn::Sub": "${B}"},
        "List": {"Fn::If": ["C", [{"Ref": "P"}], {"Ref": "AWS::NoValue"}]},
    }


def test_dates_stay_text() -> None:
    assert parse_template("Version: 2012-10-17\nOn: {a: 1}") == {"Version": "2012-10-17", True: {"a": 1}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Resources:\n  A: [1\n  B: 2", "YAML not well-formed. (line 3, column 4)"),
        ('{"Resources": {,}}', "JSON not well-formed. (line 1, column 16)"),
        ("a: *missing", "YAML not well-formed. (line 1, column 4)"),
        ("only words", "unsupported structure."),
        ("", "unsupported structure."),
        ("[]", "unsupported structure."),
    ],
)
def test_what_is_no_template_is_refused_in_the_words_of_aws(text: str, message: str) -> None:
    with pytest.raises(AwsError) as refused:
        parse_template(text)
    assert (refused.value.code, refused.value.message) == ("ValidationError", f"Template format error: {message}")


@pytest.mark.parametrize(
    "url",
    [
        "s3://bucket/folder/key.yaml",
        "https://s3.amazonaws.com/bucket/folder/key.yaml",
        "https://s3.eu-west-1.amazonaws.com/bucket/folder/key.yaml",
        "https://bucket.s3.us-east-1.amazonaws.com/folder/key.yaml?versionId=1",
        "https://bucket.s3-us-west-2.amazonaws.com/folder/key.yaml",
        "http://127.0.0.1:4566/bucket/folder/key.yaml",
        "http://bucket.s3.localhost:4566/folder/key.yaml",
    ],
)
def test_every_form_of_an_s3_address_is_read(url: str) -> None:
    assert object_of_url(url) == ("bucket", "folder/key.yaml")


@pytest.mark.parametrize("url", ["ftp://bucket/key", "https://s3.amazonaws.com/bucket", "nonsense", "s3://bucket/"])
def test_what_is_no_s3_address_is_refused(url: str) -> None:
    with pytest.raises(AwsError, match="TemplateURL must be a supported URL"):
        object_of_url(url)
