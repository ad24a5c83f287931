"""Greeting's handlers, imported as Lambda imports them: their folder is the root of their imports."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.support.handlers import handlers


@pytest.fixture(scope="session")
def functions() -> SimpleNamespace:
    """The modules of the folder by name."""
    return handlers("greeting", TABLE_NAME="users", PROFILE_FUNCTION="profile", ALLOWED_ORIGIN="https://example.com")
