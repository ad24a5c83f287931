"""For members of the administrators' group: who there is, by group, and what may be done to them."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from . import sessions
from .cognito import cognito
from .models import db
from .settings import settings

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
blueprint.before_request(sessions.require)


@blueprint.before_request
def only_administrators() -> None:
    if settings.admin_group not in sessions.me().groups:
        abort(403)


@blueprint.get("/")
def users() -> str:
    group, after = request.args.get("group", ""), request.args.get("after", "")
    groups = cognito.groups()
    if group and group not in groups:
        abort(404)
    found, following = cognito.users(group, after)
    return render_template("admin.html", groups=groups, group=group, users=found, following=following)


@blueprint.post("/users/<username>/sign-out")
def sign_out(username: str) -> Response:
    """Everywhere: at Cognito, and in our own sessions, which would otherwise last until their token runs out."""
    sessions.end_all(cognito.sign_out_user(username))
    db.session.commit()
    return _done("The user is signed out everywhere.")


@blueprint.post("/users/<username>/groups/<group>/<any(add, remove):what>")
def change_group(username: str, group: str, what: str) -> Response:
    """Holds from the person's next token on."""
    cognito.change_group(username, group, member=what == "add")
    return _done(f"The user is {'now' if what == 'add' else 'no longer'} in {group}.")


def _done(text: str) -> Response:
    flash(text)
    return redirect(url_for("admin.users", group=request.form.get("group", "")))
