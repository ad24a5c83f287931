"""Identifiers that are made by the dozen for each request."""

from __future__ import annotations

import re
import uuid

from groundcloud.clock import new_request_id, random_hex


def test_a_request_id_is_a_random_uuid_in_lower_case() -> None:
    made = {new_request_id() for _ in range(1000)}
    assert len(made) == 1000
    for one in made:
        parsed = uuid.UUID(one)
        assert str(parsed) == one
        assert (parsed.version, parsed.variant) == (4, uuid.RFC_4122)


def test_random_digits_are_as_many_as_asked_for_though_the_first_be_zeros() -> None:
    made = [random_hex(3) for _ in range(1000)]
    assert all(re.fullmatch(r"[0-9a-f]{3}", one) for one in made)
    assert len(set(made)) > 500
