"""The APIs of API Gateway: routes and authorizers, a route tried as one of its users, its CORS preflight explained."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError
from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from ui.apis.preflight import ORIGIN, Asked, Preflight, explain, request_headers
from ui.apis.trial import Filled, Shown, blank, filled_as, methods_of, outgoing, shown, wanted_token, with_token
from ui.doors import console, scope
from ui.readers.apis import WEBSOCKET, Apis, ApiView, AuthorizerView, RouteView, StageView, socket_address
from ui.readers.spans import Traces
from ui.readers.types import CloudRefused, Scope
from ui.readers.users import ClientView, PoolView, Users, UserView
from ui.readers.wire import Outgoing, new_trace_id
from ui.screens import Screen
from ui.traces.replay import draft_of
from ui.traces.waterfall import root_of
from ui.words import words

screen = Screen("apis", "APIs", icon="route", key="a", summary="API Gateway's APIs: try a route, as one of its users")

LISTED = 25
"""APIs on a page, each with its stages."""
NOT_ON_AWS = (
    "APIs are tried on profiles embedded and localstack only: on profile aws, nothing is sent and no token made."
)
PAGES_ORIGIN = "http://localhost:3000"


@dataclass(frozen=True)
class ApiList:
    """APIs by name, those with `q` in name or id; `after` is where the next page starts ("" for none)."""

    apis: list[ApiView]
    q: str
    after: str


@dataclass(frozen=True)
class ApiPage:
    """One API. `commands` open a connection to each stage of a WebSocket API."""

    api: ApiView
    routes: list[RouteView]
    authorizers: list[AuthorizerView]
    commands: list[str]


@dataclass(frozen=True)
class Party:
    """Who may be sent as: a user pool of the route's authorizer, its app clients that the authorizer takes, and its
    first users."""

    pool: PoolView
    clients: list[ClientView]
    users: list[UserView]


@dataclass(frozen=True)
class RoutePage:
    """One route of an API at one stage, and a form to try it, which is not `sendable` on profile aws. `token` is which
    token of a user the route wants, `answer` what came back, `preflight` what a browser makes of the answer to OPTIONS,
    `problem` why nothing was sent."""

    api: ApiView
    stage: StageView
    route: RouteView
    authorizer: AuthorizerView | None
    parties: list[Party]
    token: str
    methods: list[str]
    filled: Filled
    asked: Asked
    sendable: bool
    answer: Shown | None = None
    preflight: Preflight | None = None
    problem: str = ""


@screen.page("/apis", "apis.html", query={"q": "Only APIs with this in name or id", "after": "Where the page starts"})
def apis() -> ApiList:
    """API Gateway's APIs."""
    wanted, start = request.args.get("q", "").strip(), _start()
    with console().aws.answering():
        reader = _apis()
        found = [each for each in reader.listed() if wanted.lower() in f"{each.name} {each.id}".lower()]
        page = [reader.with_stages(each) for each in found[start : start + LISTED]]
    return ApiList(page, wanted, str(start + LISTED) if len(found) > start + LISTED else "")


@screen.page("/apis/<api_id>", "api.html")
def api(api_id: str) -> ApiPage:
    """One API: its routes and authorizers."""
    with console().aws.answering():
        reader, found = _found(api_id)
        routes, authorizers = reader.routes(found), reader.authorizers(found)
    return ApiPage(found, routes, authorizers, _commands(found))


ROUTE = {"route": "Its key, as GET /tasks", "stage": "Which stage, else the first"}


RECORDED = {"trace": "Fill the form in from this trace", "span": "Which step of it, else the first"}


@screen.page("/apis/<api_id>/route", "route.html", query=ROUTE | RECORDED)
def route(api_id: str) -> RoutePage:
    """One route, to be tried."""
    page = _page(api_id)
    trace_id = request.args.get("trace", "")
    return _as_recorded(page, trace_id, request.args.get("span", "")) if trace_id else page


FIELDS = {
    **ROUTE,
    "method": "GET, POST, …",
    "parameter.NAME": "A parameter of the path",
    "query": "What stands after the question mark",
    "headers": "One a line, as name: value",
    "body": "The whole body",
    "username": "A user of the authorizer's pool, whose token is added; empty to add none",
    "client": "POOL/CLIENT: the app client for which the token is made",
}


@screen.action("/apis/<api_id>/try", fields=FIELDS)
def attempt(api_id: str) -> ResponseReturnValue:
    """Send a request to a route and show the answer."""
    _refuse_aws()
    form = {name: request.form.get(name, "") for name in ("method", "query", "headers", "username", "client")}
    parameters = {
        name.partition(".")[2]: value for name, value in request.form.items() if name.startswith("parameter.")
    }
    body = request.form.get("body", "").replace("\r\n", "\n")
    filled = Filled(parameters=parameters, body=body, **{name: value.strip() for name, value in form.items()})
    page = _page(api_id, filled)
    try:
        sent = outgoing(page.stage, page.route, filled, scope())
        token = _token(page) if filled.username else ""
        if token and page.authorizer:
            sent = with_token(sent, page.authorizer, token)
    except (ValueError, CloudRefused) as error:
        return _rendered(page, problem=str(error)), 400
    trace_id = new_trace_id(secrets.token_hex)
    answer = console().wire.exchange(sent, trace_id)
    return _rendered(page, answer=shown(answer, trace_id, sent, token, page.token if token else ""))


@screen.action(
    "/apis/<api_id>/preflight",
    fields={
        **ROUTE,
        "method": "What the page would send",
        "origin": "The origin of the page",
        "names": "Headers that it sets, parted by commas",
        "credentials": "1: with cookies",
    },
)
def preflight(api_id: str) -> ResponseReturnValue:
    """Ask as a browser would before it lets a page of another origin send a request, and explain the answer."""
    _refuse_aws()
    names = tuple(each.strip() for each in request.form.get("names", "").split(",") if each.strip())
    origin, method = request.form.get("origin", "").strip(), request.form.get("method", "")
    asked = Asked(origin, method, names, request.form.get("credentials") == "1")
    page = _page(api_id, asked=asked)
    parameters = dict.fromkeys(page.route.parameters, "x")  # a preflight is answered for the path, whatever is in it
    try:
        if not ORIGIN.fullmatch(origin):
            raise ValueError("An origin is scheme, host and port, such as http://localhost:3000.")
        lines = "\n".join(f"{name}: {value}" for name, value in request_headers(asked))
        sent = outgoing(page.stage, page.route, Filled(method, parameters, headers=lines), scope())
    except ValueError as error:
        return _rendered(page, problem=str(error)), 400
    options = Outgoing("OPTIONS", sent.host, sent.url, sent.headers, "", "", sent.scope)
    answer = console().wire.exchange(options, new_trace_id(secrets.token_hex))
    return _rendered(page, preflight=explain(asked, answer.status, answer.headers))


def _rendered(page: RoutePage, **told: Any) -> str:
    return render_template("route.html", **(vars(page) | told))


def _page(api_id: str, filled: Filled | None = None, asked: Asked | None = None) -> RoutePage:
    key, wanted = request.values.get("route", ""), request.values.get("stage", "")
    with console().aws.answering():
        reader, found = _found(api_id)
        # A trace tells the method that was asked for, where the route may take any.
        keys = (key, f"ANY {key.partition(' ')[2]}", "$default")
        routes = {each.key: each for each in reader.routes(found)}
        route = next((routes[each] for each in keys if each in routes), None)
        stage = next((each for each in found.stages if wanted in ("", each.name)), None)
        if route is None or stage is None or found.kind == WEBSOCKET:
            abort(404, f"{found.name} has no route {key} to try{'' if found.stages else ', and no stage'}.")
        authorizer = next((each for each in reader.authorizers(found) if each.id == route.authorizer), None)
        parties, problem = _parties(authorizer)
    filled = filled or blank(route)
    names = ("authorization", "content-type") if route.authorization != "NONE" else ("content-type",)
    asked = asked or Asked(PAGES_ORIGIN, filled.method, names)
    sendable = console().settings.profile != "aws"
    token, methods = wanted_token(route), list(methods_of(route))
    return RoutePage(found, stage, route, authorizer, parties, token, methods, filled, asked, sendable, problem=problem)


def _as_recorded(page: RoutePage, trace_id: str, span_id: str) -> RoutePage:
    trace = Traces(console().control).find(trace_id)
    span = trace and (trace.by_id.get(span_id) or root_of(trace.spans))
    draft = span and draft_of(span)
    if not span or not draft:
        return replace(page, problem="The trace is no longer kept: fill the form in.")
    return replace(page, filled=filled_as(page.route, draft.outgoing, span.caller if page.parties else ""))


def _parties(authorizer: AuthorizerView | None) -> tuple[list[Party], str]:
    """The pools of an authorizer, and why they could not be read."""
    found: list[Party] = []
    whose = scope()
    for pool_id in authorizer.pools if authorizer else ():
        where = Scope(whose.account, pool_id.partition("_")[0])
        reader = Users(console().aws.client("cognito-idp", where))
        try:
            pool = reader.pool(pool_id)
            clients = reader.clients(pool, where.region, "")
            users, _ = reader.listed(pool_id, "email", "")
        except ClientError as error:
            return found, f"The users of {pool_id} cannot be read: {words(error)}"
        taken = [
            each for each in clients if not authorizer or not authorizer.audience or each.id in authorizer.audience
        ]
        found.append(Party(pool, taken, users))
    return found, ""


def _token(page: RoutePage) -> str:
    """The token that the route wants. It is kept nowhere but in the one request. Raises `ValueError`,
    `CloudRefused`."""
    pool_id, _, client_id = page.filled.client.partition("/")
    offered = {(party.pool.id, client.id): client for party in page.parties for client in party.clients}
    client = offered.get((pool_id, client_id))
    if client is None:
        raise ValueError("The route's authorizer takes no token of this app client.")
    scopes = [each for each in page.route.scopes if each in client.scopes]
    wanted = ", ".join(page.route.scopes)
    if wanted and not scopes:
        raise ValueError(f"The app client {client.name or client.id} may ask for none of the route's scopes: {wanted}.")
    asked = {"pool": pool_id, "client": client_id, "username": page.filled.username, "scopes": scopes}
    found = console().control.change("POST", "/users/tokens", asked).json()
    return str(found[f"{page.token}Token"])


def _refuse_aws() -> None:
    if console().settings.profile == "aws":
        abort(403, NOT_ON_AWS)


def _found(api_id: str) -> tuple[Apis, ApiView]:
    reader = _apis()
    return reader, reader.find(api_id) or abort(404, f"There is no API {api_id}.")


def _apis() -> Apis:
    whose, settings, aws = scope(), console().settings, console().aws
    endpoint = "" if settings.profile == "aws" else settings.endpoint
    return Apis(aws.client("apigateway", whose), aws.client("apigatewayv2", whose), whose.region, endpoint)


def _commands(found: ApiView) -> list[str]:
    if found.kind != WEBSOCKET:
        return []
    settings = console().settings
    if settings.profile == "aws":
        return [f"npx wscat -c {each.address}" for each in found.stages]
    return [f"npx wscat -c {socket_address(found, each.name, settings.endpoint)}" for each in found.stages]


def _start() -> int:
    text = request.args.get("after", "") or "0"
    return int(text) if text.isdecimal() else abort(400, "A page starts at a number.")


screen.blueprint.app_context_processor(lambda: {"not_on_aws": NOT_ON_AWS})
