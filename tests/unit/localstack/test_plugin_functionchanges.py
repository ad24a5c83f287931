"""What a function of a template takes beside what LocalStack gives it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
"""

from __future__ import annotations

from typing import Any

from groundcloud_localstack.functionchanges import function_settings, with_nothing_left

NAMED = {"FunctionName": "f", "Arn": "arn:f"}


def test_what_a_template_has_no_more_is_taken_away() -> None:
    before = {**NAMED, "Environment": {"Variables": {"A": "1"}}, "Timeout": 9, "Handler": "a.b"}
    after = {"Handler": "a.c", "Timeout": 5}
    assert with_nothing_left(before, after) == {"Environment": {"Variables": {}}, **after}
    assert with_nothing_left(NAMED, after) == after


def test_what_localstack_drops_is_put_and_taken_away() -> None:
    settings: dict[str, Any] = {
        "EphemeralStorage": {"Size": "1024"},
        "ReservedConcurrentExecutions": "3",
        "RecursiveLoop": "Allow",
    }
    assert function_settings({}, {**NAMED, **settings}) == [
        ("update_function_configuration", {"EphemeralStorage": {"Size": 1024}}),
        ("put_function_concurrency", {"ReservedConcurrentExecutions": 3}),
        ("put_function_recursion_config", {"RecursiveLoop": "Allow"}),
    ]
    assert function_settings({**NAMED, **settings}, NAMED) == [
        ("update_function_configuration", {"EphemeralStorage": {"Size": 512}}),
        ("delete_function_concurrency", {}),
        ("put_function_recursion_config", {"RecursiveLoop": "Terminate"}),
    ]
    assert function_settings({**NAMED, **settings}, {**NAMED, **settings, "ReservedConcurrentExecutions": 3}) == []


def test_tags_change_and_those_of_a_new_function_are_localstacks_own() -> None:
    before = {**NAMED, "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}
    after = {**NAMED, "Tags": [{"Key": "b", "Value": "3"}]}
    assert function_settings(before, after) == [
        ("tag_resource", {"Tags": {"b": "3"}}),
        ("untag_resource", {"TagKeys": ["a"]}),
    ]
    assert function_settings({}, after) == []
