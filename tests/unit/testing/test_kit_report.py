"""What stands under a failed test."""

from __future__ import annotations

from typing import Any

import pytest

from groundcloud.testing.report import LAST, WENT_WRONG, notable_calls, told
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
