"""Who may talk to the console, and what a browser may do with its pages.

The console has no password: it listens on this machine only. What is left to fear is a page of the open web that makes
the user's browser call it, by a name that resolves to 127.0.0.1 (so the Host is checked), by a form or script of
another origin (so the Origin is checked and every write carries a token), or by what a mail says (so output is
escaped, and a policy forbids every script but ours).
"""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request, session

from groundcloud.settings import Settings

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
READING = ("GET", "HEAD", "OPTIONS")
TOKEN = "csrf_token"
TOKEN_HEADER = "X-CSRF-Token"


def install(app: Flask, settings: Settings) -> None:
    """Check every request and harden every response of `app`."""
    names = {settings.ui_host, "127.0.0.1", "localhost", "[::1]", *settings.allowed_hosts}
    hosts = {f"{name}:{settings.ui_port}" for name in names} | set(settings.allowed_hosts)

    def check() -> None:
        if request.host.lower() not in hosts:
            abort(403, f"This console does not answer to the name {request.host}.")
        if request.method not in READING:
            _check_write(hosts, settings)

    app.before_request(check)
    app.after_request(_harden)
    app.jinja_env.globals["csrf_token"] = token


def token() -> str:
    """The token that every form of this browser session carries."""
    if TOKEN not in session:
        session[TOKEN] = secrets.token_urlsafe(32)
    return str(session[TOKEN])


def _check_write(hosts: set[str], settings: Settings) -> None:
    if settings.profile == "aws" and not settings.ui_aws_writes:
        abort(403, "On profile aws the console only reads, unless it was started with GROUNDCLOUD_UI_AWS_WRITES=1.")
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc.lower() not in hosts:
        abort(403, "A page of another origin tried to change something here.")
    expected = session.get(TOKEN, "")
    given = request.headers.get(TOKEN_HEADER) or request.form.get(TOKEN, "")
    if not expected or not hmac.compare_digest(expected.encode(), given.encode()):
        abort(403, "This form is from an earlier run of the console. Go back, reload the page and try again.")


def _harden(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint == "static":
        response.headers["Cache-Control"] = "no-cache"
    return response
