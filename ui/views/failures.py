"""What the console answers when it cannot answer: the cloud is away, the page is unknown, the request is refused."""

from __future__ import annotations

from botocore.exceptions import ClientError
from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from ui.readers.types import CloudRefused, CloudUnavailable, NotOnAws


def install(app: Flask) -> None:
    app.register_error_handler(CloudUnavailable, cloud_unavailable)
    app.register_error_handler(NotOnAws, not_on_aws)
    app.register_error_handler(ClientError, refused_by_aws)
    app.register_error_handler(CloudRefused, cloud_refused)
    app.register_error_handler(HTTPException, refused)


def cloud_unavailable(error: CloudUnavailable) -> ResponseReturnValue:
    """503: says how to start the cloud, and comes back by itself once it runs."""
    if _wants_json():
        return jsonify(message=str(error), hint="Start the cloud: make up"), 503
    return render_template("cloud_unavailable.html", detail=str(error)), 503


def not_on_aws(error: NotOnAws) -> ResponseReturnValue:
    """404: a screen of what only a local cloud records."""
    if _wants_json():
        return jsonify(message=str(error)), 404
    return render_template("refused.html", status=404, name="Not on real AWS", detail=str(error)), 404


def cloud_refused(error: CloudRefused) -> ResponseReturnValue:
    """What a control route refused, with its status and words."""
    if _wants_json():
        return jsonify(message=str(error)), error.status
    name = HTTP_STATUS_CODES.get(error.status, "Refused")
    return render_template("refused.html", status=error.status, name=name, detail=str(error)), error.status


def refused(error: HTTPException) -> ResponseReturnValue:
    """Any other HTTP error, with its own words."""
    status = error.code or 500
    if _wants_json():
        return jsonify(message=error.description), status
    return render_template("refused.html", status=status, name=error.name, detail=error.description), status


def refused_by_aws(error: ClientError) -> ResponseReturnValue:
    """What a service refused, with its own status, code and words."""
    told = error.response["Error"]
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400))
    if _wants_json():
        return jsonify(message=told["Message"], code=told["Code"]), status
    return render_template("refused.html", status=status, name=told["Code"], detail=told["Message"]), status


def _wants_json() -> bool:
    return request.path.startswith("/api/")
