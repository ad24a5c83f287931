"""A trace as the control routes tell it: a POST to an API, its authorizer, the function, and the item it wrote."""

from __future__ import annotations

from typing import Any

STARTED = 1795248000.0
TRACE_ID = "1-6901a0c0-0123456789abcdef01234567"
ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/tasks"
STATEMENT = {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": ARN}


def span(span_id: str, parent: str | None, begin: float, took: float, **changes: Any) -> dict[str, Any]:
    """A step that began `begin` ms after the trace and took so many ms."""
    return {
        "spanId": span_id,
        "parentId": parent,
        "traceId": TRACE_ID,
        "kind": "request",
        "service": "",
        "operation": "",
        "resource": "",
        "account": "000000000000",
        "region": "us-east-1",
        "caller": "",
        "status": 200,
        "outcome": "ok",
        "error": None,
        "startedAt": STARTED + begin / 1000,
        "durationMs": took,
        "requestBytes": 0,
        "responseBytes": 0,
        "request": None,
        "response": None,
        "decision": None,
        "function": None,
        "requestId": None,
        "coldStart": False,
        "initMs": None,
        "logs": [],
    } | changes


def sent(method: str, url: str, headers: dict[str, str], body: str = "", **changes: Any) -> dict[str, Any]:
    return {
        "method": method,
        "url": url,
        "headers": [[name, value] for name, value in headers.items()],
        "body": body,
        "truncated": False,
        "masked": False,
    } | changes


def answer(status: int, body: str = "") -> dict[str, Any]:
    headers = [["Content-Type", "application/json"]]
    return {"status": status, "headers": headers, "body": body, "truncated": False, "masked": False}


def put_item(**changes: Any) -> dict[str, Any]:
    """The call of DynamoDB that the function made."""
    signed = {
        "Host": "127.0.0.1:4566",
        "X-Amz-Target": "DynamoDB_20120810.PutItem",
        "X-Amz-Date": "20261121T080000Z",
        "Authorization": "AWS4-HMAC-SHA256 •••",
        "Content-Type": "application/x-amz-json-1.0",
    }
    body = '{"TableName": "tasks", "Item": {"id": {"S": "1"}, "title": {"S": "<b>Buy</b>"}}}'
    return (
        span(
            "dd",
            "cc",
            12,
            3,
            service="dynamodb",
            operation="PutItem",
            resource="tasks",
            caller="arn:aws:sts::000000000000:assumed-role/role/CreateTask",
            request=sent("POST", "/", signed, body),
            response=answer(200, "{}"),
            decision={
                "allowed": True,
                "action": "dynamodb:PutItem",
                "resource": ARN,
                "statement": STATEMENT,
                "missing": None,
                "reason": "",
            },
        )
        | changes
    )


def spans() -> list[dict[str, Any]]:
    """In the order in which they end, as they are recorded."""
    http = sent(
        "POST",
        "/prod/tasks",
        {"Host": "a1.execute-api.localhost:4566", "Authorization": "Bearer •••", "Content-Type": "application/json"},
        '{"title": "Buy milk"}',
    )
    event = sent("", "", {}, '{"httpMethod": "POST"}')
    return [
        put_item(),
        span("bb", "aa", 1, 2, kind="authorizer", service="cognito-idp", operation="authorize"),
        span(
            "cc",
            "aa",
            4,
            20,
            kind="invocation",
            service="lambda",
            operation="Invoke",
            function="CreateTask",
            requestId="6e0e7bbd-0000-4000-8000-000000000001",
            coldStart=True,
            initMs=41.5,
            request=event,
            response=answer(200, '{"statusCode": 201}'),
        ),
        span(
            "aa",
            None,
            0,
            25,
            service="execute-api",
            operation="POST /tasks",
            resource="a1",
            status=201,
            request=http,
            response=answer(201, '{"taskId": "1"}'),
        ),
    ]


def trace(**changes: Any) -> dict[str, Any]:
    line = {
        "time": STARTED + 0.01,
        "level": "INFO",
        "message": "<script>alert(1)</script> created",
        "requestId": "6e0e7bbd-0000-4000-8000-000000000001",
        "function": "CreateTask",
        "spanId": "cc",
    }
    return {"traceId": TRACE_ID, "spans": spans(), "logs": [line]} | changes


def summary(**changes: Any) -> dict[str, Any]:
    return {
        "traceId": TRACE_ID,
        "startedAt": STARTED,
        "durationMs": 25.0,
        "kind": "request",
        "service": "execute-api",
        "operation": "POST /tasks",
        "resource": "a1",
        "status": 201,
        "outcome": "ok",
        "error": None,
        "spans": 4,
        "functions": ["CreateTask"],
        "account": "000000000000",
        "region": "us-east-1",
        "caller": "anonymous",
    } | changes


def answers() -> dict[str, Any]:
    """What the routes of traces answer, for `FakeControl.answers`."""
    return {
        "GET /traces": {"traces": [summary()], "next": None},
        f"GET /traces/{TRACE_ID}": trace(),
    }
