"""Finding deployed functions by name, calling them, reading their logs."""

from __future__ import annotations

import base64
import io
import itertools
from typing import Any

import pytest

from groundcloud.deploy.functions import Function, LogLine, find_function, follow, invoke, log_lines
from groundcloud.errors import AwsError, UserError
from tests.fakes.aws_door import FakeDoor, in_turn

MISSING = AwsError("ResourceNotFoundException", "not found", 404)


def deployed(**names: tuple[str, ...]) -> FakeDoor:
    """Stacks with functions of these logical ids."""

    def resources(StackName: str) -> list[dict[str, Any]]:
        return [
            {
                "LogicalResourceId": name,
                "PhysicalResourceId": f"{StackName}-{name}-1",
                "ResourceType": "AWS::Lambda::Function",
                "ResourceStatus": "OK",
            }
            for name in names[StackName]
        ]

    return FakeDoor(
        cloudformation__describe_stacks=[{"StackName": name, "StackId": name} for name in names],
        cloudformation__list_stack_resources=resources,
        lambda__get_function_configuration=lambda FunctionName: {} if FunctionName == "loose" else raised(),
    )


def raised() -> Any:
    raise MISSING


def test_a_function_is_found_by_logical_id_physical_name_or_alone() -> None:
    door = deployed(a=("Get", "Put"), b=("Get",))
    assert find_function(door, "Put") == Function("a-Put-1", "a", "Put")
    assert find_function(door, "b-Get-1") == Function("b-Get-1", "b", "Get")
    assert find_function(door, "Get", "b").name == "b-Get-1"
    assert find_function(door, "loose") == Function("loose")


def test_what_is_ambiguous_or_unknown_is_told() -> None:
    door = deployed(a=("Get",), b=("Get",))
    with pytest.raises(UserError, match="several stacks: a, b"):
        find_function(door, "Get")
    with pytest.raises(UserError, match="no function Nope") as caught:
        find_function(door, "Nope", "a")
    assert caught.value.hint == "Deployed: Get"
    with pytest.raises(UserError, match="no function Nope"):
        find_function(door, "Nope")


def test_invoking_gives_payload_error_and_log() -> None:
    answer = {"Payload": io.BytesIO(b'{"a": 1}'), "LogResult": base64.b64encode(b"END\n"), "FunctionError": "Unhandled"}
    found = invoke(FakeDoor(lambda__invoke=answer), Function("f"), b"{}")
    assert (found.payload, found.error, found.log) == ('{"a": 1}', "Unhandled", "END\n")


def test_logs_come_from_the_functions_own_group_in_order() -> None:
    door = FakeDoor(
        lambda__get_function_configuration={"LoggingConfig": {"LogGroup": "/mine"}},
        logs__filter_log_events=[{"timestamp": 2, "message": "b\n"}, {"timestamp": 1, "message": "a\n"}],
    )
    assert log_lines(door, Function("f", "s", "Get"), 0) == [LogLine(1, "Get", "a"), LogLine(2, "Get", "b")]
    assert door.called("logs.filter_log_events") == [{"logGroupName": "/mine", "startTime": 0}]


def test_a_function_that_never_ran_has_no_lines() -> None:
    door = FakeDoor(lambda__get_function_configuration={}, logs__filter_log_events=MISSING)
    assert log_lines(door, Function("f"), 0) == []
    assert door.called("logs.filter_log_events")[0]["logGroupName"] == "/aws/lambda/f"


def test_following_tells_each_line_once() -> None:
    one, two = {"timestamp": 1, "message": "a"}, {"timestamp": 1, "message": "b"}
    door = FakeDoor(lambda__get_function_configuration={}, logs__filter_log_events=in_turn([one], [one], [one, two]))
    lines = follow(door, [Function("f")], 0, sleep=lambda seconds: None)
    assert [line.text for line in itertools.islice(lines, 2)] == ["a", "b"]
