from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.fake_cognito_engine import SigninWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SigninWorld]:
    world = SigninWorld(tmp_path)
    yield world
    world.close()
