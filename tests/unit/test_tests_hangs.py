"""When the process of a test that hangs is ended."""

from __future__ import annotations

import pytest

from tests.support.hangs import LIMIT, limit_of


def test_a_test_has_the_limit_of_all(request: pytest.FixtureRequest) -> None:
    assert limit_of(request.node) == LIMIT


@pytest.mark.timeout(900)
def test_one_with_a_longer_timeout_is_given_that_time(request: pytest.FixtureRequest) -> None:
    assert limit_of(request.node) > 900
