"""Who is signed in: found by the id in the cookie, with an access token that is refreshed here when it runs out."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from authlib.integrations.flask_client import FlaskOAuth2App, OAuth, OAuthError
from flask import Flask, abort, current_app, flash, g, redirect, request, session, url_for
from sqlalchemy import select, update
from werkzeug.local import LocalProxy
from werkzeug.wrappers import Response

from .models import SignIn, db, now
from .settings import Settings, settings

SCOPES = "openid email profile aws.cognito.signin.user.admin"
"""The last one lets the access token be used for the person's own profile."""

provider: FlaskOAuth2App = LocalProxy(lambda: current_app.extensions["provider"])
"""Authlib's client of the pool."""


def register_provider(app: Flask, known: Settings) -> None:
    """Make the pool known to Authlib, which finds everything else in its OpenID configuration."""
    app.context_processor(_for_templates)
    app.extensions["provider"] = OAuth(app).register(
        "cognito",
        client_id=known.client_id,
        client_secret=known.client_secret,
        server_metadata_url=known.openid_configuration,
        client_kwargs={"scope": SCOPES, "code_challenge_method": "S256", "default_timeout": 10},
    )


def begin(token: dict[str, Any]) -> None:
    """Start the session of a person whose sign-in was verified. What the browser's session held before is dropped."""
    who = token["userinfo"]["sub"]
    signed_in = SignIn(user=who, address=request.remote_addr or "", agent=request.user_agent.string[:200])
    _keep(signed_in, token)
    db.session.add(signed_in)
    db.session.commit()
    session.clear()
    session["sign_in"] = signed_in.id


def current() -> SignIn | None:
    """The sign-in of this request's browser, with an access token that is good; None if there is none."""
    if "sign_in" not in g:
        found = db.session.get(SignIn, session["sign_in"]) if "sign_in" in session else None
        if found is not None and found.runs_out:
            found = _renewed(found.id)
        g.sign_in = found if found is not None and found.ended is None else None
        if "sign_in" in session and g.sign_in is None:
            abort(ended_elsewhere())
    return g.sign_in


def me() -> SignIn:
    """The sign-in of this request, where `require` lets nobody else in."""
    signed_in = current()
    assert signed_in is not None
    return signed_in


def require() -> Response | None:
    """For `before_request`: whoever is not signed in goes to sign in, and comes back here."""
    if current() is not None:
        return None
    if request.method == "GET":
        session["next"] = request.full_path.rstrip("?")
    return redirect(url_for("sign_in.start", page="login"))


def end() -> None:
    """End the sign-in of this request's browser."""
    if (signed_in := current()) is not None:
        signed_in.end()
        db.session.commit()
    session.clear()
    g.sign_in = None


def end_all(user: str) -> None:
    """End every sign-in of a person: the next request of each of their browsers is refused. The caller commits."""
    ended = {"ended": now(), "access_token": None, "refresh_token": None}
    db.session.execute(update(SignIn).where(SignIn.user == user, SignIn.ended.is_(None)).values(**ended))


def ended_elsewhere() -> Response:
    """Tell this browser, and have the hosted pages forget it too: they would let it in again without a password."""
    session.clear()
    flash("You were signed out. Please sign in again.")
    return redirect(hosted_sign_out())


def hosted_sign_out() -> str:
    back = {"client_id": settings.client_id, "logout_uri": settings.app_url + url_for("sign_in.home")}
    return f"{settings.hosted_url}/logout?{urlencode(back)}"


def _for_templates() -> dict[str, Any]:
    """What is known of this request's sign-in already: a page about a failure must not try again."""
    here = g.get("sign_in")
    return {"me": here, "administrator": here is not None and settings.admin_group in here.groups}


def _renewed(id: str) -> SignIn:
    """The sign-in with new tokens, or ended when Cognito gives it none. Its row is locked meanwhile: a refresh token
    may be good only once, and two requests may need it at the same moment."""
    locked = select(SignIn).where(SignIn.id == id).with_for_update().execution_options(populate_existing=True)
    signed_in = db.session.execute(locked).scalar_one()
    if signed_in.runs_out:
        try:
            token = provider.fetch_access_token(grant_type="refresh_token", refresh_token=signed_in.refresh_token)
            token["userinfo"] = provider.parse_id_token(token, nonce=None)
            _keep(signed_in, token)
        except OAuthError as refused:
            current_app.logger.info("The sign-in %s was not renewed: %s", signed_in.id, refused.error)
            signed_in.end()
    db.session.commit()
    return signed_in


def _keep(signed_in: SignIn, token: dict[str, Any]) -> None:
    signed_in.email = token["userinfo"]["email"]
    signed_in.groups = token["userinfo"].get("cognito:groups", [])
    signed_in.access_token = token["access_token"]
    signed_in.refresh_token = token.get("refresh_token", signed_in.refresh_token)
    signed_in.expires = now() + timedelta(seconds=int(token["expires_in"]))
