"""Which API, stage and path a URL means, in each of the forms that the ecosystem uses."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_HOST = re.compile(
    r"(?P<api>[a-z0-9][a-z0-9_-]*)\.execute-api\."
    r"(?:(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)\.)?"
    r"(?:localhost|localhost\.localstack\.cloud|amazonaws\.com|amazonaws\.com\.cn)"
    r"(?::\d+)?"
)
_AWS_PREFIX = "/_aws/execute-api/"
_RESTAPIS_PREFIX = "/restapis/"
_USER_REQUEST = "_user_request_"


class Target(NamedTuple):
    """Where a request goes. `path` is what follows the stage, percent-encoded as sent, and begins with ``/``;
    `region` is None when the URL does not name one; `stage` may be empty. `base_path` is None unless a custom domain
    name led here: then it is what the mapping took off the path, ``""`` or ``/v1``; and `lower_case` whether
    integrations get all names of headers so."""

    api_id: str
    region: str | None
    stage: str
    path: str
    base_path: str | None = None
    lower_case: bool = False


class Address(NamedTuple):
    """An API as a URL names it, and all of the path behind it: whether that begins with a stage, HTTP APIs decide."""

    api_id: str
    region: str | None
    path: str


def staged(target: Target) -> Target:
    """A mapping's target as REST APIs understand it: one without a stage takes it from the path."""
    if target.stage:
        return target
    stage, _, rest = target.path[1:].partition("/")
    prefix = f"{target.base_path or ''}/{stage}"
    return target._replace(stage=stage, path="/" + rest, base_path=prefix)


def parse_address(host: str, raw_path: str) -> Address | None:
    """Like `parse_target`, for APIs whose stage need not be in the path; ``/restapis/`` is none of theirs."""
    if ".execute-api." in host:
        found = _parse_host(host)
        return Address(found[0], found[1], raw_path) if found else None
    if raw_path.startswith(_AWS_PREFIX):
        api_id, slash, rest = raw_path[len(_AWS_PREFIX) :].partition("/")
        return Address(api_id, None, slash + rest or "/") if api_id else None
    return None


def parse_target(host: str, raw_path: str) -> Target | None:
    """The target of a request by its Host (lower case) and raw path, or None when it is not for an API.

    ``/restapis/{api}/{stage}/_user_request_/…`` is the data plane; all else below ``/restapis/`` the control plane.
    """
    if ".execute-api." in host:
        found = _parse_host(host)
        if found is None:
            return None
        stage, _, rest = raw_path[1:].partition("/")
        return Target(found[0], found[1], stage, "/" + rest)
    if raw_path.startswith(_AWS_PREFIX):
        api_id, _, rest = raw_path[len(_AWS_PREFIX) :].partition("/")
        stage, _, rest = rest.partition("/")
        return Target(api_id, None, stage, "/" + rest) if api_id else None
    if raw_path.startswith(_RESTAPIS_PREFIX):
        parts = raw_path[len(_RESTAPIS_PREFIX) :].split("/", 3)
        if len(parts) >= 3 and parts[2] == _USER_REQUEST and parts[0] and parts[1]:
            return Target(parts[0], None, parts[1], "/" + (parts[3] if len(parts) == 4 else ""))
    return None


@lru_cache(maxsize=1024)
def _parse_host(host: str) -> tuple[str, str | None] | None:
    match = _HOST.fullmatch(host)
    return (match["api"], match["region"]) if match else None
