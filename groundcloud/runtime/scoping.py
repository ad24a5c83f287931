"""Whose functions a control route is asked about."""

from __future__ import annotations

from groundcloud.http import Request
from groundcloud.ports import Scope


def scope_of(request: Request, default: Scope) -> Scope:
    """The account and region that the query names, else the cloud's own."""
    return Scope(request.query_value("account") or default.account, request.query_value("region") or default.region)
