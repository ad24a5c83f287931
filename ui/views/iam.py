"""IAM's decisions: what was refused, newest first, each with the statement that would allow it."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from ui.readers.control import Control
from ui.readers.types import Decision

blueprint = Blueprint("iam", __name__)


@blueprint.get("/iam")
def decisions() -> ResponseReturnValue:
    found, principal = _found(), _principal()
    version = str(found[0].number) if found else "0"
    return render_template("decisions.html", decisions=found, principal=principal, version=version)


@blueprint.get("/api/iam")
def decisions_data() -> ResponseReturnValue:
    return jsonify(decisions=[asdict(each) for each in _found()])


def _found() -> list[Decision]:
    control: Control = current_app.extensions["console"].control
    return control.denials(_principal())


def _principal() -> str:
    return request.args.get("principal", "").strip()
