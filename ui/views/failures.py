"""What the console answers when it cannot answer: the cloud is away, the page is unknown, the request is refused."""

from __future__ import annotations

from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from ui.readers.types import CloudUnavailable


def install(app: Flask) -> None:
    app.register_error_handler(CloudUnavailable, cloud_unavailable)
    app.register_error_handler(HTTPException, refused)


def cloud_unavailable(error: CloudUnavailable) -> ResponseReturnValue:
    """503: says how to start the cloud, and comes back by itself once it runs."""
    if _wants_json():
        return jsonify(message=str(error), hint="Start the cloud: make up"), 503
    return render_template("cloud_unavailable.html", detail=str(error)), 503


def refused(error: HTTPException) -> ResponseReturnValue:
    """Any other HTTP error, with its own words."""
    status = error.code or 500
    if _wants_json():
        return jsonify(message=error.description), status
    return render_template("refused.html", status=status, name=error.name, detail=error.description), status


def _wants_json() -> bool:
    return request.path.startswith("/api/")
