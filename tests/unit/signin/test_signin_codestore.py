from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from groundcloud.errors import AwsError
from groundcloud.signin import limits
from groundcloud.signin.codes import RESET, SIGN_UP, CodeKey, CodeStore, Issued
from tests.fakes.fake_clock import FakeClock

ANN = CodeKey("pool", "ann", SIGN_UP)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> Iterator[CodeStore]:
    store = CodeStore(tmp_path / "codes.sqlite", clock)
    yield store
    store.close()


def refused(store: CodeStore, key: CodeKey, code: str) -> str:
    with pytest.raises(AwsError) as caught:
        store.check(key, code)
    return caught.value.code


def another(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_a_code_stands_for_what_it_was_sent_to(store: CodeStore) -> None:
    code = store.issue(ANN, "email", 60, pending="new@example.com")
    assert len(code) == 6
    assert store.check(ANN, code) == Issued("email", "new@example.com")


def test_codes_are_not_all_alike(store: CodeStore) -> None:
    assert len({store.issue(CodeKey("pool", str(number), SIGN_UP), "email", 60) for number in range(20)}) > 10


def test_checking_leaves_it_usable_and_consuming_does_not(store: CodeStore) -> None:
    code = store.issue(ANN, "email", 60)
    store.check(ANN, code)
    store.check(ANN, code)
    store.consume(ANN)
    assert refused(store, ANN, code) == "ExpiredCodeException"


def test_it_is_good_for_one_user_pool_and_purpose(store: CodeStore) -> None:
    code = store.issue(ANN, "email", 60)
    for key in (CodeKey("pool", "bob", SIGN_UP), CodeKey("other", "ann", SIGN_UP), CodeKey("pool", "ann", RESET)):
        assert refused(store, key, code) == "ExpiredCodeException"


def test_it_expires(store: CodeStore, clock: FakeClock) -> None:
    code = store.issue(ANN, "email", 60)
    clock.pass_seconds(59)
    store.check(ANN, code)
    clock.pass_seconds(1)
    assert refused(store, ANN, code) == "ExpiredCodeException"


def test_a_new_one_replaces_the_old(store: CodeStore) -> None:
    old = store.issue(ANN, "email", 60)
    new = store.issue(ANN, "email", 60)
    if old != new:
        assert refused(store, ANN, old) == "CodeMismatchException"
    store.check(ANN, new)


def test_guessing_is_stopped_and_a_new_code_does_not_help(store: CodeStore, clock: FakeClock) -> None:
    code = store.issue(ANN, "email", 3600)
    for _ in range(limits.MAX_WRONG_CODES):
        assert refused(store, ANN, another(code)) == "CodeMismatchException"
    assert refused(store, ANN, code) == "LimitExceededException"
    code = store.issue(ANN, "email", 3600)
    assert refused(store, ANN, code) == "LimitExceededException"
    clock.pass_seconds(limits.WRONG_CODE_WINDOW_SECONDS)
    store.check(ANN, code)


def test_asking_for_codes_is_limited(store: CodeStore, clock: FakeClock) -> None:
    for _ in range(limits.MAX_CODES_ISSUED):
        store.issue(ANN, "email", 60)
    with pytest.raises(AwsError, match="LimitExceededException"):
        store.issue(ANN, "email", 60)
    clock.pass_seconds(limits.ISSUE_WINDOW_SECONDS)
    store.issue(ANN, "email", 60)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "ABCDEF", "١٢٣٤٥٦", "123456\x00", "' OR 1=1 --"])
def test_what_is_no_code(store: CodeStore, code: str) -> None:
    store.issue(ANN, "email", 60)
    assert refused(store, ANN, code) == "CodeMismatchException"


def test_the_file_outlives_the_process_and_does_not_show_the_code(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "folder" / "codes.sqlite"
    first = CodeStore(path, clock)
    code = first.issue(ANN, "email", 60)
    first.close()

    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT * FROM codes").fetchall()
    assert code not in repr(rows)
    second = CodeStore(path, clock)
    second.check(ANN, code)
    second.close()
