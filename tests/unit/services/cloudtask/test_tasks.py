"""The story of a task: created, listed in pages, changed, deleted; and never another user's."""

from __future__ import annotations

import re
import uuid

import pytest
from botocore.exceptions import ClientError

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_a_sample_event_creates_its_task(call, sample, table):
    event = sample("create-task", user="ada")
    status, task = call("create_task", event)
    assert status == 201
    assert {key: task[key] for key in ("title", "description", "done", "dueDate")} == {
        "title": "Buy milk",
        "description": "Two litres",
        "done": False,
        "dueDate": "2026-12-01",
    }
    assert uuid.UUID(task["taskId"]).version == 7
    assert TIME.fullmatch(task["createdAt"])
    assert task["updatedAt"] == task["createdAt"]
    assert "userId" not in task
    assert table.items["ada", task["taskId"]]["userId"] == "ada"


def test_a_title_is_enough_and_its_edges_are_trimmed(add, table):
    task = add("  Buy milk \n")
    assert (task["title"], task["description"], task["done"], task["dueDate"]) == ("Buy milk", "", False, None)
    assert "dueDate" not in table.items["ada", task["taskId"]]


def test_any_language_and_the_longest_texts_are_kept(add):
    task = add("買う 🥛" + "é" * 196, description="ß" * 2000)
    assert task["title"].startswith("買う 🥛é")
    assert len(task["title"]) == 200
    assert len(task["description"]) == 2000


def test_tasks_are_listed_newest_first_and_only_ones_own(call, sample, add):
    add("Grace's", user="grace")
    times = []
    for title in ("first", "second", "third"):
        times.append(add(title)["createdAt"])
        _wait_for_the_next_millisecond(add)
    status, page = call("get_tasks", sample("get-tasks", user="ada", query={"limit": "100"}))
    assert status == 200
    assert [task["title"] for task in page["tasks"] if task["title"] != "tick"] == ["third", "second", "first"]
    assert page["nextToken"] is None
    assert times == sorted(times)


def _wait_for_the_next_millisecond(add):
    """Ids order by the millisecond: add tasks until the clock has moved on."""
    start = add("tick")["createdAt"]
    while add("tick")["createdAt"] == start:
        pass


def test_nobody_has_tasks_at_first(call, sample):
    event = sample("get-tasks", query=None)
    assert call("get_tasks", event) == (200, {"tasks": [], "nextToken": None})


@pytest.mark.parametrize(("count", "limit", "pages"), [(5, 2, [2, 2, 1]), (4, 2, [2, 2]), (3, 5, [3]), (1, 1, [1])])
def test_pages_hold_every_task_once_and_none_is_empty(call, sample, add, count, limit, pages):
    made = {add(f"task {number}")["taskId"] for number in range(count)}
    seen, sizes, query = [], [], {"limit": str(limit)}
    while query:
        _, page = call("get_tasks", sample("get-tasks", query=query))
        seen += [task["taskId"] for task in page["tasks"]]
        sizes.append(len(page["tasks"]))
        query = page["nextToken"] and {"limit": str(limit), "nextToken": page["nextToken"]}
    assert sizes == pages
    assert sorted(seen) == sorted(made)
    assert seen == sorted(seen, reverse=True)


def test_a_page_that_dynamodb_cut_short_goes_on(call, sample, add, table):
    for number in range(3):
        add(f"task {number}")
    table.page_items = 2
    _, page = call("get_tasks", sample("get-tasks", query={"limit": "50"}))
    assert len(page["tasks"]) == 2
    _, rest = call("get_tasks", sample("get-tasks", query={"limit": "50", "nextToken": page["nextToken"]}))
    assert len(rest["tasks"]) == 1


def test_another_users_token_shows_only_ones_own_tasks(call, sample, add):
    for number in range(3):
        add(f"ada {number}", user="ada")
        add(f"grace {number}", user="grace")
    _, page = call("get_tasks", sample("get-tasks", user="ada", query={"limit": "1"}))
    _, stolen = call("get_tasks", sample("get-tasks", user="grace", query={"nextToken": page["nextToken"]}))
    assert all(task["title"].startswith("grace") for task in stolen["tasks"])


def test_an_update_changes_what_it_gives_and_keeps_the_rest(call, sample, add):
    task = add(description="Two litres", dueDate="2026-12-01")
    status, changed = call("update_task", sample("update-task", task_id=task["taskId"], body={"done": True}))
    assert status == 200
    assert changed["updatedAt"] >= task["updatedAt"]
    assert changed == {**task, "done": True, "updatedAt": changed["updatedAt"]}
    body = {"title": "Buy oat milk", "description": "", "done": False, "dueDate": "2027-01-31"}
    _, changed = call("update_task", sample("update-task", task_id=task["taskId"], body=body))
    assert {key: changed[key] for key in body} == body


def test_a_due_date_of_null_removes_it(call, sample, add, table):
    task = add(dueDate="2026-12-01")
    _, changed = call("update_task", sample("update-task", task_id=task["taskId"], body={"dueDate": None}))
    assert changed["dueDate"] is None
    assert "dueDate" not in table.items["ada", task["taskId"]]


def test_a_deleted_task_is_gone_and_gone_only_once(call, sample, add, table):
    event = sample("delete-task", task_id=add()["taskId"])
    assert call("delete_task", event) == (204, None)
    assert table.items == {}
    assert call("delete_task", event) == (404, {"message": "There is no such task."})


@pytest.mark.parametrize("name", ["update-task", "delete-task"])
def test_another_users_task_cannot_be_told_from_a_missing_one(call, sample, add, table, name):
    task = add(user="ada")
    stored = dict(table.items["ada", task["taskId"]])
    theirs = call(name.replace("-", "_"), sample(name, user="grace", task_id=task["taskId"]))
    missing = call(name.replace("-", "_"), sample(name, user="ada"))
    assert theirs == missing == (404, {"message": "There is no such task."})
    assert table.items == {("ada", task["taskId"]): stored}


@pytest.mark.parametrize("name", ["create-task", "get-tasks", "update-task", "delete-task"])
def test_a_fault_of_the_table_is_left_to_lambda(call, sample, table, name):
    table.broken = True
    with pytest.raises(ClientError):
        call(name.replace("-", "_"), sample(name))
