"""Which route of an HTTP API answers, against a plain statement of AWS's rules."""

from __future__ import annotations

from urllib.parse import quote, unquote

from hypothesis import given
from hypothesis import strategies as st

from groundcloud.gateway.httpapi.model import Route
from groundcloud.gateway.httpapi.routing import Router

_WORDS = st.sampled_from(["pets", "dog", "1", "a b", "é"])
_VARIABLES = st.sampled_from(["{a}", "{b}"])
_METHODS = st.sampled_from(["GET", "POST", "ANY"])


@st.composite
def keys(draw: st.DrawFn) -> str:
    parts = draw(st.lists(st.one_of(_WORDS, _VARIABLES), max_size=3))
    if draw(st.booleans()):
        parts.append("{proxy+}")
    return f"{draw(_METHODS)} /{'/'.join(parts)}"


paths = st.lists(_WORDS, max_size=4).map(lambda parts: "/" + "/".join(quote(part) for part in parts))


def route(key: str) -> Route:
    return Route(key, key, "NONE", None, (), None)


def is_variable(part: str) -> bool:
    return part.startswith("{")


def fits(key: str, method: str, path: str) -> tuple[object, ...] | None:
    """How well a key fits, better ones first; None when it does not."""
    verb, _, pattern = key.partition(" ")
    if verb not in (method, "ANY"):
        return None
    wanted, parts = pattern[1:].split("/"), [unquote(part) for part in path[1:].split("/")]
    greedy = wanted[-1] == "{proxy+}"
    fixed = wanted[:-1] if greedy else wanted
    if len(parts) < len(fixed) or (len(parts) > len(fixed)) is not greedy:
        return None
    if greedy and not any(parts[len(fixed) :]):
        return None
    for want, part in zip(fixed, parts, strict=False):
        if (is_variable(want) and not part) or (not is_variable(want) and want != part):
            return None
    literals = tuple(is_variable(want) for want in fixed)
    return (greedy, literals if not greedy else (*literals, True), verb == "ANY")


@given(st.lists(keys(), max_size=6, unique_by=lambda key: key.replace("{b}", "{a}")), paths, st.booleans())
def test_the_most_specific_route_is_found(made: list[str], path: str, default: bool) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html: full match, greedy
    match, `$default`; a literal segment is more specific than a variable, a method than `ANY`."""
    router = Router([route(key) for key in made] + ([route("$default")] if default else []))
    fitting = {key: how for key in made if (how := fits(key, "GET", path)) is not None}
    found = router.find("GET", path)
    if not fitting:
        assert (found.route.key if found else None) == ("$default" if default else None)
        return
    assert found is not None
    full = [key for key, how in fitting.items() if how[0] is False]
    assert found.route.key in fitting
    if full:
        # Among full matches: literals first, from the left; then the method before ANY.
        assert fitting[found.route.key] == min(fitting[key] for key in full)
    pattern = found.route.path[1:].split("/")
    parts = [unquote(part) for part in path[1:].split("/")]
    for at, part in enumerate(pattern):
        if part.endswith("+}"):
            assert (found.parameters or {})[part[1:-2]] == "/".join(parts[at:])
        elif is_variable(part):
            assert part[1:-1] in (found.parameters or {})


def test_names_of_variables_belong_to_their_routes() -> None:
    router = Router([route("GET /{a}"), route("POST /{b}")])
    got, posted = router.find("GET", "/1"), router.find("POST", "/1")
    assert got is not None
    assert posted is not None
    assert (got.parameters, posted.parameters) == ({"a": "1"}, {"b": "1"})
