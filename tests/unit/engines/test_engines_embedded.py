"""The seam into the embedded engine, the in-process connection, and the environment it is given."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from types import SimpleNamespace

import pytest

from groundcloud.engines.embedded import dispatch
from groundcloud.engines.embedded.asgi import fetch
from groundcloud.engines.embedded.dispatch import check_version, take_over
from groundcloud.engines.embedded.environment import engine_environment, prepare_environment
from groundcloud.errors import AwsError, UserError
from groundcloud.http import Headers, Request
from groundcloud.settings import Settings


def test_the_installed_engine_is_the_tested_one():
    check_version()


def test_another_version_is_refused(monkeypatch):
    monkeypatch.setattr(dispatch, "TESTED_VERSION", "0.0.1")
    with pytest.raises(UserError, match=r"0\.0\.1"):
        check_version()


def engine_module(function=None):
    def _execute_function_dispatch(func, config, event, request_id, started):
        raise AssertionError("the engine's own must not run")

    return SimpleNamespace(_execute_function_dispatch=function or _execute_function_dispatch)


def changed_seam(func, config, event):
    return None


@pytest.mark.parametrize("module", [SimpleNamespace(), engine_module(changed_seam)])
def test_a_seam_that_changed_is_refused(module):
    async def invoke(*_):
        raise AssertionError

    with pytest.raises(UserError, match="seam"):
        asyncio.run(_take(module, invoke))


async def _take(module, invoke):
    take_over(module, invoke, asyncio.get_running_loop())


FUNCTION = {"config": {"FunctionName": "f"}, "code_zip": b"zip"}


def invoked_from_a_thread(invoke):
    """What the engine's thread gets when it runs a function."""
    module = engine_module()

    async def story():
        take_over(module, invoke, asyncio.get_running_loop())
        return await asyncio.to_thread(
            module._execute_function_dispatch, FUNCTION, FUNCTION["config"], {"n": 1}, "request-1", 0.0
        )

    return asyncio.run(story())


def test_a_thread_hands_its_invocation_to_the_loop():
    seen = []

    async def invoke(config, code_zip, event, request_id):
        seen.append((config, code_zip, event, request_id, threading.current_thread() is threading.main_thread()))
        return {"body": "done"}

    assert invoked_from_a_thread(invoke) == {"body": "done"}
    assert seen == [({"FunctionName": "f"}, b"zip", {"n": 1}, "request-1", True)]


def test_an_invocation_that_raises_is_an_error_result_in_the_engines_form():
    """The engine's threads expect a result; an exception would end a poller."""

    async def invoke(*_):
        raise AwsError("TooManyRequestsException", "Rate Exceeded.", 429)

    result = invoked_from_a_thread(invoke)
    assert result["error"] is True
    assert result["body"] == {"errorType": "TooManyRequestsException", "errorMessage": "Rate Exceeded."}


def test_on_the_loops_own_thread_it_is_refused_instead_of_waiting_for_ever():
    async def invoke(*_):
        raise AssertionError

    async def story():
        module = engine_module()
        take_over(module, invoke, asyncio.get_running_loop())
        return module._execute_function_dispatch(FUNCTION, FUNCTION["config"], {}, "r", 0.0)

    result = asyncio.run(story())
    assert result["error"] is True
    assert "event loop" in result["body"]["errorMessage"]


def request(**changes):
    return Request(**{"method": "PUT", "raw_path": "/b/a%20b", "query_string": "x=1", "body": b"body"} | changes)


def test_fetch_is_a_whole_request_and_a_whole_response():
    async def app(scope, receive, send):
        message = await receive()
        assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/b/a b", b"/b/a%20b", b"x=1")
        assert scope["headers"] == [(b"x-thing", b"\xe9")]
        await send({"type": "http.response.start", "status": 201, "headers": [(b"X-A", b"1"), (b"x-a", b"2")]})
        await send({"type": "http.response.body", "body": message["body"], "more_body": True})
        await send({"type": "http.response.body", "body": b"!"})

    response = asyncio.run(fetch(app, request(headers=Headers([("X-Thing", "é")]))))
    assert (response.status, response.body) == (201, b"body!")
    assert response.headers.get_all("x-a") == ["1", "2"]


def test_fetch_keeps_context_apart():
    """The engine keeps the request's account in context variables: a call made inside a request must not change it."""
    account = contextvars.ContextVar("account", default="none")
    seen = []

    async def app(scope, receive, send):
        seen.append(account.get())
        account.set("inner")
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def outer():
        account.set("outer")
        await fetch(app, request())
        return account.get()

    assert asyncio.run(outer()) == "outer"
    assert seen == ["none"]


def test_an_application_that_watches_for_a_hang_up_is_ended_with_its_request():
    async def app(scope, receive, send):
        watcher = asyncio.create_task(watch(receive))
        await asyncio.sleep(0)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        watcher.cancel()

    async def watch(receive):
        while (await receive())["type"] != "http.disconnect":
            pass

    assert asyncio.run(fetch(app, request())).status == 204


def test_fetch_passes_an_applications_error_on():
    async def app(scope, receive, send):
        raise RuntimeError("inside")

    with pytest.raises(RuntimeError, match="inside"):
        asyncio.run(fetch(app, request()))


def test_the_engine_is_told_by_its_environment(tmp_path):
    settings = Settings(home=tmp_path, port=1234, region="eu-west-1", account="123456789012")
    environ = {"AWS_PROFILE": "work", "AWS_SESSION_TOKEN": "t", "AWS_ENDPOINT_URL": "x", "PATH": "/bin"}
    prepare_environment(settings, environ)
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"} & set(environ)
    assert environ["PATH"] == "/bin"
    assert environ["AUTH"] == "true"
    assert environ["GATEWAY_PORT"] == "1234"
    assert environ["MINISTACK_ACCOUNT_ID"] == "123456789012"
    assert environ["STATE_DIR"] == str(tmp_path / "state" / "engine")
    assert (tmp_path / "state" / "s3").is_dir()


def test_nothing_is_kept_when_nothing_shall_be():
    environment = engine_environment(Settings(persist=False))
    assert (environment["PERSIST_STATE"], environment["S3_PERSIST"]) == ("0", "0")
