"""How values look on a page: template filters and what every template knows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Flask
from markupsafe import Markup, escape

from groundcloud.settings import Settings

NAVIGATION = (
    ("overview.page", "Overview", "grid"),
    ("mail.inbox", "Mail", "mail"),
    ("iam.decisions", "IAM", "shield"),
)
"""The screens in the side bar: endpoint, name, icon."""

PROFILES = {
    "embedded": "Everything runs on this machine. Nothing reaches AWS.",
    "localstack": "LocalStack holds the data; the edge, the functions and this console run on this machine.",
    "aws": "Real AWS. This console only reads.",
}


def install(app: Flask, settings: Settings) -> None:
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(moment=moment, iso=iso, size=size, marked=marked)

    def everywhere() -> dict[str, Any]:
        return {"settings": settings, "navigation": NAVIGATION, "profile_sentences": PROFILES}

    app.context_processor(everywhere)


def moment(epoch: float) -> str:
    """A time as people read it, in UTC: the page's script turns it into "2 min ago"."""
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


def marked(text: str, code: str | None) -> Markup:
    """`text`, escaped, with every occurrence of the confirmation code marked."""
    if not code:
        return escape(text)
    return Markup("<mark>{}</mark>").format(code).join(escape(part) for part in text.split(code))
