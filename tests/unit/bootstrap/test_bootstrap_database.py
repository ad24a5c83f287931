"""Which user the database runs as, and that its data folder is made once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from bootstrap.database import NAMESPACE, NOBODY, Database, as_ordinary_user
from groundcloud.errors import UserError


def runs_with(*prefixes: tuple[str, ...]) -> object:
    """A machine on which the server's program starts behind these words only."""

    def works(command: Sequence[str]) -> bool:
        assert command[-1] == "--version"
        return tuple(command[:-2]) in prefixes

    return works


def test_who_is_not_root_runs_it_as_it_is() -> None:
    assert as_ordinary_user(False, runs_with((), NAMESPACE)) == ()  # type: ignore[arg-type]


def test_root_runs_it_in_a_namespace_and_else_as_nobody() -> None:
    assert as_ordinary_user(True, runs_with((), NAMESPACE, NOBODY)) == NAMESPACE  # type: ignore[arg-type]
    assert as_ordinary_user(True, runs_with((), NOBODY)) == NOBODY  # type: ignore[arg-type]


@pytest.mark.parametrize("root", [True, False])
def test_where_nothing_works_a_sentence_says_so(root: bool) -> None:
    with pytest.raises(UserError, match="cannot run here" if root else "does not run"):
        as_ordinary_user(root, runs_with())  # type: ignore[arg-type]


def test_the_data_folder_is_made_once_and_its_password_is_ours_alone(tmp_path: Path) -> None:
    home = tmp_path / "database"
    database = Database(home, 5999, "DATABASE_PORT", "make login")
    (home / "draft").mkdir(parents=True)
    (home / "draft" / "left-over").touch()
    database.prepare()
    made = (home / "data" / "PG_VERSION").stat().st_mtime_ns
    password = (home / "password").read_text()
    assert (home / "password").stat().st_mode & 0o777 == 0o600
    database.prepare()
    assert (home / "data" / "PG_VERSION").stat().st_mtime_ns == made
    assert database.url("login") == f"postgresql+psycopg://postgres:{password}@127.0.0.1:5999/login"
    assert password not in " ".join(database.service().command)
