"""The first screen: what runs, where it answers, what is deployed."""

from __future__ import annotations

from dataclasses import dataclass

from botocore.exceptions import ClientError
from flask import render_template
from flask.typing import ResponseReturnValue

from ui.doors import console, scope
from ui.readers.types import Address, Scope, Stack, Status
from ui.screens import Screen

screen = Screen("overview", "Overview", icon="grid", key="o", summary="What runs, where it answers, what is deployed")


@dataclass(frozen=True)
class Overview:
    """What runs and what is deployed in one account and region. `problem` says why the stacks could not be read, if
    so."""

    status: Status
    scope: Scope
    addresses: tuple[Address, ...]
    stacks: tuple[Stack, ...]
    problem: str | None = None


@screen.page("/", "overview.html")
def page() -> Overview:
    """What runs, where it answers, what is deployed."""
    doors, wanted = console(), scope()
    status = doors.control.status()
    problem = None
    stacks: list[Stack] = []
    try:
        stacks = doors.stacks.read(wanted)
    except ClientError as error:
        problem = error.response["Error"].get("Message") or str(error)
    addresses = (Address("AWS endpoint", status.endpoint), Address("Console", doors.settings.ui_url))
    return Overview(status, wanted, addresses, tuple(stacks), problem)


@screen.part("/credentials")
def credentials() -> ResponseReturnValue:
    """The lines that point any AWS tool at this cloud, for who asks to see them."""
    settings, wanted = console().settings, scope()
    own = wanted.account == settings.account
    lines = (
        f"export AWS_ENDPOINT_URL={settings.endpoint}",
        f"export AWS_ACCESS_KEY_ID={settings.access_key_id if own else wanted.account}",
        f"export AWS_SECRET_ACCESS_KEY={settings.secret_access_key}",
        f"export AWS_DEFAULT_REGION={wanted.region}",
    )
    return render_template("revealed.html", text="\n".join(lines), what="the environment", lines=len(lines))
