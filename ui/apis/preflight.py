"""Whether a browser would let a page of another origin make a request, by what the API answered to the preflight. Pure.

https://fetch.spec.whatwg.org/#cors-preflight-fetch
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

SAFE_METHODS = ("GET", "HEAD", "POST")
SAFE_HEADERS = ("accept", "accept-language", "content-language")
"""Sent without asking. Content-Type is one of them only for three types, and JSON is none of those."""
ORIGIN = re.compile(r"https?://[^/\s?#@]+")


@dataclass(frozen=True)
class Asked:
    """What a page wants to do: its origin, the method, the headers that it sets, whether cookies go along."""

    origin: str
    method: str
    headers: tuple[str, ...] = ()
    credentials: bool = False


@dataclass(frozen=True)
class Check:
    """One thing that a browser looks at: which header, what it was ("" for none), and what follows."""

    header: str
    value: str
    good: bool
    says: str


@dataclass(frozen=True)
class Preflight:
    """The verdict: `passes`, and why. `needed` is false for a request that a browser sends without asking."""

    asked: Asked
    passes: bool
    needed: bool
    status: int
    checks: tuple[Check, ...]


def request_headers(asked: Asked) -> list[tuple[str, str]]:
    """What the browser sends with OPTIONS: header names in lower case, sorted, without the ones always allowed."""
    names = unsafe(asked.headers)
    wanted = [("Origin", asked.origin), ("Access-Control-Request-Method", asked.method)]
    return [*wanted, ("Access-Control-Request-Headers", ",".join(names))] if names else wanted


def unsafe(names: Iterable[str]) -> list[str]:
    return sorted({each.lower() for each in names} - set(SAFE_HEADERS))


def explain(asked: Asked, status: int, headers: Iterable[tuple[str, str]]) -> Preflight:
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name.lower(), []).append(value)
    told = {name: ", ".join(values) for name, values in found.items()}
    checks = [_status(status), _origin(asked, told), _methods(asked, told), _headers(asked, told)]
    if asked.credentials:
        checks.append(_credentials(told))
    if age := told.get("access-control-max-age", ""):
        checks.append(Check("Access-Control-Max-Age", age, True, "For so many seconds the browser need not ask again."))
    needed = asked.method not in SAFE_METHODS or bool(unsafe(asked.headers))
    return Preflight(asked, all(each.good for each in checks), needed, status, tuple(checks))


def _status(status: int) -> Check:
    good = 200 <= status < 300
    says = "The preflight was answered." if good else "A browser takes nothing but a status from 200 to 299 for a yes."
    if status in (403, 404):
        says += " The path may have no OPTIONS method: API Gateway makes none by itself on a REST API."
    if status == 401:
        says += " A preflight carries no token, so OPTIONS must not have an authorizer."
    return Check("Status", str(status), good, says)


def _origin(asked: Asked, told: dict[str, str]) -> Check:
    name, value = "Access-Control-Allow-Origin", told.get("access-control-allow-origin", "")
    if not value:
        return Check(name, "", False, "It is missing, so no page of another origin may read the answer.")
    if value == "*" and asked.credentials:
        return Check(name, value, False, "With cookies a star lets nobody in: the origin has to be named.")
    if value in ("*", asked.origin):
        return Check(name, value, True, "Every origin may." if value == "*" else "This origin may.")
    if "," in value:
        return Check(name, value, False, "A browser takes one origin, not a list.")
    return Check(name, value, False, f"It names another origin than {asked.origin}; every character counts.")


def _methods(asked: Asked, told: dict[str, str]) -> Check:
    name, value = "Access-Control-Allow-Methods", told.get("access-control-allow-methods", "")
    named = _names(value)
    if asked.method in named or ("*" in named and not asked.credentials):
        return Check(name, value, True, f"{asked.method} is allowed.")
    if asked.method in SAFE_METHODS:
        return Check(name, value, True, f"{asked.method} is always allowed.")
    star = " With cookies a star is no wildcard." if "*" in named else ""
    return Check(name, value, False, f"{asked.method} is not in it.{star}")


def _headers(asked: Asked, told: dict[str, str]) -> Check:
    name, value = "Access-Control-Allow-Headers", told.get("access-control-allow-headers", "")
    named = {each.lower() for each in _names(value)}
    star = "*" in named and not asked.credentials
    wanted = unsafe(asked.headers)
    refused = [each for each in wanted if each not in named and not (star and each != "authorization")]
    if not refused:
        return Check(name, value, True, f"{', '.join(wanted)}: allowed." if wanted else "None has to be allowed.")
    hint = " A star does not mean authorization: it has to be named." if star and "authorization" in refused else ""
    return Check(name, value, False, f"{', '.join(refused)}: not in it.{hint}")


def _credentials(told: dict[str, str]) -> Check:
    name, value = "Access-Control-Allow-Credentials", told.get("access-control-allow-credentials", "")
    says = "Cookies go along." if value == "true" else "Cookies go along only if it is exactly: true."
    return Check(name, value, value == "true", says)


def _names(value: str) -> list[str]:
    return [each.strip() for each in value.split(",") if each.strip()]
