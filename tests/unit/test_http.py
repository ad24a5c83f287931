"""The HTTP values that parts hand to each other."""

from __future__ import annotations

import pytest

from groundcloud.http import Headers, Request


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"a": [1]}', {"a": [1]}),
        (b"", {}),
        (b"[1]", {}),
        (b"null", {}),
        (b'{"a":', {}),
        (b"\xff", {}),
        pytest.param(b"[" * 100_000, {}, id="deep"),
    ],
)
def test_only_a_json_object_is_one(body: bytes, found: dict[str, object]) -> None:
    assert Request("POST", "/", body=body).json_object() == found


def test_a_json_object_is_the_callers_to_change() -> None:
    request = Request("POST", "/", body=b'{"a": 1}')
    request.json_object().clear()
    assert request.json_object() == {"a": 1}


def test_headers_of_the_wire_keep_their_case_and_are_found_without_it():
    headers = Headers.of_wire([b"X-A", b"x-a", b"Host"], [(b"x-a", b"1"), (b"x-a", b"\xe9"), (b"host", b"h")])
    assert headers.items == [("X-A", "1"), ("x-a", "é"), ("Host", "h")]
    assert (headers.get_all("X-a"), headers.get("HOST"), headers.get("none")) == (["1", "é"], "h", None)
    headers.extend([("X-A", "2"), ("b", "c")])
    assert (headers.get_all("x-a"), headers.get("B")) == (["1", "é", "2"], "c")


def test_several_headers_are_removed_at_once_whatever_their_case():
    headers = Headers([("Authorization", "a"), ("X-Amz-Security-Token", "b"), ("authorization", "c"), ("Host", "h")])
    assert headers.get("host") == "h"
    headers.remove_all("authorization", "x-amz-security-token")
    assert headers.items == [("Host", "h")]
    assert headers.get("authorization") is None
    headers.add("AUTHORIZATION", "d")
    assert (headers.get_all("authorization"), headers.get("host")) == (["d"], "h")
    headers.add("authorization", "e")
    assert headers.get_all("Authorization") == ["d", "e"]
    headers.remove_all("authorization")
    assert (headers.get_all("authorization"), headers.items) == ([], [("Host", "h")])
