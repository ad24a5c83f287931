"""Which environments of a function are warm, and making it cold: control routes."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.ports import ControlRoute, Scope
from groundcloud.runtime.function import Function, Reference
from groundcloud.runtime.pool import Pools
from groundcloud.runtime.scoping import scope_of

Find = Callable[[Reference], Awaitable[Function]]
"""Looks a function up. Raises `AwsError`."""

PATH = "/functions/{name}/environments"


def warmth_routes(find: Find, pools: Pools, default: Scope) -> list[ControlRoute]:
    """GET tells ``{"idle": 1, "busy": 0}``, over all versions; DELETE ends the idle ones, so that the next call is
    cold, and tells ``{"ended": 1, "busy": 0}``: what is busy goes on, and is warm afterwards. ``account`` and
    ``region`` may be given in the query."""

    async def known(request: Request, segments: dict[str, str]) -> Reference:
        reference = Reference(scope_of(request, default), segments["name"], None)
        await find(reference)
        return reference

    async def show(request: Request, segments: dict[str, str]) -> Response:
        try:
            reference = await known(request, segments)
        except AwsError as error:
            return Response.json(error.status, json.dumps({"message": error.message}))
        idle, busy = pools.warmth(reference.scope, reference.name)
        return Response.json(200, json.dumps({"idle": idle, "busy": busy}))

    async def cool(request: Request, segments: dict[str, str]) -> Response:
        try:
            reference = await known(request, segments)
        except AwsError as error:
            return Response.json(error.status, json.dumps({"message": error.message}))
        ended = pools.cool(reference.scope, reference.name)
        _idle, busy = pools.warmth(reference.scope, reference.name)
        return Response.json(200, json.dumps({"ended": ended, "busy": busy}))

    return [ControlRoute("GET", PATH, show), ControlRoute("DELETE", PATH, cool)]
