"""The console: a small Flask application that shows what the local cloud does.

It is a guest of the cloud like any other client: it speaks to it by AWS APIs (boto3) and by the control routes (httpx),
through the readers of `ui/readers`, and shares no code with it but the settings. `create_app` is the composition root.
"""

from __future__ import annotations

import secrets

import httpx
from flask import Flask

from groundcloud.settings import Settings
from ui import guard, looks, openapi, scope, streams
from ui.readers.aws import AwsDoor
from ui.readers.control import Control, NoControl
from ui.readers.stacks import StackReader
from ui.readers.types import Console
from ui.readers.wire import Wire
from ui.views import SCREENS, failures


def create_app(
    settings: Settings,
    control: Control | None = None,
    stacks: StackReader | None = None,
    aws: AwsDoor | None = None,
    wire: Wire | None = None,
) -> Flask:
    """The console for the cloud that `settings` name. `control`, `aws` and `wire` are its doors, given by tests;
    `stacks` is what reads stacks through the second."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        SESSION_COOKIE_NAME=f"groundcloud_console_{settings.ui_port}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        MAX_CONTENT_LENGTH=16 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=16 * 1024 * 1024,
    )
    aws = aws or AwsDoor(settings)
    if control is None:
        control = NoControl() if settings.profile == "aws" else Control(_client(settings))
    console = Console(
        settings=settings,
        control=control,
        aws=aws,
        wire=wire or Wire(settings),
        stacks=stacks or StackReader(settings, aws),
    )
    app.extensions["console"] = console
    guard.install(app, settings)
    looks.install(app, console, SCREENS)
    scope.install(app)
    streams.install(app)
    failures.install(app)
    openapi.install(app, SCREENS)
    for screen in SCREENS:
        app.register_blueprint(screen.blueprint)
    return app


def _client(settings: Settings) -> httpx.Client:
    return httpx.Client(base_url=settings.reached_at, timeout=10, trust_env=False)
