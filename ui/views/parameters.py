"""Parameter Store's parameters and Secrets Manager's secrets: secret values are no part of a page until they are asked
for."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ui.doors import console, scope
from ui.readers.parameters import TYPES, Parameter, Parameters, Secret, Secrets
from ui.screens import Screen

screen = Screen("parameters", "Parameters", icon="key", key="p", summary="Parameter Store's parameters, secrets")

NAME = {"name": "The name"}
VALUE = {**NAME, "value": "The value"}


@dataclass(frozen=True)
class ParameterList:
    """Parameters with `part` in their names; `after` is where the next page starts."""

    parameters: list[Parameter]
    part: str
    after: str


@dataclass(frozen=True)
class ParameterPage:
    """One parameter, as it is, and its newest versions, newest first."""

    parameter: Parameter
    versions: list[Parameter]


@dataclass(frozen=True)
class SecretList:
    """Secrets, without their values; `after` is where the next page starts."""

    secrets: list[Secret]
    after: str


@dataclass(frozen=True)
class SecretPage:
    """One secret, without its value."""

    secret: Secret


@screen.page("/parameters", "parameters.html", query={"part": "Only names with this in them", "after": "Page start"})
def parameters() -> ParameterList:
    """Parameter Store's parameters."""
    part = request.args.get("part", "").strip()
    with console().aws.answering():
        found, after = _parameters().listed(part, request.args.get("after", ""))
    return ParameterList(found, part, after)


@screen.page("/parameters/one", "parameter.html", query=NAME)
def parameter() -> ParameterPage:
    """One parameter and its versions."""
    with console().aws.answering():
        versions = _parameters().history(_name())
    if not versions:
        abort(404, f"There is no parameter {_name()}. It may have been deleted.")
    return ParameterPage(versions[0], versions)


@screen.page("/secrets", "secrets.html", query={"after": "Where the page starts"})
def secrets() -> SecretList:
    """Secrets Manager's secrets."""
    with console().aws.answering():
        return SecretList(*_secrets().listed(request.args.get("after", "")))


@screen.page("/secrets/one", "onesecret.html", query=NAME)
def secret() -> SecretPage:
    """One secret."""
    with console().aws.answering():
        return SecretPage(_secrets().secret(_name()))


@screen.part("/parameters/one/value")
def parameter_value() -> ResponseReturnValue:
    """A secure value, because somebody asked to see it."""
    with console().aws.answering():
        return _revealed(_parameters().value(_name()))


@screen.part("/secrets/one/value")
def secret_value() -> ResponseReturnValue:
    """A secret's value, because somebody asked to see it."""
    with console().aws.answering():
        return _revealed(_secrets().value(_name(), request.args.get("stage", "AWSCURRENT")))


@screen.action("/parameters/put", fields={**VALUE, "type": ", ".join(TYPES), "new": "1: it must not be there yet"})
def put_parameter() -> ResponseReturnValue:
    """Write a parameter."""
    kind = request.form.get("type", "String")
    with console().aws.answering():
        _parameters().put(_name(), kind, request.form.get("value", ""), new=request.form.get("new") == "1")
    flash(f"{_name()} was written.")
    return redirect(url_for("parameters.parameter", name=_name()), 303)


@screen.action("/parameters/delete", fields=NAME)
def delete_parameter() -> ResponseReturnValue:
    """Delete a parameter with all its versions."""
    with console().aws.answering():
        _parameters().delete(_name())
    flash(f"{_name()} was deleted.")
    return redirect(url_for("parameters.parameters"), 303)


@screen.action("/secrets/create", fields=VALUE)
def create_secret() -> ResponseReturnValue:
    """Make a secret."""
    with console().aws.answering():
        _secrets().create(_name(), request.form.get("value", ""))
    return _to_secret("was made")


@screen.action("/secrets/put", fields=VALUE)
def put_secret() -> ResponseReturnValue:
    """Give a secret a new value."""
    with console().aws.answering():
        _secrets().put(_name(), request.form.get("value", ""))
    return _to_secret("has a new value")


@screen.action("/secrets/delete", fields=NAME)
def delete_secret() -> ResponseReturnValue:
    """Mark a secret for deletion in 30 days."""
    with console().aws.answering():
        _secrets().delete(_name())
    return _to_secret("is marked for deletion")


@screen.action("/secrets/restore", fields=NAME)
def restore_secret() -> ResponseReturnValue:
    """Keep a secret that was marked for deletion."""
    with console().aws.answering():
        _secrets().restore(_name())
    return _to_secret("is kept")


def _parameters() -> Parameters:
    return Parameters(console().aws.client("ssm", scope()))


def _secrets() -> Secrets:
    return Secrets(console().aws.client("secretsmanager", scope()))


def _name() -> str:
    return request.values.get("name") or abort(400, "Which one? Its name is missing.")


def _revealed(text: str) -> ResponseReturnValue:
    return render_template("revealed.html", text=text, lines=text.count("\n") + 1, what=f"the value of {_name()}")


def _to_secret(said: str) -> ResponseReturnValue:
    flash(f"{_name()} {said}.")
    return redirect(url_for("parameters.secret", name=_name()), 303)


screen.blueprint.app_context_processor(lambda: {"parameter_types": TYPES})
