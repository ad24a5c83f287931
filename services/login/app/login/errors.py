"""What can go wrong, as a page that says what to do. Nothing of what a token or code was is shown or logged."""

from authlib.integrations.flask_client import OAuthError
from botocore.exceptions import BotoCoreError, ClientError
from flask import Flask, current_app, render_template
from flask_wtf.csrf import CSRFError
from joserfc.errors import JoseError
from requests.exceptions import RequestException
from werkzeug.exceptions import Forbidden, HTTPException, NotFound
from werkzeug.wrappers import Response

from . import sessions
from .models import db

Answer = tuple[str, int]


def register(app: Flask) -> None:
    for what in (OAuthError, JoseError):
        app.register_error_handler(what, sign_in_failed)
    for away in (RequestException, BotoCoreError):
        app.register_error_handler(away, unreachable)
    app.register_error_handler(ClientError, refused_by_cognito)
    app.register_error_handler(CSRFError, stale_form)
    app.register_error_handler(HTTPException, plain)


def sign_in_failed(error: Exception) -> Answer:
    """The state is another browser's, the code was used or has run out, the person cancelled, the token is not ours."""
    current_app.logger.warning("A sign-in failed: %s", getattr(error, "error", type(error).__name__))
    return page(
        400, "That sign-in did not work", "It may have taken too long, or begun in another window. Start again."
    )


def refused_by_cognito(error: ClientError) -> Answer | Response:
    """A token that was revoked elsewhere ends the session; anything else is shown in Cognito's words."""
    if error.response["Error"]["Code"] != "NotAuthorizedException":
        return page(400, "That did not work", error.response["Error"]["Message"])
    db.session.rollback()
    sessions.end()
    return sessions.ended_elsewhere()


def unreachable(error: Exception) -> Answer:
    current_app.logger.error("The sign-in service does not answer: %s", type(error).__name__)
    return page(503, "Sign-in is not available", "The sign-in service does not answer. Try again in a minute.")


def stale_form(_error: CSRFError) -> Answer:
    return page(400, "That page was out of date", "Go back, load the page again, and repeat what you did.")


def plain(error: HTTPException) -> Answer:
    words = {
        Forbidden: ("This page is not for you", "Only administrators may open it."),
        NotFound: ("There is no such page", "The address may be mistyped."),
    }
    title, text = words.get(type(error), (error.name, error.description or ""))
    return page(error.code or 500, title, text)


def page(status: int, title: str, text: str) -> Answer:
    return render_template("message.html", title=title, text=text), status
