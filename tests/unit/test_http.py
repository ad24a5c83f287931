"""The HTTP values that parts hand to each other."""

from __future__ import annotations

import pytest

from groundcloud.http import Request


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
