"""Every bound of the traces, named once. What can be set is in `groundcloud.settings`."""

from __future__ import annotations

BATCH_SECONDS = 0.2
"""What comes within this time is written in one transaction."""

QUIET_SECONDS = 0.2
PATIENCE_SECONDS = 20.0
"""While requests go on, what waits is written only when none came for the first, or after the second."""

HURRY_ITEMS = 4000
HURRY_BYTES = 6 * 1024 * 1024
"""With so many waiting, or so much, it waits for no quiet."""

BATCH_ITEMS = 1000
"""Spans and lines that are written in one transaction: what is made of them is held until it is over."""

WORK_SECONDS = 0.0005
"""The writer works so long at a time: a request must not wait for the interpreter longer."""

BREATH_SECONDS = 0.0001
"""And then rests."""

MAX_WAITING_ITEMS = 50_000
"""Spans and lines that may wait to be written; what is beyond is lost, and counted."""

ITEM_BYTES = 1500
"""What a waiting span weighs besides its payloads."""

SHOWN_HEAD = 4096
"""Characters of a payload that was too long to be kept whole."""

MAX_EVENT_BYTES = 256 * 1024
"""Of an event larger than this, what it delivers is not looked for."""

MAX_LINE = 4096
"""Characters of a log line."""

MAX_TEXT = 4000
"""Characters that can be searched of one trace."""

KNOWN_SPANS = 20_000
"""Spans that were handed on in a header, by which later ones find their place."""

KNOWN_TRACES = 500
"""Traces whose summary the writer has at hand."""

KNOWN_WRITES = 20_000
"""Messages, objects and records whose writer is remembered."""

WRITES_PER_TABLE = 500
"""Items of one table whose writer is remembered."""

PRUNE_SECONDS = 30
PRUNE_TRACES = 500
"""Traces that are forgotten in one step."""

SHRINK_PAGES = 500
"""Pages that are given back to the disk in one step."""

UNROOTED_SECONDS = 30
"""A trace whose first span has not ended is shown after this time all the same."""

DEFAULT_LIMIT = 50
MAX_LIMIT = 500
MAX_SPANS_SHOWN = 2_000
MAX_LINES_SHOWN = 5_000
FLOW_SPANS = 3_000
"""The newest spans in which it is looked for what called what."""

EXPORT_LIMIT = 100
EXPORT_SPANS = 10_000
FLUSH_SECONDS = 30.0
LISTENER_EVENTS = 500
ALIVE_SECONDS = 15.0

PUSH_SPANS = 256
PUSH_WAITING = 2_000
PUSH_SECONDS = 10.0
BUCKETS_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
