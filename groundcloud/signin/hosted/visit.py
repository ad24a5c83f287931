"""One request of a browser to a pool's pages, and the answers that pages give."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from groundcloud.http import Headers, Request, Response
from groundcloud.signin.directory import Pool
from groundcloud.signin.hosted import limits
from groundcloud.signin.hosted.app_client import AppClient
from groundcloud.signin.hosted.authorization import Authorization
from groundcloud.signin.hosted.errors import PageError

if TYPE_CHECKING:
    from jinja2 import Environment

SESSION_COOKIE, FLOW_COOKIE, CSRF_COOKIE = "cognito", "cognito-fl", "XSRF-TOKEN"
HERE = Path(__file__).parent

SECURITY_HEADERS = (
    # No form-action: browsers hold it against every redirect after a form, and the application's own come after ours.
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin-allow-popups"),
    ("Cache-Control", "no-store"),
)


@dataclass
class Visit:
    """`form` holds the fields of a POST, each once. `sent` are cookies that the answer sets."""

    request: Request
    pool: Pool
    form: dict[str, str] = field(default_factory=dict, repr=False)
    asked: Authorization | None = None
    sent: list[str] = field(default_factory=list, repr=False)

    @property
    def authorization(self) -> Authorization:
        """What the application asked for, on pages that are part of an authorization."""
        assert self.asked is not None, "not a page of an authorization"
        return self.asked

    @property
    def client(self) -> AppClient:
        return self.authorization.client

    def field(self, name: str) -> str:
        """A field of the form without the blanks around it. Raises `PageError` for one that no person wrote."""
        value = self.form.get(name, "")
        if len(value) > limits.MAX_FIELD_CHARACTERS:
            raise PageError("invalid_request", "A field of the form is too long.")
        return value.strip()

    def secret(self, name: str) -> str:
        """A password as it was typed, blanks and all."""
        self.field(name)
        return self.form.get(name, "")

    @cached_property
    def cookies(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in self.request.headers.get_all("cookie"):
            for part in line.split(";"):
                name, _, value = part.strip().partition("=")
                found.setdefault(name, value)
        return found

    @cached_property
    def csrf(self) -> str:
        """The token of this browser's forms, new for one that has none."""
        token = self.cookies.get(CSRF_COOKIE, "")
        if len(token) < 40:
            token = secrets.token_urlsafe(32)
            self.send_cookie(CSRF_COOKIE, token)
        return token

    def link(self, path: str) -> str:
        """Another page of the same authorization."""
        return f"{path}?{self.request.query_string}" if self.request.query_string else path

    def send_cookie(self, name: str, value: str, seconds: float | None = None) -> None:
        """Have the browser keep a cookie: until it is closed, or for `seconds`; 0 makes it forget."""
        age = "" if seconds is None else f"; Max-Age={int(seconds)}"
        secure = "; Secure" if self.request.scheme == "https" else ""
        self.sent.append(f"{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}")

    def check_form(self) -> None:
        """Raises `PageError` when the form was not filled in on a page of ours: on another site, or long ago."""
        origin = self.request.headers.get("origin")
        given, kept = self.form.get("_csrf", ""), self.cookies.get(CSRF_COOKIE, "")
        is_ours = origin is None or urlsplit(origin).netloc.lower() == self.request.host
        if not is_ours or not kept or not hmac.compare_digest(given.encode(), kept.encode()):
            raise PageError("invalid_csrf", "The form has expired. Go back, reload the page and try again.", 403)


class Views:
    """Renders pages. Everything that goes into them is escaped; nothing in them needs a script."""

    def __init__(self) -> None:
        self._style = (HERE / "static" / "hosted.css").read_bytes()

    @cached_property
    def _templates(self) -> Environment:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        return Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def page(self, visit: Visit, template: str, status: int = 200, **values: Any) -> Response:
        shown = {"error": "", "notice": "", **values}
        csrf = visit.csrf
        text = self._templates.get_template(template).render(visit=visit, csrf=csrf, **shown)
        headers = Headers([("Content-Type", "text/html; charset=utf-8"), *SECURITY_HEADERS])
        return _with_cookies(Response(status, headers, text.encode()), visit)

    def style(self) -> Response:
        headers = [("Content-Type", "text/css; charset=utf-8"), ("Cache-Control", "max-age=300")]
        return Response(200, Headers([*headers, ("X-Content-Type-Options", "nosniff")]), self._style)


def redirect(visit: Visit, location: str) -> Response:
    headers = Headers([("Location", location), ("Cache-Control", "no-store"), ("Referrer-Policy", "no-referrer")])
    return _with_cookies(Response(302, headers), visit)


def _with_cookies(response: Response, visit: Visit) -> Response:
    for cookie in visit.sent:
        response.headers.add("Set-Cookie", cookie)
    visit.sent.clear()
    return response
