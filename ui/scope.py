"""Whose resources a page shows: the account and region in its address, else the cloud's own. Links keep them."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask, abort, has_request_context, request

from groundcloud.settings import Settings
from ui.readers.types import Scope


def current_scope(settings: Settings) -> Scope:
    """The scope that the address names, else the cloud's own. Answers 400 for what is neither."""
    account = request.args.get("account") or settings.account
    region = request.args.get("region") or settings.region
    if not re.fullmatch(r"\d{12}", account):
        abort(400, "An account is 12 digits.")
    if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", region):
        abort(400, "A region looks like us-east-1.")
    return Scope(account, region)


def install(app: Flask) -> None:
    """Let every link of a page lead to the same account and region as the page."""

    def keep(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" or not has_request_context():
            return
        for name in ("account", "region"):
            if request.args.get(name):
                values.setdefault(name, request.args[name])

    app.url_defaults(keep)
