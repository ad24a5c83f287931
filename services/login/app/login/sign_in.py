"""Signing in and out: the authorization-code grant with PKCE against the pool's hosted pages."""

from flask import Blueprint, redirect, render_template, session, url_for
from sqlalchemy import text
from werkzeug.wrappers import Response

from . import sessions
from .cognito import cognito
from .models import db
from .settings import settings

PAGES = {"login": "/oauth2/authorize", "sign-up": "/signup", "forgot-password": "/forgotPassword"}
"""Where each errand begins on the hosted pages. All take the same parameters, and come back with a code."""

OPEN = 4
"""Sign-ins that one browser may have begun at once, in tabs of its own: a cookie holds 4 KB."""

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/")
def home() -> str | Response:
    return redirect(url_for("account.profile")) if sessions.current() else render_template("home.html")


@blueprint.get("/health")
def health() -> dict[str, str]:
    """For whoever watches over the server: 200 while it and its database answer."""
    db.session.execute(text("SELECT 1"))
    return {"status": "ok"}


@blueprint.get("/<any(login, 'sign-up', 'forgot-password'):page>")
def start(page: str) -> Response:
    """Off to the hosted pages. State, nonce and verifier stay behind in this browser's session."""
    callback = settings.app_url + url_for("sign_in.callback")
    begun = sessions.provider.create_authorization_url(callback)
    query = begun.pop("url").partition("?")[2]
    begun_before = sorted((key for key in session if key.startswith("_state_")), key=lambda key: session[key]["exp"])
    for key in begun_before[: -OPEN + 1]:
        session.pop(key)
    sessions.provider.save_authorize_data(redirect_uri=callback, **begun)
    return redirect(f"{settings.hosted_url}{PAGES[page]}?{query}")


@blueprint.get("/callback")
def callback() -> Response:
    """Back from the hosted pages. A state that is not this browser's, a used code, a forged token: see `errors`."""
    wanted = session.get("next") or url_for("account.profile")
    sessions.begin(sessions.provider.authorize_access_token())
    return redirect(wanted)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End this browser's session, here and on the hosted pages, which remember it too."""
    sessions.end()
    return redirect(sessions.hosted_sign_out())


@blueprint.post("/sign-out-everywhere")
def sign_out_everywhere() -> Response:
    """End every session of this person, in every browser and every application of the pool."""
    if (signed_in := sessions.current()) is not None:
        cognito.sign_out_everywhere(signed_in.access_token)
        sessions.end_all(signed_in.user)
        db.session.commit()
    session.clear()
    return redirect(sessions.hosted_sign_out())
