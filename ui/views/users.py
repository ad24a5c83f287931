"""Cognito's users: pools, users, groups, pending codes, and tokens looked at as an authorizer does."""

from __future__ import annotations

import time
from dataclasses import dataclass

from botocore.exceptions import ClientError
from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ui.doors import console, scope
from ui.readers.tokens import Decoded, decode
from ui.readers.types import Message
from ui.readers.users import ACTS, SEARCHED, ClientView, GroupView, PoolView, Users, UserView
from ui.screens import Screen
from ui.words import words

screen = Screen("users", "Users", icon="users", key="u", summary="Cognito's users, groups, codes and tokens")

WHO = {"username": "The user"}


@dataclass(frozen=True)
class PoolList:
    """User pools; `after` is where the next page starts."""

    pools: list[PoolView]
    after: str


@dataclass(frozen=True)
class PoolPage:
    """One pool: its app clients and groups, and a page of its users whose `attribute` begins with `begins`. `problem`
    is why they could not be read, or a user not made."""

    pool: PoolView
    clients: list[ClientView]
    groups: list[GroupView]
    users: list[UserView]
    attribute: str
    begins: str
    after: str
    problem: str = ""


@dataclass(frozen=True)
class UserPage:
    """One user, and the `codes` that were sent to them, newest first."""

    pool: PoolView
    user: UserView
    groups: list[GroupView]
    codes: list[Message]


@dataclass(frozen=True)
class TokenPage:
    """A form for a token, and what is in the one that was sent."""

    pool: PoolView
    decoded: Decoded | None = None


@screen.page("/users", "pools.html", query={"after": "Where the page starts"})
def pools() -> PoolList:
    """Cognito's user pools."""
    with console().aws.answering():
        return PoolList(*_users().pools(request.args.get("after", "")))


@screen.page(
    "/users/<pool_id>",
    "pool.html",
    query={
        "attribute": "By what users are searched: " + ", ".join(SEARCHED),
        "begins": "How it begins",
        "after": "Page",
    },
)
def pool(pool_id: str) -> PoolPage:
    """One pool and its users."""
    return _pool_page(pool_id)


@screen.page("/users/<pool_id>/user", "user.html", query=WHO)
def user(pool_id: str) -> UserPage:
    """One user."""
    with console().aws.answering():
        found = _users().user(pool_id, _username())
        shown = UserPage(_users().pool(pool_id), found, _users().groups(pool_id), [])
    if console().settings.profile == "aws" or not found.address:
        return shown
    codes = [each for each in console().control.messages(found.address) if each.code]
    return UserPage(shown.pool, found, shown.groups, codes)


@screen.page("/users/<pool_id>/token", "token.html")
def token(pool_id: str) -> TokenPage:
    """A form for a token, to see what it says."""
    with console().aws.answering():
        return TokenPage(_users().pool(pool_id))


@screen.action("/users/<pool_id>/token/decode", fields={"token": "An id or access token"})
def decode_token(pool_id: str) -> ResponseReturnValue:
    """Show what a token says and why it would be refused. It is not kept."""
    with console().aws.answering():
        found = _users().pool(pool_id)
        clients = set(_users().client_ids(pool_id))
    issuer = f"https://cognito-idp.{scope().region}.amazonaws.com/{pool_id}"
    decoded = decode(
        request.form.get("token", ""), pool_id, issuer, clients, lambda: console().wire.keys(issuer), time.time()
    )
    return render_template("token.html", **vars(TokenPage(found, decoded)))


@screen.action(
    "/users/<pool_id>/create",
    fields={
        **WHO,
        "email": "The e-mail address",
        "password": "Set for good; without one, Cognito mails a temporary one",
    },
)
def create(pool_id: str) -> ResponseReturnValue:
    """Make a user."""
    form = {name: request.form.get(name, "").strip() for name in ("username", "email")}
    with console().aws.answering():
        try:
            _users().create(pool_id, password=request.form.get("password", ""), **form)
        except ClientError as error:
            return render_template("pool.html", **vars(_pool_page(pool_id, words(error)))), 400
    flash(f"{form['username']} was made.")
    return redirect(url_for("users.user", pool_id=pool_id, username=form["username"]), 303)


@screen.action("/users/<pool_id>/act", fields={**WHO, "what": ", ".join(ACTS)})
def act(pool_id: str) -> ResponseReturnValue:
    """Confirm, reset, disable, enable, sign out or delete a user."""
    what = request.form.get("what", "")
    if what not in ACTS:
        abort(400, f"What can be done to a user: {', '.join(ACTS)}.")
    with console().aws.answering():
        _users().act(pool_id, _username(), what)
    flash(f"{_username()} {ACTS[what][1]}.")
    if what == "delete":
        return redirect(url_for("users.pool", pool_id=pool_id), 303)
    return redirect(url_for("users.user", pool_id=pool_id, username=_username()), 303)


@screen.action("/users/<pool_id>/group", fields={**WHO, "group": "Which group", "leave": "1: out of it, else into it"})
def group(pool_id: str) -> ResponseReturnValue:
    """Put a user into a group, or take them out."""
    name, leave = request.form.get("group", ""), request.form.get("leave") == "1"
    with console().aws.answering():
        _users().join(pool_id, _username(), name, leave=leave)
    flash(f"{_username()} {'left' if leave else 'is in'} {name}.")
    return redirect(url_for("users.user", pool_id=pool_id, username=_username()), 303)


@screen.action("/users/<pool_id>/groups/create", fields={"group": "Its name"})
def create_group(pool_id: str) -> ResponseReturnValue:
    """Make a group."""
    with console().aws.answering():
        _users().create_group(pool_id, request.form.get("group", ""))
    flash(f"The group {request.form['group']} was made.")
    return redirect(url_for("users.pool", pool_id=pool_id), 303)


def _pool_page(pool_id: str, problem: str = "") -> PoolPage:
    attribute, begins = request.args.get("attribute") or "email", request.args.get("begins", "").strip()
    if attribute not in SEARCHED:
        abort(400, f"Users are searched by {', '.join(SEARCHED)}.")
    whose, settings = scope(), console().settings
    with console().aws.answering():
        reader = _users()
        found = reader.pool(pool_id)
        users, after = reader.listed(pool_id, attribute, begins, request.args.get("after", ""))
        clients = reader.clients(found, whose.region, "" if settings.profile == "aws" else settings.endpoint)
        return PoolPage(found, clients, reader.groups(pool_id), users, attribute, begins, after, problem)


def _users() -> Users:
    return Users(console().aws.client("cognito-idp", scope()))


def _username() -> str:
    return request.values.get("username") or abort(400, "Which user? The username is missing.")


screen.blueprint.app_context_processor(lambda: {"searched": list(SEARCHED.items())})
