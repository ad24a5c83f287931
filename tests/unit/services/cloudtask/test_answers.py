"""The form of an answer and of a log line, and the handlers as Lambda enters them."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

NAMES = ["create_task", "get_tasks", "update_task", "delete_task"]


@pytest.mark.parametrize(("status", "body"), [(200, {"tasks": []}), (400, {"message": "no"}), (204, None)])
def test_every_answer_carries_cors_headers(functions, status, body):
    response = functions.api.respond(status, body)
    assert response["statusCode"] == status
    assert response["headers"]["Access-Control-Allow-Origin"] == "*"
    assert response["headers"]["Access-Control-Allow-Headers"] == "Authorization,Content-Type"
    assert response["headers"].get("Content-Type") == (None if body is None else "application/json")
    assert response["body"] == ("" if body is None else json.dumps(body))


def test_one_json_line_is_logged_for_each_request(functions, call, sample, capsys):
    context = SimpleNamespace(aws_request_id="c6af9ac6")
    functions.api.serve(sample("get-tasks", user="ada"), context, lambda: functions.api.respond(204))
    call("create_task", sample("create-task", user="ada", body="{"))
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first.pop("durationMs") >= 0
    assert first == {"level": "INFO", "requestId": "c6af9ac6", "route": "GET /tasks", "userId": "ada", "status": 204}
    assert (second["level"], second["status"], second["refused"]) == ("WARN", 400, "The body is not valid JSON.")


@pytest.mark.parametrize("name", NAMES)
def test_lambda_enters_by_the_handler(functions, name):
    """Refused before the table is touched: the real table stands behind `handler`, and a unit test has none."""
    module = getattr(functions, name)
    assert module.TABLE.name == "tasks"
    assert module.handler({"httpMethod": "GET", "resource": "/tasks"}, None)["statusCode"] == 401


def test_ids_sort_by_age(functions):
    ids = [functions.task.new_task_id() for _ in range(200)]
    assert len(set(ids)) == 200
    assert [text[:13] for text in ids] == sorted(text[:13] for text in ids)
    assert all(functions.task.is_task_id(text) for text in ids)
