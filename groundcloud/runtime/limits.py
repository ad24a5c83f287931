"""Numbers of the Lambda runtime: AWS's where AWS has one, ours where this machine needs one.

AWS: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

SYNC_PAYLOAD_BYTES = 6 * 1024 * 1024
"""AWS: the event of a synchronous call."""

ASYNC_PAYLOAD_BYTES = 1024 * 1024
"""AWS, since late 2025: the event of an asynchronous call."""

RESPONSE_BYTES = SYNC_PAYLOAD_BYTES + 100
"""AWS: what a function may return; the odd number is in AWS's message."""

STREAMED_RESPONSE_BYTES = 200 * 1024 * 1024
"""AWS: what a function may stream; there a soft limit. AWS sends what is beyond the first 6 MB at 2 MB/s at most; here
it goes as fast as it comes."""

STREAM_BUFFER_BYTES = 1024 * 1024
"""Ours: of a streamed response, what waits for a slow caller before the function has to wait."""

STREAM_PRELUDE_BYTES = 16 * 1024
"""AWS, for API Gateway: status and headers end within the first 16 KB of a stream."""

TRUNCATION_SECONDS = 0.2
"""Ours: how long the end of a process may lag behind its connection, before a broken-off stream is its own error."""

UNZIPPED_BYTES = 250 * 1024 * 1024
"""AWS: a deployment package once unpacked, each layer likewise."""

LOG_TAIL_BYTES = 4096
"""AWS: `X-Amz-Log-Result` holds the last 4 KB."""

LOG_EVENT_BYTES = 256 * 1024 - 26
"""A longer line is split into several events: by Lambda still at the old limit of an event with its overhead, though
CloudWatch Logs takes events of 1 MB (API_PutLogEvents.html)."""

LOG_BATCH_EVENTS = 64
LOG_BATCH_BYTES = 12 * 1024
LOG_EVENT_OVERHEAD = 26
"""Ours, PutLogEvents: events and bytes of one call. AWS takes 10,000 and 1 MB, and counts 26 bytes more than
its text for each event; but while one call is made, about half a millisecond, nobody else's goes on."""

LOG_OTHERS_SHARE = 6
"""Ours: after each call of PutLogEvents in a row, so many times as long belongs to others."""

LOG_PENDING_EVENTS = 50_000
"""Ours: lines that wait to be written; beyond, new ones are dropped and counted in a line that says so."""

LOG_STREAM_EVENTS = 5_000
"""Ours: lines of one environment that wait; beyond, it has to wait itself."""

TRACED_LINES = 2000
"""Ours: lines of one call that its trace has; the log has all."""

LOG_FEED_LINES = 10_000
"""Ours: lines that wait for one who follows the log; beyond, the oldest go and he is told."""

LOG_FEED_ALIVE_SECONDS = 15.0
"""A follower of a silent log gets a comment so often, so that nothing between takes the connection for dead."""

LOG_FLUSH_SECONDS = 0.5
METRIC_FLUSH_SECONDS = 1.0
"""Ours: lines and metrics are put in batches; who asks for them by the API has them put first."""

LAST_LINES_SECONDS = 0.005
"""Ours: so long after the answer, END and REPORT are written at the latest."""

LOOK_SECONDS = 0.01
"""Ours: what a call writes is read after so long at the latest, and at its end."""

INIT_SECONDS = 10.0
"""AWS: how long a function may take to start before the start counts against its timeout."""

PROVIDED_INIT_SECONDS = 130.0
"""AWS: the same of provisioned concurrency, or the function's timeout where that is longer."""

IDLE_SECONDS = 300.0
"""Ours: an environment that had nothing to do for so long is ended (AWS: some minutes, unspecified)."""

SURPLUS_SECONDS = 5.0
SURPLUS_STARTS = 100.0
"""Ours: of a function's idle environments all but the freshest are ended after so long, or after so many times what
their start took if that is longer, up to `IDLE_SECONDS`: to fork another takes some 30 ms, to keep one some 15 MB."""

BLANKS = 2
"""Ours: started, idle Node.js processes of each version in use; one, when none was taken for `IDLE_SECONDS`."""

BLANK_MB = 60
"""Ours: what one of them is taken to need, until it was measured."""

AHEAD_SECONDS = 1.0
"""Ours: how long nothing changes before is looked whether Node.js functions were deployed."""

REAP_SECONDS = 2.0
"""How often the idle are looked for."""

CONCURRENT_EXECUTIONS = 1000
"""AWS: calls that run at once in an account and region; here those that wait for an environment count, too."""

ENVIRONMENTS = 64
"""Ours: environments in all. A laptop has no memory for AWS's 1,000: calls that would need more wait."""

BUDGET_MB = 512
"""Ours: the least memory that environments get together by default; else it is half of the machine's."""

ESTIMATE_MB = 40
"""Ours: what the very first environment is taken to need, until one was measured."""

MEASURE_SECONDS = 1.0
"""Ours: how often the memory of environments that were at work is measured."""

CHANGE_SECONDS = 0.25
"""Ours: how often is looked whether functions with environments were changed or deleted."""

WAITING_SECONDS = 20.0
WAITING_CALLS = 1000
"""Ours: how long a call waits for an environment before it is throttled, and how many wait at once."""

BRIEF_MS = 10.0
LANE_SECONDS = 0.003
"""Ours: calls of a function that are answered in less than the first run as many at a time as there are processors; one
that takes longer than the second counts no more."""

CREDENTIAL_SECONDS = 3600
"""Life of the role credentials of an environment."""

SESSION_SHARED_SECONDS = 60.0
"""Ours: environments of a function that start within so long have the same role credentials."""

CREDENTIAL_MARGIN_SECONDS = 60.0
"""An environment takes no call that could outlive its credentials by less than this."""

ASYNC_QUEUE = 10_000
ASYNC_WORKERS = 16
ASYNC_WORKERS_PER_FUNCTION = 8
"""Ours: asynchronous calls that wait, that run at once, and that run at once of one function."""

ASYNC_RETRIES = 2
ASYNC_RETRY_SECONDS = (60.0, 120.0)
"""AWS: an error is tried again twice, after one minute and after two more."""

ASYNC_BACKOFF_SECONDS = 300.0
"""AWS: between two tries of what was throttled there are 1 s at first, and 5 minutes at most."""

ASYNC_AGE_SECONDS = 6 * 3600.0
"""AWS: how long an event may wait, if the function's configuration does not say less."""

ASYNC_POLL_SECONDS = 0.2
"""Ours: how often the clock is looked at while events wait for their time."""

STOP_SECONDS = 5.0
"""How long `stop()` waits for processes that were killed to be gone."""

CODE_FOLDERS = 500
"""Unpacked packages kept on disk; at a start the least recently used go."""

TEMPORARY_MB = 512
"""AWS: /tmp of an environment, unless the function asks for more."""

MEMORY_CHECK_SECONDS = 0.05
"""Ours: how often a running call's memory is looked at; one that has taken too much is ended."""

MEMORY_CHECK_SHARE = 3
"""Ours: between two looks passes so many times what the first took."""

BURNING_SECONDS = 0.25
CROWD = 48
"""Ours: an environment that has computed for so many seconds in one call, or has so many processes and threads, gives
way to all others of a busy machine (`turns.py`)."""

STARVING_SECONDS = 0.25
STARVING_SHARE = 0.1
"""Ours: one that has given way and then, for so long, got less than such a share of one processor, though it waited for
more, gives way less."""

KILL_SECONDS = 0.25
"""Ours: how long one that has given way and is killed has to end, before it gives way less."""

PROCESSES = 1024
"""AWS: processes and threads of one environment."""

PROCESSES_SEEN = PROCESSES + 64
"""Ours: an environment that has come to more, because the kernel does not refuse them, is ended."""

PROCESSES_KEPT = PROCESSES // 4
"""Ours: an environment that has more after a call that failed is ended: they would take the next call's turns."""

PARENT_SECONDS = 30.0
"""Ours: how long the parent of environments may take to be ready, or to answer."""

UNRESERVED_EXECUTIONS = 100
"""AWS: of the account's concurrent executions, what reserved and provisioned concurrency leave to all functions."""

PROVIDED_CHECK_SECONDS = 0.25
"""Ours: how often is looked whether provisioned concurrency is complete and still what was asked for."""

PROVIDED_RETRY_SECONDS = 60.0
"""Ours: after so long provisioned concurrency that failed is tried again."""

PROVIDED_STARTS = 4
"""Ours: environments of one provisioned concurrency that start at once."""


def init_seconds(timeout: int, *, provided: bool) -> float:
    """How long a function may take to start.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
    """
    return max(PROVIDED_INIT_SECONDS, float(timeout)) if provided else INIT_SECONDS
