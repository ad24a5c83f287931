"""What the first visit of a page would wait for, done while nobody waits: templates are compiled, clients made."""

from __future__ import annotations

import threading

from flask import Flask

from ui.readers.types import Console, Scope
from ui.views import SCREENS

SERVICES = ("cloudformation", "lambda", "logs", "s3", "cloudfront", "apigateway")
"""What the overview and the logs ask."""


def warm_up(app: Flask) -> threading.Thread:
    """Begin, in a thread that dies with the process."""
    thread = threading.Thread(target=_warm, args=(app,), name="console-warm-up", daemon=True)
    thread.start()
    return thread


def _warm(app: Flask) -> None:
    for screen in SCREENS:
        for page in screen.pages:
            app.jinja_env.get_template(page.template)
    console: Console = app.extensions["console"]
    if console.settings.profile == "aws":
        return  # whose credentials are meant is found out when they are needed
    own = Scope(console.settings.account, console.settings.region)
    for service in SERVICES:
        console.aws.client(service, own)
