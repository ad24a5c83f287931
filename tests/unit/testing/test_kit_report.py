"""What stands under a failed test."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

from groundcloud.errors import UserError
from groundcloud.testing.cloud import Cloud
from groundcloud.testing.report import LAST, WENT_WRONG, notable_calls, shorten, told
from groundcloud.testing.traces import Traces


def span(number: int, parent: int | None, operation: str, **more: Any) -> dict[str, Any]:
    return {
        "spanId": f"s{number}",
        "parentId": f"s{parent}" if parent is not None else None,
        "service": operation.partition(":")[0],
        "operation": operation.partition(":")[2],
        "resource": "",
        "status": 200,
        "outcome": "ok",
        "startedAt": float(number),
        "durationMs": 1.25,
        **more,
    }


def test_a_trace_is_a_tree_with_reasons_and_the_lines_logged() -> None:
    denied = {"allowed": False, "action": "dynamodb:PutItem", "resource": "arn:table", "reason": "no policy allows it"}
    trace = {
        "spans": [
            span(3, 2, "dynamodb:PutItem", status=400, outcome="denied", resource="Tasks", decision=denied),
            span(1, None, "apigateway:POST", status=502, outcome="error", response={"body": '{"message": "Internal"}'}),
            span(2, 1, "lambda:Invoke", outcome="error", error={"code": "KeyError", "message": "'title'"}),
        ],
        "logs": [{"function": "CreateTask", "message": "[ERROR] KeyError\n"}],
    }
    assert told(trace).splitlines() == [
        "502 apigateway POST (1.2 ms)",
        '    {"message": "Internal"}',
        "  200 lambda Invoke (1.2 ms)",
        "      KeyError: 'title'",
        "    400 dynamodb PutItem Tasks (1.2 ms)",
        "        denied dynamodb:PutItem on arn:table: no policy allows it",
        "  log CreateTask: [ERROR] KeyError",
    ]


def test_a_reason_is_told_once_and_a_long_log_line_is_indented() -> None:
    why = "User: f is not authorized to perform: dynamodb:Scan"
    denied = {"allowed": False, "action": "dynamodb:Scan", "resource": "arn:table", "reason": why}
    failed = {"code": "ClientError", "message": f"An error occurred (AccessDenied): {why}"}
    refused = {"code": "AccessDenied", "message": why}
    answer = {"body": '{"errorMessage": "An error occurred"}'}
    trace = {
        "spans": [
            span(1, None, "lambda:Invoke", outcome="error", error=failed, response=answer),
            span(2, 1, "lambda:Invoke", outcome="error", error=failed, response=answer),
            span(3, 2, "dynamodb:Scan", status=400, outcome="denied", error=refused, decision=denied),
        ],
        "logs": [{"function": "List", "message": "[ERROR] ClientError\nTraceback:\n  File\n"}],
    }
    assert told(trace).splitlines() == [
        "200 lambda Invoke (1.2 ms)",
        f"    ClientError: An error occurred (AccessDenied): {why}",
        "  200 lambda Invoke (1.2 ms)",
        "    400 dynamodb Scan (1.2 ms)",
        "        denied dynamodb:Scan on arn:table",
        "  log List: [ERROR] ClientError",
        "    Traceback:",
        "      File",
    ]


def frames(error: BaseException) -> list[str]:
    return [frame.name for frame in traceback.extract_tb(error.__traceback__)]


def test_what_the_kit_refuses_is_shown_where_it_was_asked() -> None:
    with pytest.raises(UserError) as caught:
        cloud_of("not an address")
    assert frames(caught.value)[1:] == ["cloud_of", "__init__"]
    shorten(caught.value)
    assert frames(caught.value)[1:] == ["cloud_of"]
    assert caught.value.__notes__ == ["It looks like http://127.0.0.1:4566"]


def cloud_of(address: str) -> Cloud:
    return Cloud(address)


def test_what_nobody_refused_on_purpose_is_shown_whole() -> None:
    broken: Any = None
    with pytest.raises(TypeError) as caught:
        told(broken)
    whole = frames(caught.value)
    shorten(caught.value)
    assert frames(caught.value) == whole == [whole[0], "told"]


def test_a_span_whose_parent_is_elsewhere_is_a_root() -> None:
    assert told({"spans": [span(1, 7, "sqs:SendMessage")], "logs": []}) == "200 sqs SendMessage (1.2 ms)"


class ScriptedTraces(Traces):
    """Traces of one call each, with these outcomes, newest first."""

    def __init__(self, *outcomes: str) -> None:
        self._outcomes = outcomes

    def list(self, **wanted: Any) -> list[dict[str, Any]]:
        return [{"traceId": str(number), "outcome": outcome} for number, outcome in enumerate(self._outcomes)]

    def get(self, trace_id: str) -> dict[str, Any]:
        one = span(1, None, "s3:GetObject", resource=f"bucket/{trace_id}", outcome=self._outcomes[int(trace_id)])
        return {"spans": [one], "logs": []}


@pytest.mark.parametrize(
    ("outcomes", "heading", "shown"),
    [
        (("ok", "error", "ok", "denied"), WENT_WRONG, ["bucket/3", "bucket/1"]),
        (("ok", "ok"), LAST, ["bucket/1", "bucket/0"]),
        ((), LAST, []),
    ],
    ids=["some went wrong", "none went wrong", "none at all"],
)
def test_the_heading_is_true_of_what_stands_below_it(outcomes: tuple[str, ...], heading: str, shown: list[str]) -> None:
    found, text = notable_calls(ScriptedTraces(*outcomes))
    assert found == heading
    assert [word for word in text.split() if word.startswith("bucket/")] == shown
