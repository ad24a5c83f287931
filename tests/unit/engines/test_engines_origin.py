"""Who began an invocation, told by the stack; and requests that the engine judges."""

from __future__ import annotations

import asyncio
import sys
import threading
from types import SimpleNamespace

import pytest

from groundcloud.engines.embedded.dispatch import take_over
from groundcloud.engines.embedded.origin import nobody_waits, places
from groundcloud.engines.embedded.passage import Allowed, through
from groundcloud.errors import AwsError
from groundcloud.http import Request, Response

LAMBDA = "ministack.services.lambda_svc"
SCOPED = (LAMBDA, "_execute_function_with_config_scope")
THREAD = ("threading", "Thread.run")


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        ([(LAMBDA, "_execute_function"), (LAMBDA, "invoke_async_with_retry.<locals>._run"), THREAD], True),
        ([SCOPED, ("ministack.services.sns", "_deliver_to_lambda"), THREAD], True),
        ([(LAMBDA, "_execute_function"), SCOPED, THREAD], True),
        ([SCOPED, ("ministack.core.concurrency", "run_reentrant.<locals>._run"), THREAD], False),
        ([(LAMBDA, "_execute_function"), (LAMBDA, "_run_sqs_batch"), THREAD], False),
        ([SCOPED, ("ministack.services.cloudformation.custom_resource", "run"), THREAD], False),
        ([], False),
    ],
)
def test_nobody_waits_for_what_a_thread_throws_away(stack, expected) -> None:
    assert nobody_waits(iter(stack)) is expected


def test_places_are_modules_and_qualified_names() -> None:
    assert next(places(sys._getframe())) == (__name__, "test_places_are_modules_and_qualified_names")


def engine(status=200):
    """An application that runs a function through the seam on a thread, as the engine does."""

    def _execute_function_dispatch(func, config, event, request_id, started):
        raise AssertionError

    module = SimpleNamespace(_execute_function_dispatch=_execute_function_dispatch)
    seen = []

    async def app(scope, receive, send):
        if status != 403:
            seen.append(await asyncio.to_thread(module._execute_function_dispatch, {}, {}, {}, "r", 0.0))
        await send({"type": "http.response.start", "status": status, "headers": []})

    return module, app, seen


def judged(status, run):
    module, app, seen = engine(status)

    async def never(*_):
        raise AssertionError("the function itself must not run")

    async def story():
        take_over(module, never, asyncio.get_running_loop())
        allowed = Allowed(run)
        answer = await through(app, Request("POST", "/"), allowed)
        return answer, allowed

    answer, allowed = asyncio.run(story())
    return answer, allowed, seen


def test_what_the_engine_lets_pass_is_answered_by_ours_on_the_loop() -> None:
    async def run():
        assert threading.current_thread() is threading.main_thread()
        return Response(200, body=b"ours")

    _, allowed, seen = judged(200, run)
    assert allowed.result().body == b"ours"
    assert seen == [{"body": None, "log": "", "error": False}]


def test_what_it_refuses_never_comes_as_far() -> None:
    async def run():
        raise AssertionError

    answer, allowed, _ = judged(403, run)
    assert (answer.status, allowed.result()) == (403, None)


def test_a_throttle_is_one_to_the_engine_and_an_error_to_us() -> None:
    async def run():
        raise AwsError("TooManyRequestsException", "Rate Exceeded.", 429)

    _, allowed, seen = judged(200, run)
    assert seen[0]["throttle"] is True
    with pytest.raises(AwsError):
        allowed.result()
