"""Who began an invocation inside the engine: someone who waits for its answer, or nobody.

On AWS, S3, SNS, EventBridge, IoT and log subscriptions invoke asynchronously: Lambda queues the event and retries it.
The engine does each in a way of its own (a thread that throws the answer away, a loop of its own that retries), and
all of them end in the same seam. They are told apart by the functions on the calling thread's stack; the names are
those of the engine version that `dispatch.py` insists on, and contract tests hold each event source.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import FrameType

_LAMBDA = "ministack.services.lambda_svc"
_RETRYING = (_LAMBDA, "invoke_async_with_retry.<locals>._run")
_SNS = ("ministack.services.sns", "_deliver_to_lambda")
_RUN_IN_SCOPE = (_LAMBDA, "_execute_function_with_config_scope")
_THREAD = ("threading", "Thread.run")

Place = tuple[str, str]
"""A function on the stack: its module and its qualified name."""


def places(frame: FrameType | None) -> Iterator[Place]:
    """The stack from `frame` outwards."""
    while frame is not None:
        yield str(frame.f_globals.get("__name__", "")), frame.f_code.co_qualname
        frame = frame.f_back


def nobody_waits(stack: Iterator[Place]) -> bool:
    """Whether the answer of the invocation that this stack began is thrown away."""
    inner: Place = ("", "")
    for place in stack:
        if place in (_RETRYING, _SNS):
            return True
        if inner == _RUN_IN_SCOPE and place == _THREAD:
            return True
        inner = place
    return False
