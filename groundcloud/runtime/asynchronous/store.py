"""Keeps the events that wait while the cloud is stopped."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from groundcloud import jsonfile
from groundcloud.runtime.asynchronous.event import Event

_log = logging.getLogger(__name__)


def save(file: Path, events: list[Event]) -> None:
    """Write the events, or no file when there are none."""
    if not events:
        file.unlink(missing_ok=True)
        return
    jsonfile.save(file, [event.to_json() for event in events])


def take(file: Path) -> list[Event]:
    """The events of the last stop, which are then the queue's: the file is removed."""
    try:
        events = [Event.from_json(value) for value in json.loads(file.read_text())]
    except FileNotFoundError:
        return []
    except (OSError, KeyError, TypeError, ValueError) as error:
        _log.warning("%s is not readable, its asynchronous invocations are lost: %s", file, error)
        return []
    file.unlink()
    return events
