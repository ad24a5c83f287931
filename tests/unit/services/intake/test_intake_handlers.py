"""What is taken in, what is refused, and who sees what."""

from __future__ import annotations

import base64
import hashlib
import json
from decimal import Decimal

import pytest
from boto3.dynamodb.types import TypeSerializer


def test_a_record_is_processed_then_stored(submit, store):
    data = {"temperature": 21.5, "tags": ["a", {"n": 1}], "ok": True, "none": None}
    status, record = submit({"data": data})
    assert (status, store.written) == (201, ["object", "item"])
    assert record["user_id"] == "ada"
    assert record["output"] == f"processed/ada/{record['record_id']}.json"
    processed = store.objects[record["output"]]
    assert (
        processed["data"] == record["data"] == {"temperature": 21.5, "tags": ["a", {"n": 1}], "ok": True, "none": None}
    )
    text = json.dumps(processed["data"], sort_keys=True, separators=(",", ":"))
    assert (processed["fields"], processed["sha256"]) == (4, hashlib.sha256(text.encode()).hexdigest())
    assert store.items["ada", record["record_id"]]["data"]["temperature"] == Decimal("21.5")


def test_what_is_stored_is_what_dynamodb_can_hold(submit, store):
    assert submit('{"data": {"big": 1e125, "small": -1e-125, "long": %s}}' % ("9" * 38))[0] == 201
    TypeSerializer().serialize(next(iter(store.items.values())))


def test_ones_own_user_id_may_be_named(submit):
    assert submit({"user_id": "ada", "data": {"n": 1}})[0] == 201


@pytest.mark.parametrize(
    ("body", "because"),
    [
        (None, "needs a JSON body"),
        ("", "needs a JSON body"),
        ('{"data": ', "not valid JSON"),
        ('{"data": {"n": NaN}}', "not valid JSON"),
        ('{"data": {"n": -Infinity}}', "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[]", "must be a JSON object"),
        ('"text"', "must be a JSON object"),
        ({}, "data must be"),
        ({"data": {}}, "data must be"),
        ({"data": [1]}, "data must be"),
        ({"data": None}, "data must be"),
        ({"data": {"n": 1}, "user_id": "bob"}, "user_id is not yours"),
        ({"data": {"n": 1}, "user_id": None}, "user_id is not yours"),
        ({"data": {"n": 1}, "admin": True}, "no field 'admin'"),
        ({"data": {"": 1}}, "a field without a name"),
        ({"data": {"a": "x" * 70_000}}, "at most 65536 bytes"),
        ('{"data": {"n": %s}}' % ("9" * 39), "data.n is a number"),
        ('{"data": {"n": 1e126}}', "data.n is a number"),
        ('{"data": {"a": [1e-131]}}', "data.a[0] is a number"),
        ('{"data": {"s": "\\ud800"}}', "half of a character"),
        ('{"data": {"\\udc00": 1}}', "half of a character"),
        ('{"data": ' + '{"a":' * 20 + "1" + "}" * 20 + "}", "nested more than 16"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(submit, store, body, because):
    status, answer = submit(body)
    assert status == 400, answer
    assert because in answer["message"]
    assert store.written == []


def test_a_body_in_base64_is_read_and_a_broken_one_refused(submit):
    body = base64.b64encode(b'{"data": {"n": 1}}').decode()
    assert submit(body, isBase64Encoded=True)[0] == 201
    assert submit("%%%", isBase64Encoded=True)[0] == 400
    assert submit(base64.b64encode(b"\xff\xfe").decode(), isBase64Encoded=True)[0] == 400


def test_nobody_is_nobody(submit, records, store):
    assert submit({"data": {"n": 1}}, user=None) == (401, {"message": "Unauthorized"})
    assert records(user=None) == (401, {"message": "Unauthorized"})
    assert store.written == []


def test_everybody_sees_their_own_newest_first_a_page_at_a_time(submit, records):
    made = [submit({"data": {"n": number}})[1]["record_id"] for number in range(5)]
    submit({"data": {"n": 0}}, user="bob")
    seen, token = [], ""
    while True:
        status, page = records(limit="2", **({"nextToken": token} if token else {}))
        assert status == 200
        seen += [record["record_id"] for record in page["records"]]
        token = page["nextToken"]
        if token is None:
            break
    assert seen == sorted(made, reverse=True)
    assert records(user="eve") == (200, {"records": [], "nextToken": None})


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"nextToken": "x"}])
def test_a_wrong_page_is_refused(records, query):
    assert records(**query)[0] == 400


def test_a_fault_of_ours_is_lambdas_to_tell(intake, submit, store, monkeypatch):
    def refuse(**_: object) -> None:
        raise PermissionError("not authorized")

    monkeypatch.setattr(store, "put_item", refuse)
    with pytest.raises(PermissionError):
        submit({"data": {"n": 1}})
