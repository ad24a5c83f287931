"""What is learnt of LocalStack at the start, and what the cloud kept for it."""

from __future__ import annotations

import json

import httpx
import pytest

from groundcloud.engines.choice import keep_for, make_engine
from groundcloud.engines.embedded.engine import EmbeddedEngine
from groundcloud.engines.localstack.facts import look
from groundcloud.errors import UserError
from groundcloud.settings import Settings
from tests.fakes.fake_localstack import FORWARDS, HAS, pages

URL = "http://127.0.0.1:4567"


def client(known):
    def answer(request):
        found = known.get(request.url.path)
        return httpx.Response(404) if found is None else httpx.Response(200, content=json.dumps(found))

    return httpx.Client(transport=httpx.MockTransport(answer))


def changed(path, **members):
    known = pages("s1")
    known[path] = {**known[path], **members}
    return client(known)


def test_what_the_plugin_forwards_is_not_localstacks_own():
    facts = look(URL, client(pages("s1")))
    assert facts.services == set(HAS)
    assert facts.forwarded == set(FORWARDS)
    assert (facts.version, facts.session, facts.is_lasting) == ("4.14.0", "s1", False)


def test_a_disabled_service_is_not_there():
    services = {"s3": "running", "sqs": "disabled", "iam": "available"}
    assert look(URL, changed("/_localstack/health", services=services)).services == {"s3", "iam"}


def test_an_edition_with_a_token_keeps_its_state():
    assert look(URL, changed("/_localstack/info", is_license_activated=True)).is_lasting


@pytest.mark.parametrize("version", ["4.13.9", "3.0", "", "what"])
def test_an_old_localstack_is_refused(version):
    with pytest.raises(UserError, match=r"4\.14 or newer is needed") as refused:
        look(URL, changed("/_localstack/info", version=version))
    assert "localstack/localstack:4.14.0" in refused.value.hint


@pytest.mark.parametrize("version", ["4.14.0", "4.15.2:abc", "5.0", "2026.3.1"])
def test_a_newer_one_is_taken(version):
    assert look(URL, changed("/_localstack/info", version=version)).version == version.partition(":")[0]


def test_one_without_our_plugin_is_refused():
    known = pages("s1")
    del known["/_groundcloud/plugin"]
    with pytest.raises(UserError, match="runs without Groundcloud's plugin") as refused:
        look(URL, client(known))
    assert "make up PROFILE=localstack" in refused.value.hint


def test_nobody_there_is_told():
    def refuse(request):
        raise httpx.ConnectError("Connection refused")

    with pytest.raises(UserError, match="does not answer at http://127.0.0.1:4567: Connection refused"):
        look(URL, httpx.Client(transport=httpx.MockTransport(refuse)))


def test_something_else_is_told():
    with pytest.raises(UserError, match="is no LocalStack"):
        look(URL, httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(200, content=b"hello"))))


def test_state_is_kept_for_one_run_of_localstack(tmp_path):
    state = tmp_path / "state-localstack"
    keep_for("one", state)
    (state / "scopes.json").write_text("[]")
    keep_for("one", state)
    assert (state / "scopes.json").is_file()
    keep_for("two", state)
    assert [file.name for file in state.iterdir()] == ["localstack-session"]


def test_the_embedded_profile_asks_no_localstack(tmp_path):
    engine = make_engine(Settings(home=tmp_path), lambda: None)
    assert isinstance(engine, EmbeddedEngine)
    assert engine.judges
