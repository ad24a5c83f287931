"""The screen Tables: what DynamoDB is asked, and what is shown of its answers."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from markupsafe import escape
from werkzeug.test import TestResponse

from tests.fakes.console_doors import FakeAws
from tests.fakes.fake_dynamodb import FakeDynamoDb, FakeStreams

Send = Callable[..., TestResponse]
EVIL = "<script>alert(1)</script>"


def note(number: int = 1, **attributes: Any) -> dict[str, Any]:
    return {"owner": {"S": "ann"}, "id": {"S": f"n{number}"}} | attributes


def key(number: int = 1) -> str:
    return json.dumps(note(number))


@pytest.fixture
def dynamodb(door: FakeAws) -> FakeDynamoDb:
    client = FakeDynamoDb(note(1, text={"S": "milk"}), note(2, tags={"SS": ["a", "b"]}))
    door.clients["dynamodb"] = client
    return client


def test_tables_are_listed(visitor: FlaskClient, dynamodb: FakeDynamoDb) -> None:
    page = visitor.get("/tables").text
    assert "/tables/notes" in page and "owner (S)" in page and "2 KB" in page
    (found,) = visitor.get("/api/tables").get_json()["tables"]
    assert found["keys"] == [{"name": "owner", "type": "S"}, {"name": "id", "type": "S"}]


def test_no_tables_say_how_to_make_one(visitor: FlaskClient, dynamodb: FakeDynamoDb) -> None:
    dynamodb.list_tables = lambda **_asked: {"TableNames": []}  # type: ignore[method-assign]
    assert "aws dynamodb create-table" in visitor.get("/tables").text


def test_a_table_that_is_not_there_is_told_in_the_words_of_dynamodb(visitor: FlaskClient, dynamodb: Any) -> None:
    assert visitor.get("/tables/other").status_code == 400
    assert "Table: other not found" in visitor.get("/tables/other").text
    assert visitor.get("/api/tables/other").get_json()["code"] == "ResourceNotFoundException"


def test_a_scan_shows_the_keys_first(visitor: FlaskClient, dynamodb: FakeDynamoDb) -> None:
    found = visitor.get("/api/tables/notes").get_json()
    assert found["columns"] == ["owner", "id", "text", "tags"]
    assert [row["values"]["id"] for row in found["found"]["rows"]] == ["n1", "n2"]
    assert "KeyConditionExpression" not in dynamodb.asked[0]


def test_a_query_by_an_index_from_the_largest(visitor: FlaskClient, dynamodb: FakeDynamoDb) -> None:
    query = "index=by-due&partition=ann&sort=between&value=1&until=5&order=desc"
    visitor.get(f"/tables/notes?{query}&attribute=text&op=contains&operand=mil")
    (asked,) = dynamodb.asked
    assert asked["IndexName"] == "by-due" and asked["ScanIndexForward"] is False
    assert asked["KeyConditionExpression"] == "#p = :p AND #s BETWEEN :s AND :u"
    assert asked["FilterExpression"] == "contains(#f, :f)"
    assert asked["ExpressionAttributeNames"] == {"#p": "owner", "#s": "due", "#f": "text"}
    assert asked["ExpressionAttributeValues"][":u"] == {"N": "5"}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("sort=eq&value=1", "needs a value of owner"),
        ("index=other&partition=1", "notes has no index other"),
        ("attribute=n&kind=N&operand=x", "is no number"),
        ("sort=near", "sort is one of"),
        ("after=x", "This is not JSON"),
    ],
)
def test_a_search_that_cannot_be_is_explained(visitor: FlaskClient, dynamodb: Any, query: str, said: str) -> None:
    answer = visitor.get(f"/tables/notes?{query}")
    assert answer.status_code == 200 and said in answer.text


def test_a_long_table_is_read_page_by_page(visitor: FlaskClient, dynamodb: FakeDynamoDb) -> None:
    dynamodb.page = 1
    first = visitor.get("/api/tables/notes").get_json()["found"]
    second = visitor.get(f"/api/tables/notes?after={quote(first['after'])}").get_json()["found"]
    assert [first["rows"][0]["values"]["id"], second["rows"][0]["values"]["id"]] == ["n1", "n2"]
    assert second["after"] == ""


def test_a_filtered_search_looks_further_for_its_first_items(visitor: FlaskClient, dynamodb: FakeDynamoDb) -> None:
    dynamodb.page = 1
    found = visitor.get("/api/tables/notes?attribute=text&op=exists").get_json()["found"]
    assert found["scanned"] == 2


def test_an_item_is_shown_in_the_form_that_says_all_of_it(visitor: FlaskClient, dynamodb: FakeDynamoDb) -> None:
    plain = visitor.get(f"/api/tables/notes/item?key={quote(key(1))}").get_json()
    assert plain["form"] == "json" and json.loads(plain["text"])["text"] == "milk"
    typed = visitor.get(f"/api/tables/notes/item?key={quote(key(2))}").get_json()
    assert typed["forms"] == ["dynamodb"] and json.loads(typed["text"])["tags"] == {"SS": ["a", "b"]}
    assert visitor.get(f"/tables/notes/item?key={quote(key(9))}").status_code == 404
    assert visitor.get("/tables/notes/item?key=x").status_code == 400


def test_an_item_is_added_saved_and_deleted(send: Send, dynamodb: FakeDynamoDb) -> None:
    added = send("/tables/notes/add", form="json", item='{"owner": "bob", "id": "n1", "n": 1}')
    assert added.status_code == 303
    text = '{"owner": {"S": "bob"}, "id": {"S": "n1"}}'
    assert send("/tables/notes/replace", form="dynamodb", item=text, key=text).status_code == 303
    assert {"owner": {"S": "bob"}, "id": {"S": "n1"}} in dynamodb.items.values()
    assert send("/tables/notes/delete", key=text).status_code == 303
    assert len(dynamodb.items) == 2


@pytest.mark.parametrize(
    ("path", "item", "said"),
    [
        ("add", '{"owner": "ann", "id": "n1"}', "an item has this key already"),
        ("add", '{"owner": ', "This is not JSON"),
        ("replace", '{"owner": "ann", "id": "other"}', "The key of an item cannot change"),
    ],
)
def test_what_cannot_be_saved_stays_in_the_form(
    send: Send, dynamodb: FakeDynamoDb, path: str, item: str, said: str
) -> None:
    before = dict(dynamodb.items)
    answer = send(f"/tables/notes/{path}", form="json", item=item, key=key(1))
    assert answer.status_code == 400 and said in answer.text
    assert item.replace('"', "&#34;") in answer.text
    assert dynamodb.items == before


def test_what_is_exported_can_be_imported(send: Send, visitor: FlaskClient, dynamodb: FakeDynamoDb) -> None:
    before = dict(dynamodb.items)
    file = visitor.get("/tables/notes/export")
    assert "attachment" in file.headers["Content-Disposition"]
    dynamodb.items.clear()
    answer = send("/tables/notes/import", file=(io.BytesIO(file.data), "notes.json"))
    assert answer.status_code == 303 and dynamodb.items == before


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b'[{"owner": "ann", "id": "1"}, {"owner": "ann"}]', "Item 2 has no id of type S. Nothing was written."),
        (b'[{"owner": "ann", "id": "1"}, {"owner": "ann", "id": "1"}]', "Two items have the key"),
        (b'{"owner": "ann"}', "Line 1: a line looks like"),
        (b"\xff", "The file is not UTF-8 text."),
    ],
)
def test_a_file_that_is_wrong_writes_nothing(send: Send, dynamodb: FakeDynamoDb, file: bytes, said: str) -> None:
    before = dict(dynamodb.items)
    answer = send("/tables/notes/import", file=(io.BytesIO(file), "notes.json"))
    assert answer.status_code == 400 and said in answer.text
    assert dynamodb.items == before


def test_a_throttled_import_says_how_far_it_came(send: Send, dynamodb: FakeDynamoDb) -> None:
    dynamodb.throttled = 1
    file = json.dumps([{"owner": "zoe", "id": str(number)} for number in range(6)]).encode()
    answer = send("/tables/notes/import", file=(io.BytesIO(file), "notes.json"))
    assert "DynamoDB took 5 items and throttled the rest" in answer.text


def test_the_stream_shows_both_images(visitor: FlaskClient, dynamodb: FakeDynamoDb, door: FakeAws) -> None:
    assert "This table has no stream" in visitor.get("/tables/notes/stream").text
    dynamodb.stream = True
    told = {
        "SequenceNumber": "7",
        "ApproximateCreationDateTime": datetime(2026, 11, 21, tzinfo=UTC),
        "Keys": note(1),
        "OldImage": note(1, text={"S": "milk"}),
        "NewImage": note(1, text={"S": EVIL}),
    }
    door.clients["dynamodbstreams"] = FakeStreams({"eventName": "MODIFY", "dynamodb": told})
    page = visitor.get("/tables/notes/stream").text
    assert "MODIFY" in page and "milk" in page and EVIL not in page
    (record,) = visitor.get("/api/tables/notes/stream").get_json()["records"]
    assert json.loads(record["new"])["text"] == EVIL


def test_what_an_item_says_is_never_markup(visitor: FlaskClient, dynamodb: FakeDynamoDb) -> None:
    evil = {"owner": {"S": EVIL}, "id": {"S": EVIL}, EVIL: {"S": EVIL}}
    dynamodb.items = {dynamodb._key(evil): evil}
    shown = json.dumps({"owner": {"S": EVIL}, "id": {"S": EVIL}})
    for path in ("/tables/notes", f"/tables/notes?partition={EVIL}", f"/tables/notes/item?key={quote(shown)}"):
        page = visitor.get(path)
        assert page.status_code == 200 and EVIL not in page.text


def test_an_empty_table_shows_the_command_that_fills_it(visitor: FlaskClient, dynamodb: FakeDynamoDb) -> None:
    dynamodb.items.clear()
    command = """aws dynamodb put-item --table-name notes --item '{"owner": {"S": "one"}, "id": {"S": "one"}}'"""
    assert escape(command) in visitor.get("/tables/notes").text
