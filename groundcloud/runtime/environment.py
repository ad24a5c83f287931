"""An execution environment: one process that runs one function, one call at a time.

    starting ──next──► idle ──submit──► busy ──response/error──► idle …
        │                                 │
        └─ init error, exit, too slow     └─ exit, timeout ──► ended

A call may be submitted while the environment is starting, and right after a response, before the process has asked
for the next: it waits for that. A call that was not handed over when the process ended fails with
`EnvironmentGoneError`, and another environment takes it; one that was handed over fails with AWS's error. A start that
goes wrong is tried once more, within the function's timeout:
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-invoke-with-errors
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor

from groundcloud.clock import Clock
from groundcloud.runtime import errors, limits
from groundcloud.runtime.call import Call as Call
from groundcloud.runtime.call import Outcome as Outcome
from groundcloud.runtime.call import append_tail, error_type
from groundcloud.runtime.debug.limits import CALL_SECONDS
from groundcloud.runtime.failed_start import failed_start
from groundcloud.runtime.function import Function
from groundcloud.runtime.logs import LogStream
from groundcloud.runtime.output import OutputSplitter
from groundcloud.runtime.platform_lines import Report
from groundcloud.runtime.platform_log import platform_log
from groundcloud.runtime.process import FunctionProcess
from groundcloud.runtime.process_tree import Usage
from groundcloud.runtime.response_stream import ResponseStream
from groundcloud.runtime.runtime_api import RuntimeConnection
from groundcloud.runtime.usage import UsageWatch

_log = logging.getLogger(__name__)

Start = Callable[[], Awaitable[FunctionProcess]]
"""Starts a process like the first one. Raises `OSError`."""


class Environment:
    """Implements `RuntimeApi` for its process.

    `on_idle` is called when it can take another call, `on_end` once when it never will again. `watchers` look at its
    processes. `expires` is the monotonic time up to which its credentials are good. An `unhurried` one is being
    debugged: no time runs out. `memory` is what it used, in MB, when it was last `measured` (monotonic time, -1 for
    never). `settled` is set when its start is over, well or not.
    """

    def __init__(
        self,
        function: Function,
        clock: Clock,
        log: LogStream,
        *,
        on_idle: Callable[[Environment], None],
        on_end: Callable[[Environment], None],
        watchers: Executor,
        expires: float = float("inf"),
        unhurried: bool = False,
    ) -> None:
        self.function = function
        self.expires = expires
        self._seconds = CALL_SECONDS if unhurried else float(function.timeout)
        self.idle_since = clock.monotonic()
        self.ended = False
        self.gone = asyncio.Event()
        self.settled = asyncio.Event()
        self.memory = 0
        self.measured = -1.0
        self._clock = clock
        self._log_stream = log
        self._platform = platform_log(function, clock)
        self._on_idle = on_idle
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._process: FunctionProcess | None = None
        self._server: asyncio.Server | None = None
        self._splitter = OutputSplitter()
        self._poller: RuntimeConnection | None = None
        self._pending: Call | None = None
        self._call: Call | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._spawned = clock.monotonic()
        self._again: Start | None = None
        self._restart: Start | None = None
        self._restarted = 0.0
        self._restarting: asyncio.Task[None] | None = None
        self._init: float | None = None
        self._init_reported = False
        self._has_served = False
        self._init_tail = bytearray()
        self._last_request = ""
        self._last_lines: Callable[[], None] | None = None
        self._peak: int | None = None
        self._usage = UsageWatch(watchers, self._looked)
        self._out_of_memory = False
        self._suspect = False

    # life

    def attach(self, server: asyncio.Server, process: FunctionProcess, again: Start | None = None) -> None:
        """The process is running; from now on it is watched. `again` starts another, if this one does not get ready."""
        self._server = server
        self._again = again
        seconds = limits.init_seconds(self.function.timeout, provided=bool(self.function.provided_for))
        self._watch(process, seconds if again is not None else seconds + self._seconds)

    def _watch(self, process: FunctionProcess, seconds: float) -> None:
        """Watch a process that may take so long to get ready."""
        self._process = process
        if self._suspect:
            process.turns.suspect()
        process.watch(self._output, self._exited, crowded=self._log_stream.crowded)
        if self.ended:
            # It failed, or was not wanted any more, while it was being made.
            process.kill()
        if self._init is None:
            self._cancel_timer()
            self._timer = self._loop.call_later(seconds, self._timed_out)
            self._usage.begin(process, starting=True)

    def suspect(self) -> None:
        """Let it give way from its start on: others of its function had to."""
        self._suspect = True
        if self._process is not None:
            self._process.turns.suspect()

    @property
    def gives_way(self) -> bool:
        """Whether it takes more of the machine than others can do without."""
        return self._out_of_memory or (self._process is not None and self._process.turns.gives_way)

    @property
    def root(self) -> int:
        """The process above all others of this environment; 0 while there is none."""
        return self._process.root if self._process is not None and not self.ended else 0

    @property
    def start_seconds(self) -> float:
        """How long its start took; 0 while it starts."""
        return (self._init or 0.0) / 1000

    def submit(self, call: Call) -> asyncio.Future[Outcome]:
        """Hand over a call. The future ends with its outcome, or `EnvironmentGoneError` if it never began."""
        call.done = self._loop.create_future()
        if self.ended:
            call.done.set_exception(errors.EnvironmentGoneError("the environment has ended"))
            return call.done
        self._pending = call
        if self._poller is not None and self._poller.open:
            self._deliver(self._poller)
        elif self._timer is None:
            # A process that never asks again must not hold the call for ever.
            self._timer = self._loop.call_later(limits.INIT_SECONDS + self._seconds, self._timed_out)
        return call.done

    def end(self) -> None:
        """Kill the process group; `gone` is set when it is really over."""
        self._mark_ended()
        if self._process is not None:
            self._process.kill()

    def _mark_ended(self) -> None:
        self.settled.set()
        if not self.ended:
            self.ended = True
            self._conclude()
            self._on_end(self)

    # RuntimeApi

    def next(self, connection: RuntimeConnection) -> None:
        if self._call is not None and self._streams():
            self._broke_off(self._call.request_id)
        if self._call is not None:
            connection.refuse(403, "InvalidStateTransition", "The invocation has not been answered yet")
            return
        if self._init is None:
            self._init = self._elapsed(self._spawned)
            self.settled.set()
        self._cancel_timer()
        if self._pending is not None:
            self._deliver(connection)
        else:
            self._poller = connection

    def response(self, connection: RuntimeConnection, request_id: str, body: bytes | None) -> None:
        if not self._expected(connection, request_id):
            return
        if body is None:
            limit = limits.STREAMED_RESPONSE_BYTES if self._streams() else limits.RESPONSE_BYTES
            message = f"Exceeded maximum allowed payload size ({limit} bytes)."
            connection.refuse(413, "RequestEntityTooLarge", message)
            self._finish(errors.response_too_large_payload(limit), failed=True)
            return
        connection.accept()
        self._finish(body, failed=False)

    def error(self, connection: RuntimeConnection, request_id: str, body: bytes | None) -> None:
        if not self._expected(connection, request_id):
            return
        connection.accept()
        self._finish(self._explained(body) if body is not None else errors.response_too_large_payload(), failed=True)

    def init_error(self, connection: RuntimeConnection, body: bytes | None) -> None:
        if self._init is not None or self.ended:
            connection.refuse(403, "InvalidStateTransition", "The initialization is over")
            return
        connection.accept()
        payload = self._explained(body) if body else errors.exited_payload("", 1)
        if self._to_start_again("error", error_type(payload)):
            return
        self._init_failed(*failed_start(payload))
        self.end()

    def stream(self, connection: RuntimeConnection, request_id: str, content_type: str) -> ResponseStream | None:
        call = self._call
        if call is None or call.request_id != request_id or call.stream is None:
            return None
        call.stream.begin(content_type, connection)
        return call.stream

    def truncated(self, request_id: str) -> None:
        # A process that ends closes its connections first: then its end is the error.
        self._loop.call_later(limits.TRUNCATION_SECONDS, self._broke_off, request_id)

    def _broke_off(self, request_id: str) -> None:
        if self._call is not None and self._call.request_id == request_id:
            self._finish(errors.truncated_payload(request_id), failed=True, error_type="Runtime.TruncatedResponse")

    def _streams(self) -> bool:
        return self._call is not None and self._call.stream is not None and self._call.stream.began.is_set()

    def _expected(self, connection: RuntimeConnection, request_id: str) -> bool:
        if self._call is not None and self._call.request_id == request_id:
            return True
        if request_id == self._last_request:
            connection.refuse(403, "InvalidStateTransition", "The invocation has been answered already")
        else:
            connection.refuse(400, "InvalidRequestID", "Invalid request ID")
        return False

    def _shown(self, text: str) -> str:
        return self.function.local.shown(text) if self.function.local is not None else text

    def _explained(self, payload: bytes) -> bytes:
        """An error as the developer sees it, when saved sources run in place of the deployed package."""
        return self.function.local.explain(payload) if self.function.local is not None else payload

    # one call

    def _deliver(self, connection: RuntimeConnection) -> None:
        call, self._pending, self._poller = self._pending, None, None
        assert call is not None
        self._cancel_timer()
        self._call = call
        call.started = self._clock.monotonic()
        seconds = self._seconds
        if self._restarted:
            # What the second start took is part of the call.
            seconds -= call.started - self._restarted
            call.started, self._restarted = self._restarted, 0.0
        headers = {
            "Lambda-Runtime-Aws-Request-Id": call.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((self._clock.now() + seconds) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": call.arn,
            "Lambda-Runtime-Trace-Id": call.trace,
        }
        if call.client_context:
            headers["Lambda-Runtime-Client-Context"] = call.client_context
        self._timer = self._loop.call_later(seconds, self._timed_out)
        if not self._has_served:
            self._has_served = True
            call.begins_cold(self._elapsed(self._spawned), self._init)
        if self._process is not None:
            self._usage.begin(self._process)
        connection.event(headers, call.payload)
        if self._process is not None:
            self._process.look_later()
        # Only now: while this is written, the function runs already.
        self._conclude()
        self._write(self._platform.start(call.request_id))

    def _finish(self, payload: bytes, *, failed: bool, status: str = "", error_type: str = "", line: str = "") -> None:
        """End the running call. Its last log lines are written when nobody waits for anything: a moment after the
        answer, or when the next event is on its way; but before it, if the caller wants them."""
        call = self._call
        assert call is not None
        duration = self._elapsed(call.started)
        self._cancel_timer()
        self._collect()
        if self._peak is None:
            # Later it may be gone; from the second call on there is at least this.
            self._measure()
        if failed:
            self._end_crowd()
        self._call = None
        self._last_request = call.request_id

        def close() -> None:
            if line:
                self._write(line, None, call)
            self._close_log(call, duration, status, error_type, failed=failed)

        if call.wants_tail or self.ended:
            close()
        else:
            self._last_lines = close
            self._log_stream.soon(self._conclude)
        call.settle(Outcome(payload, failed, duration, bytes(call.tail[-limits.LOG_TAIL_BYTES :])))
        if not self.ended:
            self.idle_since = self._clock.monotonic()
            self._on_idle(self)

    def _conclude(self) -> None:
        """Write the last lines of the call before, if they are not written yet, and what else was put off with them."""
        write, self._last_lines = self._last_lines, None
        if write is not None:
            write()
            if self._poller is not None:
                self._poller.release()

    def _collect(self) -> None:
        """Read what the function has written: it did so before it answered, so it belongs to the running call."""
        if self._process is not None:
            self._process.drain()
        for line in self._splitter.flush():
            self._write(self._shown(line.text), line.timestamp)

    def _close_log(self, call: Call, duration: float, status: str, error_type: str, *, failed: bool) -> None:
        init = None
        if not self._init_reported:
            self._init_reported, init = True, self._init
        self._measure()
        facts = Report(call.request_id, duration, self.function.memory, self._peak, init, status, error_type, failed)
        self._write(self._platform.end(facts), None, call)
        self._write(self._platform.report(facts), None, call)

    def _measure(self) -> None:
        """Note the most memory used so far, while there is a process to ask."""
        if self._process is not None and not self._out_of_memory:
            self._peak = self._process.peak_memory() or self._peak

    # what goes wrong

    def _looked(self, found: Usage) -> None:
        """End the process when it has taken more than the function has; `_exited` tells the caller."""
        if self._process is None or self.ended:
            return
        self._measure()
        if self._peak is not None and self._peak > self.function.memory:
            self._out_of_memory, self._peak = True, self.function.memory
        if self._out_of_memory or found.tasks > limits.PROCESSES_SEEN:
            if self._call is not None:
                self._mark_ended()
            self._usage.end()
            self._process.kill()

    def _end_crowd(self) -> None:
        """End an environment that a bomb of forks has left full of copies, each of which asks for the next call."""
        if self._process is not None and not self.ended and self._process.has_more_tasks(limits.PROCESSES_KEPT):
            self.end()

    def _timed_out(self) -> None:
        self._timer = None
        seconds = self._seconds
        call = self._call
        if call is None:
            if not self._to_start_again("timeout", ""):
                self._init_failed(
                    lambda request_id: errors.timed_out_payload(request_id, seconds),
                    "timeout",
                    "",
                    lambda request_id: self._platform.timed_out(request_id, seconds),
                )
                self.end()
            return
        self._measure()
        self.end()
        line = self._platform.timed_out(call.request_id, seconds)
        payload = errors.timed_out_payload(call.request_id, seconds)
        self._finish(payload, failed=True, status="timeout", line=line)

    def _to_start_again(self, status: str, error_type: str) -> bool:
        """End a process that did not get ready, to be followed by another; False when it was the last try."""
        if self._init is not None or self._again is None or self.ended:
            return False
        assert self._process is not None
        self._collect()
        self._cancel_timer()
        self._write(self._platform.init_report(self._elapsed(self._spawned), status, error_type))
        self._restart, self._again = self._again, None
        self._process.kill()
        return True

    async def _start_again(self, start: Start) -> None:
        self._spawned = self._restarted = self._clock.monotonic()
        self._out_of_memory, self._init_reported = False, True
        try:
            self._watch(await start(), self._seconds)
        except OSError as error:
            _log.warning("the process of %s could not be started again: %s", self.function.name, error)
            self._mark_ended()
            self._over()

    def _exited(self, status: int) -> None:
        was_ended = self.ended
        kind = "Runtime.OutOfMemory" if self._out_of_memory else "Runtime.ExitError"
        if not was_ended and (self._restart is not None or self._to_start_again("error", kind)):
            assert self._restart is not None
            start, self._restart, self._process = self._restart, None, None
            self._restarting = self._loop.create_task(self._start_again(start))
            return
        self._mark_ended()
        if self._call is not None:
            request_id = self._call.request_id
            line = self._platform.exited(request_id, status)
            payload = errors.exited_payload(request_id, status)
            self._finish(payload, failed=True, status="error", error_type=kind, line=line)
        elif self._init is None and not was_ended:
            self._init_failed(
                lambda request_id: errors.exited_payload(request_id, status),
                "error",
                kind,
                lambda request_id: self._platform.exited(request_id, status),
            )
        self._over()

    def _over(self) -> None:
        """There is no process any more, and none will follow."""
        self._cancel_timer()
        self._collect()
        self._give_up_pending()
        if self._server is not None:
            self._server.close()
        self.gone.set()

    def _give_up_pending(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None and pending.done is not None and not pending.done.done():
            pending.done.set_exception(errors.EnvironmentGoneError("the environment ended before the call began"))

    def _init_failed(
        self,
        payload: Callable[[str], bytes],
        status: str,
        error_type: str,
        line: Callable[[str], str] = lambda request_id: "",
    ) -> None:
        """The start went wrong: the call that waits for it gets the error, as on AWS; `line` tells of it in the log."""
        self._collect()
        self._cancel_timer()
        duration = self._elapsed(self._spawned) if self._init is None else self._init
        phase = "invoke" if self._restarted else "init"
        self._write(self._platform.init_report(duration, status, error_type, phase))
        self._init = duration
        call, self._pending = self._pending, None
        if call is None:
            return
        call.tail += self._init_tail
        self._write(self._platform.start(call.request_id), None, call)
        self._init_reported = True
        self._mark_ended()
        call.started = self._restarted or self._clock.monotonic()
        self._call = call
        told = line(call.request_id)
        self._finish(payload(call.request_id), failed=True, status=status, error_type=error_type, line=told)

    # log

    def _output(self, data: bytes) -> None:
        if self._call is None:
            self._conclude()
        for line in self._splitter.feed(data):
            self._write(self._shown(line.text), line.timestamp)

    def _write(self, text: str, timestamp: int | None = None, call: Call | None = None) -> None:
        if not text:
            return
        self._log_stream.write(text, timestamp)
        if call is not None:
            call.log(text, timestamp, told=True)
        elif self._call is not None:
            self._call.log(text, timestamp)
        elif self._init is None:
            append_tail(self._init_tail, text)

    def _elapsed(self, since: float) -> float:
        return (self._clock.monotonic() - since) * 1000

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._usage.end()
