"""A request to a route, from what was typed into a form, and its answer as a page shows it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote, urlsplit

from ui.forms import header_lines
from ui.readers.apis import AuthorizerView, RouteView, StageView
from ui.readers.types import Scope
from ui.readers.wire import Outgoing, Reply

MASK = "•••"
SHOWN = 20_000
"""Characters of an answer that a page shows."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_WITH_BODY = ("POST", "PUT", "PATCH")
_QUERY = "!$&'()*+,/:;=?@[]%~"


@dataclass(frozen=True)
class Filled:
    """The form as it was filled in. `client` is ``POOL/CLIENT``, `username` whose token is added ("" for none)."""

    method: str = "GET"
    parameters: dict[str, str] = field(default_factory=dict)
    query: str = ""
    headers: str = ""
    body: str = ""
    username: str = ""
    client: str = ""


@dataclass(frozen=True)
class HeaderView:
    name: str
    value: str


@dataclass(frozen=True)
class Shown:
    """An answer: `size` in bytes; `body` is its first characters, "" for what is no text; `token` which token was sent
    (``id``, ``access`` or "")."""

    status: int
    headers: tuple[HeaderView, ...]
    body: str
    size: int
    type: str
    is_text: bool
    milliseconds: float
    trace_id: str
    url: str
    token: str


def blank(route: RouteView) -> Filled:
    """The form of a route before anything was typed."""
    method = "GET" if route.method == "ANY" else route.method
    headers, body = ("Content-Type: application/json", "{}") if method in _WITH_BODY else ("", "")
    return Filled(method, dict.fromkeys(route.parameters, ""), "", headers, body)


def filled_as(route: RouteView, recorded: Outgoing, caller: str) -> Filled:
    """The form as a recorded request would fill it. The trace has no token: `caller` names whose is added instead."""
    path, _, query = recorded.url.partition("?")
    names = route.parameters
    pattern = re.escape(route.path)
    for name in names:
        pattern = pattern.replace(re.escape("{" + name + "}"), "(.*)" if name.endswith("+") else "([^/]+)")
    found = re.search(f"{pattern}/?$", path)
    values = dict(zip(names, map(unquote, found.groups()), strict=True)) if found else dict.fromkeys(names, "")
    headers = [
        f"{name}: {value}" for name, value in recorded.headers if MASK not in value and name.lower() != "user-agent"
    ]
    return Filled(recorded.method, values, query, "\n".join(headers), recorded.body, caller)


def methods_of(route: RouteView) -> tuple[str, ...]:
    return METHODS if route.method == "ANY" else (route.method,)


def wanted_token(route: RouteView) -> str:
    """A method with scopes takes access tokens, one without takes id tokens."""
    return "access" if route.scopes else "id"


def outgoing(stage: StageView, route: RouteView, filled: Filled, scope: Scope) -> Outgoing:
    """Raises `ValueError`, in words, for what cannot be sent."""
    if filled.method not in methods_of(route):
        raise ValueError(f"{route.key} has no method {filled.method}.")
    address = urlsplit(stage.address)
    url = address.path.rstrip("/") + path_of(route.path, filled.parameters)
    query = quote(filled.query.strip().removeprefix("?"), safe=_QUERY)
    sign_for = "execute-api" if route.authorization == "AWS_IAM" else ""
    return Outgoing(
        method=filled.method,
        host=address.netloc,
        url=f"{url}?{query}" if query else url,
        headers=header_lines(filled.headers),
        body=filled.body,
        sign_for=sign_for,
        scope=scope,
    )


def path_of(template: str, values: Mapping[str, str]) -> str:
    """The path with its parameters filled in; a greedy one keeps its slashes, and may be empty."""

    def fill(found: re.Match[str]) -> str:
        name, greedy = found[1], found[1].endswith("+")
        value = values.get(name, "")
        if not value and not greedy:
            raise ValueError(f"The path parameter {name} is missing.")
        return quote(value.removeprefix("/") if greedy else value, safe="/" if greedy else "")

    return re.sub(r"\{([^{}]+)\}", fill, template)


def with_token(sent: Outgoing, authorizer: AuthorizerView, token: str) -> Outgoing:
    """The request with the token where the authorizer looks for it. One that was typed in gives way."""
    if authorizer.parameter:
        glue = "&" if "?" in sent.url else "?"
        return replace(sent, url=f"{sent.url}{glue}{quote(authorizer.parameter)}={token}")
    name = authorizer.header or "Authorization"
    kept = [(each, value) for each, value in sent.headers if each.lower() != name.lower()]
    value = f"Bearer {token}" if authorizer.kind == "JWT" else token
    return replace(sent, headers=[*kept, (name, value)])


def shown(answer: Reply, trace_id: str, sent: Outgoing, token: str, kind: str) -> Shown:
    """The answer without the token, which an API may send back."""

    def clean(text: str) -> str:
        return text.replace(token, MASK) if token else text

    headers = tuple(HeaderView(name, clean(value)) for name, value in answer.headers)
    try:
        text, is_text = clean(answer.content.decode()), True
    except UnicodeDecodeError:
        text, is_text = "", False
    return Shown(
        status=answer.status,
        headers=headers,
        body=text[:SHOWN],
        size=len(answer.content),
        type=next((each.value for each in headers if each.name.lower() == "content-type"), ""),
        is_text=is_text,
        milliseconds=answer.milliseconds,
        trace_id=trace_id,
        url=clean(f"http://{sent.host}{sent.url}"),
        token=kind,
    )
