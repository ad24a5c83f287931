"""What every answer and every form carries: headers that bind the browser, and a token against forged requests."""

from urllib.parse import urlsplit

from flask import Flask, request
from flask_wtf import CSRFProtect
from werkzeug.wrappers import Response

from .settings import Settings


def protect(app: Flask, settings: Settings) -> None:
    CSRFProtect(app)
    headers = _headers(settings)

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(headers)
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        return response


def _headers(settings: Settings) -> dict[str, str]:
    """Forms may lead to the hosted pages too: signing out ends there."""
    hosted = urlsplit(settings.hosted_url)
    policy = {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self'",
        "form-action": f"'self' {hosted.scheme}://{hosted.netloc}",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    if settings.https:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return headers
