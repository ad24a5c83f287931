"""Lambda's functions: called with sample and saved events, their latencies and last errors, what is warm, and the
policy that would be enough for them."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from botocore.exceptions import ClientError
from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from groundcloud.errors import UserError
from groundcloud.samples import sample_event, sources
from ui.doors import console, scope
from ui.readers.functions import Functions, FunctionView, Invoked, Latencies, latencies_of, runs_of
from ui.readers.logs import LogReader
from ui.readers.types import Log, Scope
from ui.screens import Screen
from ui.words import words

screen = Screen(
    "functions", "Functions", icon="function", key="f", summary="Lambda's functions: call them, see how they do"
)

RUNS = 200
"""Calls of which the latencies are shown."""
ERRORS = 5
LINES = 1000
"""Log lines that are looked through for them."""


@dataclass(frozen=True)
class FunctionList:
    """Functions; `after` is where the next page starts."""

    functions: list[FunctionView]
    after: str


@dataclass(frozen=True)
class Live:
    """What only the local cloud knows: environments that are `idle` and `busy`, the `source` folder from which the code
    is reloaded when a file is saved ("" for the deployed package)."""

    idle: int
    busy: int
    source: str


@dataclass(frozen=True)
class FunctionPage:
    """One function. `event` is what it would be called with, `invoked` what the call just made answered, `problem` why
    none was made; `live` is null where the cloud is not ours."""

    function: FunctionView
    event: str
    sample: str
    samples: dict[str, str]
    latencies: Latencies | None
    errors: list[Log]
    live: Live | None
    invoked: Invoked | None = None
    problem: str = ""


@dataclass(frozen=True)
class Advice:
    """The least-privilege `policy` of a function from what it was `seen` to do, and how its role differs: the `missing`
    and the `unused` statements, all as JSON. `whole` is false when more was seen than is kept."""

    name: str
    seen: int
    whole: bool
    policy: str
    missing: str
    unused: str


@screen.page("/functions", "functions.html", query={"after": "Where the page starts"})
def functions() -> FunctionList:
    """Lambda's functions."""
    with console().aws.answering():
        return FunctionList(*_functions().listed(request.args.get("after", "")))


@screen.page("/functions/<name>", "function.html", query={"sample": "Fill in the sample event of this source"})
def function(name: str) -> FunctionPage:
    """One function."""
    return _page(name, request.args.get("sample", ""))


@screen.page("/functions/<name>/policy", "advice.html")
def policy(name: str) -> Advice:
    """The policy that is enough for what a function was seen to do."""
    whose = scope()
    found = console().control.find("/iam/policy", {"function": name, **_query(whose)})
    if found is None:
        abort(404, f"There is no function {name} with a role.")
    told = {key: json.dumps(found[key], indent=2) for key in ("policy", "missing", "unused")}
    return Advice(name, found["seen"], found["isWhole"], **told)


@screen.part("/functions/<name>/variable")
def variable(name: str) -> ResponseReturnValue:
    """The value of an environment variable, because somebody asked to see it."""
    which = request.args.get("variable", "")
    with console().aws.answering():
        value = _functions().variable(name, which)
    if value is None:
        abort(404, f"{name} has no variable {which}.")
    return render_template("revealed.html", text=value, lines=value.count("\n") + 1, what=which)


@screen.action("/functions/<name>/invoke", fields={"event": "The event as JSON"})
def invoke(name: str) -> ResponseReturnValue:
    """Call a function and show what it answered."""
    event = request.form.get("event", "")
    with console().aws.answering():
        try:
            invoked = _functions().invoke(name, event)
        except (ValueError, ClientError) as error:
            page = _page(name, "", event, problem=words(error))
            return render_template("function.html", **vars(page)), 400
    return render_template("function.html", **vars(_page(name, "", event, invoked=invoked)))


@screen.action("/functions/<name>/cold")
def cold(name: str) -> ResponseReturnValue:
    """End what is warm, so that the next call is cold."""
    answer = console().control.send("DELETE", _environments(name), _query(scope()))
    if answer.status_code != 200:
        abort(answer.status_code, answer.json().get("message"))
    told = answer.json()
    busy = f"; {told['busy']} at work go on" if told["busy"] else ""
    ended = "One environment was" if told["ended"] == 1 else f"{told['ended']} environments were"
    flash(f"{ended} ended{busy}: the next call is cold.")
    return redirect(url_for("functions.function", name=name), 303)


def _page(name: str, sample: str, event: str = "", **told: Any) -> FunctionPage:
    try:
        event = event or (sample_event(sample) if sample else "{}")
    except UserError as error:
        abort(404, f"{error.message}. {error.hint}")
    with console().aws.answering():
        found = _functions().function(name)
    lines = LogReader(console().aws).newest(
        scope(), {found.name: found.log_group}, time.time() + 1, LINES, lambda line: line.level in ("ERROR", "PLATFORM")
    )
    reports = runs_of(line.message for line in lines if line.level == "PLATFORM")[:RUNS]
    errors = [line for line in lines if line.level == "ERROR"][:ERRORS]
    return FunctionPage(found, event, sample, sources(), latencies_of(reports), errors, _live(found), **told)


def _live(found: FunctionView) -> Live | None:
    if console().settings.profile == "aws":
        return None
    warm = console().control.find(_environments(found.name), _query(scope()))
    if warm is None:
        return None
    told = console().control.get("/functions/sources")["sources"]
    source = next((each["folder"] for each in told if each["functionArn"] == found.arn), "")
    return Live(warm["idle"], warm["busy"], source)


def _functions() -> Functions:
    return Functions(console().aws.client("lambda", scope()))


def _environments(name: str) -> str:
    return f"/functions/{quote(name, safe='')}/environments"


def _query(whose: Scope) -> dict[str, str]:
    return {"account": whose.account, "region": whose.region}
