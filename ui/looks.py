"""How values look on a page: template filters and what every template knows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from flask import Flask, request, url_for
from markupsafe import Markup, escape

from ui.readers.types import Console
from ui.screens import Screen

PROFILES = {
    "embedded": ("Embedded", "Everything runs on this machine. Nothing reaches AWS."),
    "localstack": ("LocalStack", "LocalStack holds the data; edge, functions and this console run on this machine."),
    "aws": ("REAL AWS", "What you see is real and costs real money."),
}
READS_ONLY = "This console only reads here: start it with GROUNDCLOUD_UI_AWS_WRITES=1 to let it change things."


def install(app: Flask, console: Console, screens: Iterable[Screen]) -> None:
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    filters = (moment, iso, size, marked, pretty, laid_out, duration, short_arn, counted)
    app.jinja_env.filters.update({each.__name__: each for each in filters})
    navigation = tuple(screens)

    def everywhere() -> dict[str, Any]:
        return {
            "settings": console.settings,
            "navigation": navigation,
            "writable": console.writable,
            "profiles": PROFILES,
            "reads_only": READS_ONLY,
            "here": here,
        }

    app.context_processor(everywhere)


def here(**changes: str | None) -> str:
    """The address of this page with other keys in its query; None takes one out. The filter stays in the address."""
    query: dict[str, Any] = {**request.args.to_dict(), **changes}
    kept = {name: value for name, value in query.items() if value}
    return url_for(request.endpoint or "overview.page", **(request.view_args or {}), **kept)


def moment(epoch: float) -> str:
    """A time as people read it, in UTC: the page's script turns it into their own time."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%d %b %Y, %H:%M:%S UTC")


def iso(epoch: float) -> str:
    """A time as machines read it."""
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds")


def size(count: float) -> str:
    """A number of bytes as people read it.

    >>> size(183_500_800)
    '175 MB'
    """
    for unit in ("bytes", "KB", "MB"):
        if count < 1024:
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} GB"


def duration(milliseconds: float) -> str:
    """A time span as people read it.

    >>> [duration(each) for each in (0.42, 12.3, 1234, 61_000)]
    ['0.4 ms', '12 ms', '1.23 s', '61.0 s']
    """
    if milliseconds < 10:
        return f"{milliseconds:.1f} ms"
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.2f} s" if milliseconds < 10_000 else f"{milliseconds / 1000:.1f} s"


def counted(number: int, thing: str) -> str:
    """A number of things.

    >>> counted(1, "item"), counted(0, "item")
    ('1 item', '0 items')
    """
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def short_arn(name: str) -> str:
    """What an ARN names, without where it is; anything else as it is.

    >>> short_arn("arn:aws:lambda:us-east-1:000000000000:function:CreateTask")
    'function:CreateTask'
    """
    return name.split(":", 5)[5] if name.startswith("arn:") and name.count(":") >= 5 else name


def laid_out(value: Any) -> str:
    """Parsed JSON, laid out for people."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def pretty(text: str) -> str:
    """JSON laid out for people; any other text as it is."""
    try:
        return laid_out(json.loads(text))
    except (ValueError, RecursionError):
        return text


def marked(text: str, code: str | None) -> Markup:
    """`text`, escaped, with every occurrence of the confirmation code marked."""
    if not code:
        return escape(text)
    return Markup("<mark>{}</mark>").format(code).join(escape(part) for part in text.split(code))
