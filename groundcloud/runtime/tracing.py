"""The tracing header of an invocation.

https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""

from __future__ import annotations

import re

from groundcloud.clock import random_hex
from groundcloud.spans import current, root_of, sampled_of

_HEADER = re.compile(r"(?:[A-Za-z]+=[A-Za-z0-9:.\-_]*)(?:;\s*[A-Za-z]+=[A-Za-z0-9:.\-_]*)*;?")
_ROOT = re.compile(r"Root=1-[0-9a-fA-F]{8}-[0-9a-fA-F]{24}", re.IGNORECASE)


def trace_header(incoming: str | None, now: float) -> str:
    """What is handed on to a function. As part of a request that is traced, that request's; else the caller's header,
    if it is one, or a new trace that is not sampled."""
    span = current.get()
    if span is not None:
        header = span.header
        if incoming and root_of(incoming) == span.trace and sampled_of(incoming) != span.sampled:
            return f"{header.rpartition('=')[0]}={sampled_of(incoming)}"
        return header
    if incoming and _HEADER.fullmatch(incoming) and _ROOT.search(incoming):
        return incoming
    return f"Root=1-{int(now):08x}-{random_hex(24)};Parent={random_hex(16)};Sampled=0"
