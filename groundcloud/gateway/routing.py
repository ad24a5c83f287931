"""Finds the method of a path: the most specific resource that serves it.

A literal segment beats ``{param}``, which beats ``{proxy+}``; a resource that has the path but not the method lets the
next best one answer, because API Gateway routes on the pair of both.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from groundcloud.gateway.model import Method
from groundcloud.gateway.verbs import ANY


class Match(NamedTuple):
    """The method, and the path parameters (percent-encoded as sent) or None when there are none."""

    method: Method
    parameters: dict[str, str] | None


class _Node:
    __slots__ = ("greedy", "greedy_name", "literals", "methods", "param", "param_name")

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.param: _Node | None = None
        self.param_name = ""
        self.greedy: _Node | None = None
        self.greedy_name = ""
        self.methods: dict[str, Method] = {}

    def child(self, part: str) -> _Node:
        """The child for one segment of a resource path, made when missing. API Gateway allows one parameter name a
        level, so a second name would replace the first."""
        if part.startswith("{") and part.endswith("+}"):
            self.greedy = self.greedy or _Node()
            self.greedy_name = part[1:-2]
            return self.greedy
        if part.startswith("{") and part.endswith("}"):
            self.param = self.param or _Node()
            self.param_name = part[1:-1]
            return self.param
        return self.literals.setdefault(part, _Node())

    def existing(self, part: str) -> _Node | None:
        """The child for one segment of a resource path, if there is one."""
        if part.startswith("{"):
            return self.greedy if part.endswith("+}") else self.param
        return self.literals.get(part)

    def serving(self, http_method: str) -> Method | None:
        return self.methods.get(http_method) or (self.methods.get("ANY") if http_method in ANY else None)


class Router:
    """The resource tree of one stage."""

    def __init__(self, methods: Iterable[Method]) -> None:
        self._root = _Node()
        for method in methods:
            node = self._root
            for part in _split(method.resource_path):
                node = node.child(part)
            node.methods[method.http_method] = method

    def method_of(self, resource_path: str, http_method: str) -> Method | None:
        """The method of that very resource, by its path as declared; ``ANY`` names the method of that name only."""
        node: _Node | None = self._root
        for part in _split(resource_path):
            node = node.existing(part) if node else None
        return node.serving(http_method) if node else None

    def find(self, http_method: str, path: str) -> Match | None:
        """The method for `path` (as it follows the stage, percent-encoded), or None."""
        return _descend(self._root, _split(path), 0, http_method)


def _split(path: str) -> list[str]:
    """The segments of a path. Slashes at either end do not count: ``//tasks/`` is ``/tasks`` for API Gateway."""
    stripped = path.strip("/")
    return stripped.split("/") if stripped else []


def _descend(node: _Node, parts: list[str], index: int, http_method: str) -> Match | None:
    if index == len(parts):
        method = node.serving(http_method)
        return Match(method, None) if method else None
    part = parts[index]
    literal = node.literals.get(part)
    if literal is not None:
        found = _descend(literal, parts, index + 1, http_method)
        if found is not None:
            return found
    if node.param is not None and part:
        found = _descend(node.param, parts, index + 1, http_method)
        if found is not None:
            return Match(found.method, {node.param_name: part, **(found.parameters or {})})
    if node.greedy is not None:
        method = node.greedy.serving(http_method)
        if method is not None:
            return Match(method, {node.greedy_name: "/".join(parts[index:])})
    return None
