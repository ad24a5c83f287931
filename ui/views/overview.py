"""The first screen: what runs, where it answers, what is deployed."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

from botocore.exceptions import ClientError
from flask import Blueprint, abort, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from ui.readers.types import Address, Console, Scope, Stack, Status

blueprint = Blueprint("overview", __name__)


@dataclass(frozen=True)
class Overview:
    """Everything the screen shows. `problem` says why the stacks could not be read, if so."""

    status: Status
    scope: Scope
    addresses: tuple[Address, ...]
    stacks: tuple[Stack, ...]
    problem: str | None = None


@blueprint.get("/")
def page() -> ResponseReturnValue:
    return render_template("overview.html", overview=_read(), environment=_environment())


@blueprint.get("/api/overview")
def data() -> ResponseReturnValue:
    return jsonify(asdict(_read()))


def _read() -> Overview:
    console: Console = current_app.extensions["console"]
    status = console.control.status()
    scope = _chosen_scope(status)
    problem = None
    stacks: list[Stack] = []
    try:
        stacks = console.stacks.read(scope)
    except ClientError as error:
        problem = error.response["Error"].get("Message") or str(error)
    addresses = (Address("AWS endpoint", status.endpoint), Address("Console", console.settings.ui_url))
    return Overview(status, scope, addresses, tuple(stacks), problem)


def _chosen_scope(status: Status) -> Scope:
    """The scope that the URL names, else the cloud's own."""
    account = request.args.get("account", status.account)
    region = request.args.get("region", status.region)
    if not re.fullmatch(r"\d{12}", account):
        abort(400, "An account is 12 digits.")
    if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", region):
        abort(400, "A region looks like us-east-1.")
    return Scope(account, region)


def _environment() -> str:
    """The lines that point any AWS tool at this cloud."""
    settings = current_app.extensions["console"].settings
    return "\n".join(
        (
            f"export AWS_ENDPOINT_URL={settings.endpoint}",
            f"export AWS_ACCESS_KEY_ID={settings.access_key_id}",
            f"export AWS_SECRET_ACCESS_KEY={settings.secret_access_key}",
            f"export AWS_DEFAULT_REGION={settings.region}",
        )
    )
