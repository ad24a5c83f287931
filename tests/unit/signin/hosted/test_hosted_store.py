"""Codes, sessions and flows of the hosted pages: how long they last, and what lies on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from groundcloud.signin.hosted import limits
from groundcloud.signin.hosted.flows import Flow, Flows
from groundcloud.signin.hosted.store import Grant, HostedStore, Session
from tests.fakes.fake_clock import FakeClock

GRANT = Grant("pool", "client", "ada", "sub-1", "https://app.example.com/cb", "openid", "n", "", 1)
SESSION = Session("pool", "ada", "sub-1", 1)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> Iterator[HostedStore]:
    store = HostedStore(tmp_path / "state" / "signin.sqlite", clock)
    yield store
    store.close()


def test_a_code_is_good_for_five_minutes(store: HostedStore, clock: FakeClock) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html"""
    code = store.issue(GRANT)
    clock.pass_seconds(limits.CODE_SECONDS - 1)
    assert store.peek(code) == GRANT
    clock.pass_seconds(1)
    assert store.peek(code) is None


def test_a_code_is_taken_once(store: HostedStore) -> None:
    code = store.issue(GRANT)
    assert [store.take(code), store.take(code), store.take("other")] == [True, False, False]
    assert store.peek(code) is None


def test_a_session_lasts_an_hour_and_in_its_pool_only(store: HostedStore, clock: FakeClock) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/managed-login-endpoints.html"""
    cookie = store.open_session(SESSION)
    assert store.session(cookie, "pool") == SESSION
    assert store.session(cookie, "other") is None
    clock.pass_seconds(limits.SESSION_SECONDS)
    assert store.session(cookie, "pool") is None
    cookie = store.open_session(SESSION)
    store.end_session(cookie)
    assert store.session(cookie, "pool") is None


def test_codes_and_sessions_survive_and_their_secrets_are_not_on_the_disk(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "signin.sqlite"
    first = HostedStore(path, clock)
    code, cookie = first.issue(GRANT), first.open_session(SESSION)
    first.close()
    second = HostedStore(path, clock)
    assert (second.peek(code), second.session(cookie, "pool")) == (GRANT, SESSION)
    second.close()
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert code.encode() not in written
    assert cookie.encode() not in written


def test_a_flow_belongs_to_one_client_and_ends(clock: FakeClock) -> None:
    flows = Flows(clock)
    cookie = flows.begin(Flow("pool", "client", "ada", password="secret"))
    assert flows.find(cookie, "pool", "client") is not None
    assert flows.find(cookie, "pool", "other") is None
    assert flows.find("", "pool", "client") is None
    clock.pass_seconds(limits.FLOW_SECONDS)
    assert flows.find(cookie, "pool", "client") is None
    cookie = flows.begin(Flow("pool", "client", "ada"))
    flows.end(cookie)
    assert flows.find(cookie, "pool", "client") is None


def test_a_flow_does_not_show_its_secrets() -> None:
    flow = Flow("pool", "client", "ada", session="session-1", password="password-1", secret="secret-1")
    assert not {"session-1", "password-1", "secret-1"} & set(repr(flow).replace("'", " ").split())


def test_flows_are_bounded(clock: FakeClock) -> None:
    flows = Flows(clock)
    cookies = [flows.begin(Flow("pool", "client", "ada")) for _ in range(limits.MAX_FLOWS + 1)]
    assert flows.find(cookies[0], "pool", "client") is None
    assert flows.find(cookies[-1], "pool", "client") is not None
