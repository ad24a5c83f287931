"""A task: its fields, their limits, its id.

As stored, an item of the table (all strings but ``done``; ``dueDate`` absent when there is none)::

    {"userId", "taskId", "title", "description", "done", "dueDate", "createdAt", "updatedAt"}

As callers see it: the same without ``userId``, and with ``dueDate`` null when absent.
"""

import re
import secrets
import time
import uuid
from datetime import UTC, date, datetime

from api import Refusal

TITLE_MAX = 200
DESCRIPTION_MAX = 2000

DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_fields(body):
    """The fields that ``body`` gives, checked: a dict with some of title, description, done, dueDate.

    ``dueDate`` null stays None and means "no due date". Raises ``Refusal`` 400 that names the first wrong field.
    """
    unknown = sorted(set(body) - set(CHECKS))
    if unknown:
        raise Refusal(400, f"Unknown field {unknown[0][:50]!r}. A task has: {', '.join(CHECKS)}.")
    return {name: check(body[name]) for name, check in CHECKS.items() if name in body}


def to_public(item):
    """The item of the table as callers see it."""
    names = ("taskId", "title", "description", "done", "dueDate", "createdAt", "updatedAt")
    return {name: item.get(name) for name in names}


def new_task_id():
    """A UUID version 7 (RFC 9562): 48 bits of milliseconds, then random. Sorting by it is sorting by age."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 7 << 76  # version
    value = value & ~(0x3 << 62) | 2 << 62  # variant
    return str(uuid.UUID(int=value))


def path_task_id(event):
    """The ``taskId`` of the path. What cannot be one of our ids is a task that does not exist: 404."""
    task_id = (event.get("pathParameters") or {}).get("taskId")
    if not is_task_id(task_id):
        raise not_found()
    return task_id


def is_task_id(value):
    """Whether ``value`` is written exactly as ``new_task_id`` writes ids."""
    try:
        return str(uuid.UUID(value)) == value
    except (AttributeError, TypeError, ValueError):
        return False


def not_found():
    """The refusal for a task that is missing, or another user's: the caller cannot tell which."""
    return Refusal(404, "There is no such task.")


def now():
    """The time as it is stored: ``2026-11-21T09:30:00.123Z``, always UTC, so that text order is time order."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _title(value):
    title = _text("title", value, TITLE_MAX)
    if not title:
        raise Refusal(400, "title must not be blank.")
    return title


def _description(value):
    return _text("description", value, DESCRIPTION_MAX)


def _done(value):
    if not isinstance(value, bool):
        raise Refusal(400, "done must be true or false.")
    return value


def _due_date(value):
    if value is None:
        return None
    try:
        if DATE.fullmatch(value):
            return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        pass
    raise Refusal(400, "dueDate must be a date such as 2026-12-31, or null.")


def _text(name, value, limit):
    if not isinstance(value, str):
        raise Refusal(400, f"{name} must be a string.")
    value = value.strip()
    if len(value) > limit:
        raise Refusal(400, f"{name} must have at most {limit} characters, and has {len(value)}.")
    try:
        value.encode()
    except UnicodeEncodeError:  # JSON can spell half of a surrogate pair, which no store can keep
        raise Refusal(400, f"{name} has characters that are not valid Unicode.") from None
    return value


CHECKS = {"title": _title, "description": _description, "done": _done, "dueDate": _due_date}
