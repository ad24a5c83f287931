"""What stands under a failed test."""

from __future__ import annotations

from typing import Any

from groundcloud.testing.report import told


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
