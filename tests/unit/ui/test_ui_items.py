"""DynamoDB's items as text, in both forms."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.readers import items

PLAIN = {
    "id": {"S": "1"},
    "n": {"N": "12.50"},
    "tags": {"L": [{"S": "a"}, {"NULL": True}]},
    "m": {"M": {"b": {"BOOL": True}}},
}
SETS = {"id": {"S": "1"}, "names": {"SS": ["a", "b"]}, "photo": {"B": b"\x00\xff"}}

numbers = st.integers(-(10**37), 10**37).map(lambda each: {"N": str(each)})
texts = st.text(max_size=9).map(lambda each: {"S": each})
binaries = st.binary(max_size=9).map(lambda each: {"B": each})
leaves = st.one_of(numbers, texts, binaries, st.booleans().map(lambda each: {"BOOL": each}), st.just({"NULL": True}))
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda each: {"L": each}),
        st.dictionaries(st.text(min_size=1, max_size=5), inner, max_size=3).map(lambda each: {"M": each}),
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.text(min_size=1, max_size=5), values, min_size=1, max_size=4))
def test_nothing_is_lost_on_the_way_to_text_and_back(item: dict[str, Any]) -> None:
    for form in {items.form_of(item), "dynamodb"}:
        assert items.read(items.written(item, form), form) == item


def test_plain_json_where_it_says_everything() -> None:
    assert items.form_of(PLAIN) == "json"
    assert json.loads(items.written(PLAIN, "json")) == {"id": "1", "n": 12.5, "tags": ["a", None], "m": {"b": True}}
    assert items.form_of(SETS) == "dynamodb"
    assert json.loads(items.written(SETS, "dynamodb"))["photo"] == {"B": "AP8="}


def test_numbers_that_floats_do_not_have_keep_every_digit() -> None:
    exact = {"n": {"N": "0.12345678901234567890123456789"}}
    assert items.form_of(exact) == "dynamodb"
    assert items.read('{"n": 0.12345678901234567890123456789}', "json") == exact


@pytest.mark.parametrize(
    ("text", "form", "said"),
    [
        ("{", "json", "line 1, column 2"),
        ("[1]", "json", "An item is a JSON object."),
        ('{"n": NaN}', "json", "NaN is no number in JSON."),
        ('{"n": 1e200}', "json", "DynamoDB has no such value"),
        ('{"n": 1}', "dynamodb", "n has to name its type"),
        ('{"n": {"X": 1}}', "dynamodb", "n has the type X"),
        ('{"n": {"N": 1}}', "dynamodb", "n has to be text in quotes"),
        ('{"b": {"B": "?"}}', "dynamodb", "b has to be base64."),
        ('{"s": {"SS": "a"}}', "dynamodb", "s has to be a list."),
    ],
)
def test_what_is_no_item_is_said_in_words(text: str, form: str, said: str) -> None:
    with pytest.raises(ValueError, match="^.*" + said.replace("[", r"\[")):
        items.read(text, form)


def test_an_attribute_on_one_line() -> None:
    shown = [items.shown(value) for value in (*PLAIN.values(), SETS["photo"], SETS["names"])]
    assert shown == ["1", "12.50", '["a", null]', '{"b": true}', "2 bytes, binary", '{"SS": ["a", "b"]}']
