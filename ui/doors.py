"""What a view starts from: the doors and settings of the console that answers, and whose resources are meant."""

from __future__ import annotations

from flask import current_app

from ui.readers.types import Console, Scope
from ui.scope import current_scope


def console() -> Console:
    found: Console = current_app.extensions["console"]
    return found


def scope() -> Scope:
    """The account and region in the address of the page, else the cloud's own."""
    return current_scope(console().settings)
