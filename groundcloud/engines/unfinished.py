"""A batch of a stream of which the engine is to hear nothing yet: it sends it again, a second later, with what has come
behind it.

One thread of the engine's reads all streams and queues, of every account, and waits for what each batch's function
answers. So it is not left waiting for a window of minutes, nor for a function that is slow.
"""

from __future__ import annotations

import logging
from typing import Any

_UNFINISHED = "Groundcloud.Unfinished"
_LOGGER = "lambda"
"""The engine's; it warns of every batch that did not succeed."""


def unfinished() -> dict[str, Any]:
    """The engine's form of a failed call."""
    return {"body": {"errorType": _UNFINISHED, "errorMessage": "not processed yet"}, "error": True, "log": ""}


class _Quiet(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return not (isinstance(record.args, tuple) and _UNFINISHED in record.args)


def hush() -> None:
    """Keep the engine from warning of batches that have not failed. To be called once or more often."""
    logger = logging.getLogger(_LOGGER)
    if not any(isinstance(one, _Quiet) for one in logger.filters):
        logger.addFilter(_Quiet())
