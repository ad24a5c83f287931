"""What the handlers refuse: each bad request gets a 4xx whose message says what to mend, and never a 500."""

from __future__ import annotations

import base64
import json

import pytest

BAD_BODIES = [
    (None, "The request needs a JSON body."),
    ("", "The request needs a JSON body."),
    ("{", "The body is not valid JSON."),
    ("[" * 100_000, "The body is not valid JSON."),
    ('{"title": ' + "1" * 5000 + "}", "The body is not valid JSON."),
    ("[]", "The body must be a JSON object."),
    ('"title"', "The body must be a JSON object."),
    ("null", "The body must be a JSON object."),
]
BAD_FIELDS = [
    ({"title": ""}, "title must not be blank."),
    ({"title": " \t\n "}, "title must not be blank."),
    ({"title": None}, "title must be a string."),
    ({"title": 5}, "title must be a string."),
    ({"title": ["a"]}, "title must be a string."),
    ({"title": "x" * 201}, "title must have at most 200 characters, and has 201."),
    ({"title": "half \ud83e"}, "title has characters that are not valid Unicode."),
    ({"title": "t", "description": None}, "description must be a string."),
    ({"title": "t", "description": {}}, "description must be a string."),
    ({"title": "t", "description": "x" * 2001}, "description must have at most 2000 characters, and has 2001."),
    ({"title": "t", "done": "yes"}, "done must be true or false."),
    ({"title": "t", "done": 1}, "done must be true or false."),
    ({"title": "t", "done": None}, "done must be true or false."),
    ({"title": "t", "dueDate": "tomorrow"}, "dueDate must be a date such as 2026-12-31, or null."),
    ({"title": "t", "dueDate": "2026-02-30"}, "dueDate must be a date such as 2026-12-31, or null."),
    ({"title": "t", "dueDate": "20261231"}, "dueDate must be a date such as 2026-12-31, or null."),
    ({"title": "t", "dueDate": "2026-12-31T10:00:00Z"}, "dueDate must be a date such as 2026-12-31, or null."),
    ({"title": "t", "dueDate": 20261231}, "dueDate must be a date such as 2026-12-31, or null."),
    ({"title": "t", "colour": "red"}, "Unknown field 'colour'. A task has: title, description, done, dueDate."),
    ({"title": "t", "userId": "grace"}, "Unknown field 'userId'. A task has: title, description, done, dueDate."),
]


@pytest.mark.parametrize(("body", "message"), BAD_BODIES)
@pytest.mark.parametrize("name", ["create-task", "update-task"])
def test_a_body_that_is_not_a_json_object_is_refused(call, sample, name, body, message):
    event = sample(name, body=body)
    assert call(name.replace("-", "_"), event) == (400, {"message": message})


@pytest.mark.parametrize(("fields", "message"), BAD_FIELDS)
@pytest.mark.parametrize("name", ["create-task", "update-task"])
def test_a_wrong_field_is_named(call, sample, table, name, fields, message):
    assert call(name.replace("-", "_"), sample(name, body=fields)) == (400, {"message": message})
    assert table.items == {}


def test_a_new_task_needs_a_title(call, sample):
    event = sample("create-task", body={"description": "no title"})
    assert call("create_task", event) == (400, {"message": "title is required."})


def test_an_update_needs_something_to_change(call, sample):
    assert call("update_task", sample("update-task", body={})) == (
        400,
        {"message": "Give at least one field to change."},
    )


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1.5", "ten", " 5", "٣", "9" * 5000])
def test_a_limit_out_of_range_is_refused(call, sample, limit):
    expected = (400, {"message": "limit must be a whole number from 1 to 100."})
    assert call("get_tasks", sample("get-tasks", query={"limit": limit})) == expected


def _token(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "é",
        "%%%",
        "aGVsbG8",
        _token([]),
        _token({}),
        _token({"after": 5}),
        _token({"after": "nonsense"}),
        _token(None),
    ],
)
def test_a_token_of_ones_own_making_is_refused(call, sample, token):
    expected = (400, {"message": "nextToken is not valid. Use the one from the previous page."})
    assert call("get_tasks", sample("get-tasks", query={"nextToken": token})) == expected


@pytest.mark.parametrize("task_id", ["1", "%20", "x" * 5000, "019AA5B2-6F00-7C3E-9D41-5B7F0E2A9C11", "../tasks"])
@pytest.mark.parametrize("name", ["update-task", "delete-task"])
def test_what_cannot_be_a_task_id_is_a_missing_task(call, sample, name, task_id):
    expected = (404, {"message": "There is no such task."})
    assert call(name.replace("-", "_"), sample(name, task_id=task_id)) == expected


@pytest.mark.parametrize("name", ["create-task", "get-tasks", "update-task", "delete-task"])
def test_without_an_authorizer_nobody_is_served(call, sample, name):
    event = sample(name)
    del event["requestContext"]["authorizer"]
    assert call(name.replace("-", "_"), event) == (401, {"message": "Unauthorized"})


def test_a_base64_body_is_decoded(call, sample):
    body = base64.b64encode('{"title": "Milch für Grüße"}'.encode()).decode()
    status, task = call("create_task", sample("create-task", body=body, isBase64Encoded=True))
    assert (status, task["title"]) == (201, "Milch für Grüße")


@pytest.mark.parametrize(
    "body", ["not base64!", base64.b64encode(b"\xff\xfe").decode(), base64.b64encode(b"{").decode()]
)
def test_a_base64_body_that_holds_no_json_is_refused(call, sample, body):
    event = sample("create-task", body=body, isBase64Encoded=True)
    assert call("create_task", event) == (400, {"message": "The body is not valid JSON."})
