"""Finds the route of a request.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html: "API Gateway selects the
route with the most-specific match, using the following priorities: 1. Full match for a route and method. 2. Match for a
route and method with a greedy path variable ({proxy+}). 3. The $default route."
`ANY` takes the methods that no route of the same path defines. Segments are compared decoded, and literal ones beat
variables.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote

from groundcloud.gateway.httpapi.model import DEFAULT, Route
from groundcloud.gateway.verbs import ANY


class Match(NamedTuple):
    """The route, and the path parameters (decoded) or None when there are none."""

    route: Route
    parameters: dict[str, str] | None


class _Node:
    __slots__ = ("greedy", "literals", "methods", "variable")

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.variable: _Node | None = None
        self.methods: dict[str, Route] = {}
        self.greedy: dict[str, Route] = {}


class Router:
    """The routes of one stage. Variable names belong to their routes: ``GET /{a}`` and ``POST /{b}`` may differ."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        self._default: Route | None = None
        for route in routes:
            if route.key == DEFAULT:
                self._default = route
            elif " " in route.key:
                self._add(route)

    def _add(self, route: Route) -> None:
        node = self._root
        for part in _segments(route.path):
            if _is_greedy(part):
                node.greedy[route.method] = route
                return
            if _is_variable(part):
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.literals.setdefault(part, _Node())
        node.methods[route.method] = route

    def find(self, method: str, raw_path: str) -> Match | None:
        """The route for a path as it follows the stage, percent-encoded."""
        if method not in ANY:
            return None
        parts = [unquote(part) for part in _segments(raw_path)]
        route = _full(self._root, parts, 0, method) or _greedy(self._root, parts, 0, method)
        if route is not None:
            return Match(route, _parameters(route, parts))
        return Match(self._default, None) if self._default is not None else None


def _segments(path: str) -> list[str]:
    return path[1:].split("/")


def _is_variable(part: str) -> bool:
    return part.startswith("{") and part.endswith("}")


def _is_greedy(part: str) -> bool:
    return part.startswith("{") and part.endswith("+}")


def _serving(routes: dict[str, Route], method: str) -> Route | None:
    return routes.get(method) or routes.get("ANY")


def _full(node: _Node, parts: list[str], at: int, method: str) -> Route | None:
    if at == len(parts):
        return _serving(node.methods, method)
    literal = node.literals.get(parts[at])
    found = _full(literal, parts, at + 1, method) if literal is not None else None
    if found is None and node.variable is not None and parts[at]:
        found = _full(node.variable, parts, at + 1, method)
    return found


def _greedy(node: _Node, parts: list[str], at: int, method: str) -> Route | None:
    """The greedy route with the longest path before its variable."""
    if at < len(parts):
        literal = node.literals.get(parts[at])
        found = _greedy(literal, parts, at + 1, method) if literal is not None else None
        if found is None and node.variable is not None and parts[at]:
            found = _greedy(node.variable, parts, at + 1, method)
        if found is not None:
            return found
        if any(parts[at:]):
            return _serving(node.greedy, method)
    return None


def _parameters(route: Route, parts: list[str]) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for at, part in enumerate(_segments(route.path)):
        if _is_greedy(part):
            found[part[1:-2]] = "/".join(parts[at:])
        elif _is_variable(part):
            found[part[1:-1]] = parts[at]
    return found or None
