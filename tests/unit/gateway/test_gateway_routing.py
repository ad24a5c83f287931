"""The most specific resource that serves the method answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundcloud.gateway.model import Method
from groundcloud.gateway.routing import Router


def method(http_method: str, path: str) -> Method:
    return Method(http_method, f"id:{path}", path, "NONE", None, frozenset(), False, None)


def router(*routes: str) -> Router:
    return Router(method(*route.split(" ", 1)) for route in routes)


def found(routes: Router, http_method: str, path: str) -> tuple[str, dict[str, str] | None] | None:
    match = routes.find(http_method, path)
    return None if match is None else (f"{match.method.http_method} {match.method.resource_path}", match.parameters)


SHOP = router(
    "GET /",
    "GET /tasks",
    "POST /tasks",
    "GET /tasks/{id}",
    "GET /tasks/done",
    "GET /tasks/{id}/notes",
    "ANY /files/{proxy+}",
    "GET /files/readme",
    "GET /{proxy+}",
)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("GET /", ("GET /", None)),
        ("GET /tasks", ("GET /tasks", None)),
        ("GET /tasks/", ("GET /tasks", None)),
        ("GET //tasks", ("GET /tasks", None)),
        ("POST /tasks", ("POST /tasks", None)),
        ("GET /tasks/7", ("GET /tasks/{id}", {"id": "7"})),
        ("GET /tasks/a%2Bb", ("GET /tasks/{id}", {"id": "a%2Bb"})),
        ("GET /tasks/done", ("GET /tasks/done", None)),
        ("GET /tasks/done/notes", ("GET /tasks/{id}/notes", {"id": "done"})),
        ("GET /tasks/7/notes", ("GET /tasks/{id}/notes", {"id": "7"})),
        ("GET /tasks/7/other", ("GET /{proxy+}", {"proxy": "tasks/7/other"})),
        ("GET /files/readme", ("GET /files/readme", None)),
        ("PUT /files/readme", ("ANY /files/{proxy+}", {"proxy": "readme"})),
        ("PUT /files/a//b/", ("ANY /files/{proxy+}", {"proxy": "a//b"})),
        ("GET /files", ("GET /{proxy+}", {"proxy": "files"})),
        ("HEAD /tasks", None),
        ("DELETE /tasks", None),
        ("OPTIONS /", None),
        ("get /tasks", None),
    ],
)
def test_longest_match(call: str, expected: tuple[str, dict[str, str] | None] | None) -> None:
    assert found(SHOP, *call.split(" ", 1)) == expected


def test_an_empty_segment_is_no_parameter() -> None:
    assert found(router("GET /a/{id}/b"), "GET", "/a//b") is None


def test_a_method_beats_any_on_the_same_resource() -> None:
    assert found(router("ANY /a", "GET /a"), "GET", "/a") == ("GET /a", None)


@pytest.mark.parametrize("verb", ["TRACE", "LINK", "PROPFIND"])
def test_any_is_each_method_of_an_api(verb: str) -> None:
    assert found(router("ANY /a", "ANY /{proxy+}"), verb, "/a") is None


def test_nothing_deployed() -> None:
    assert found(router(), "GET", "/") is None


PARTS = st.sampled_from(["a", "b", "c", "{p}"])
PATTERN = st.builds(
    lambda parts, greedy: "/" + "/".join([*parts, *(["{proxy+}"] if greedy else [])]),
    st.lists(PARTS, max_size=4),
    st.booleans(),
)
ROUTE = st.tuples(st.sampled_from(["GET", "POST", "ANY"]), PATTERN)
PATH = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=6).map(lambda parts: "/" + "/".join(parts))


def rank(pattern: str, path: str) -> tuple[int, ...] | None:
    """How `pattern` matches `path`: 0 for each literal, 1 for a parameter, 2 for the greedy rest; None when not."""
    wanted = [part for part in pattern.split("/") if part]
    parts = [part for part in path.split("/") if part]
    kinds = []
    for index, part in enumerate(wanted):
        if part == "{proxy+}":
            return (*kinds, 2) if index < len(parts) else None
        if index >= len(parts) or part not in (parts[index], "{p}"):
            return None
        kinds.append(1 if part == "{p}" else 0)
    return tuple(kinds) if len(parts) == len(wanted) else None


@given(st.lists(ROUTE, max_size=12), st.sampled_from(["GET", "POST", "PUT"]), PATH)
def test_it_finds_the_best_of_all_that_match(routes: list[tuple[str, str]], http_method: str, path: str) -> None:
    """Against the definition: of the routes that match and serve the method, the least in segment order, a route of
    the method itself before ANY."""
    candidates = [
        (rank(pattern, path), verb == "ANY", f"{verb} {pattern}")
        for verb, pattern in routes
        if verb in (http_method, "ANY") and rank(pattern, path) is not None
    ]
    answer = found(Router(method(*route) for route in routes), http_method, path)
    if not candidates:
        assert answer is None
    else:
        assert answer is not None
        assert answer[0] == min(candidates)[2]
