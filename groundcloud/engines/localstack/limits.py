"""Bounds of the door to LocalStack, named once."""

from __future__ import annotations

OLDEST = (4, 14)
"""The oldest LocalStack that this was tested with, and the last one that needs no token."""

REQUESTS = 256
"""How many requests LocalStack is given at a time. It has a thread for each, and a consumer of SQS keeps one for up to
20 seconds."""

WAITING_SECONDS = 10.0
"""How long a request waits for its turn before it is refused."""

CONNECT_SECONDS = 5.0
"""To a port of this machine, or of the next container."""

READ_SECONDS = 900.0
"""From the last byte sent or read to the next: as long as Lambda's longest call."""

KEEP_ALIVE_SECONDS = 15.0
"""Below what LocalStack's server keeps an idle connection open, so that we never send on one it is just closing."""

LOOK_SECONDS = 60.0
"""For each of the questions at the start, on a machine that is busy starting LocalStack."""

SHORTCUT_AGAIN_SECONDS = 5.0
"""After the way past LocalStack was looked for, it is not looked for again so long, whatever was found."""

SHORTCUT_LOOK_SECONDS = 30.0
"""For all of that, on a machine that is busy."""
