"""What is learnt of LocalStack before the cloud starts: is it there and new enough, is our plugin in it, what has it?

It is asked by plain blocking HTTP, before there is an event loop. Each thing that is wrong stops the start with a
sentence that says how to put it right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import httpx

from groundcloud.engines.localstack import limits
from groundcloud.errors import UserError

INFO, HEALTH = "/_localstack/info", "/_localstack/health"
PLUGIN, RESET, ITEMS = "/_groundcloud/plugin", "/_groundcloud/reset", "/_groundcloud/items"
_HOW = "`make up PROFILE=localstack` (with Docker) or `make up PROFILE=localstack ENGINE=host` (without) starts it"
_VERSION = re.compile(r"(\d+)\.(\d+)")


@dataclass(frozen=True)
class Facts:
    """`session` is another one after each start of LocalStack; `services` are those it answers by itself, and
    `forwarded` those that our plugin in it forwards to us, both as boto3 names them. `is_lasting`: it keeps its state
    when it stops, as no community edition does."""

    url: str
    version: str
    session: str
    services: frozenset[str]
    forwarded: frozenset[str]
    is_lasting: bool = False


def look(url: str, client: httpx.Client | None = None) -> Facts:
    """What LocalStack at `url` is. Raises `UserError` when it cannot be the engine."""
    with client or httpx.Client(trust_env=False, timeout=limits.LOOK_SECONDS) as asking:
        info = _ask(asking, url + INFO)
        health = _ask(asking, url + HEALTH)
        version = str(info.get("version", ""))
        _check_version(url, version)
        plugin = _ask(asking, url + PLUGIN, absent_hint=_no_plugin(url))
    forwarded = frozenset(str(name) for name in plugin.get("forwarded", ()))
    return Facts(
        url,
        version.partition(":")[0],
        str(info.get("session_id", "")),
        frozenset(name for name, state in health.get("services", {}).items() if state != "disabled") - forwarded,
        forwarded,
        is_lasting=info.get("is_license_activated") is True,
    )


def _ask(client: httpx.Client, url: str, absent_hint: str = "") -> dict[str, Any]:
    base = url.partition("/_")[0]
    try:
        answer = client.get(url)
    except httpx.TransportError as error:
        raise UserError(f"LocalStack does not answer at {base}: {error}", _HOW) from error
    if answer.status_code == 404 and absent_hint:
        raise UserError(f"LocalStack at {base} runs without Groundcloud's plugin", absent_hint)
    try:
        found = answer.json() if answer.status_code == 200 else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UserError(
            f"What answers at {base} is no LocalStack: {url} gave {answer.status_code}",
            "GROUNDCLOUD_LOCALSTACK_URL names LocalStack's own address, not the cloud's",
        )
    return found


def _check_version(url: str, version: str) -> None:
    found = _VERSION.match(version)
    if found is None or (int(found[1]), int(found[2])) < limits.OLDEST:
        oldest = ".".join(map(str, limits.OLDEST))
        raise UserError(
            f"LocalStack at {url} is version {version or 'unknown'}; {oldest} or newer is needed",
            f"Use the image localstack/localstack:{oldest}.0, the last that needs no token",
        )


def _no_plugin(url: str) -> str:
    return f"{_HOW} with it; localstack/plugin/README.md says how to put it into a LocalStack of your own at {url}"
