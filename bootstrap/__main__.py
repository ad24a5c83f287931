"""`python -m bootstrap up|deploy|login|down`: what the Makefile calls."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from bootstrap.lock import only_one
from groundcloud.cli import run, settings


@click.group()
def bootstrap() -> None:
    """Bring this repository's cloud, console and systems up and down."""


def _what_to_deploy(command: click.decorators.FC) -> click.decorators.FC:
    for option in (
        click.option("--app", type=click.Path(path_type=Path), help="A template of your own instead of our systems."),
        click.option("--stack", default="", help="With --app: the stack's name."),
        click.option("--parameters", default="", help="With --app: \"Name=value Other='a b'\"."),
        click.option("--system", "names", multiple=True, help="Only this one of our systems."),
        click.option("--yes", is_flag=True, help="Do not ask (profile aws: needs --account too)."),
        click.option("--account", default="", help="Profile aws: the account that must be meant."),
    ):
        command = option(command)
    return command


@bootstrap.command()
@_what_to_deploy
def up(app: Path | None, stack: str, parameters: str, names: tuple[str, ...], yes: bool, account: str) -> None:
    """Start the cloud and the console, deploy, and show what to open."""
    _bring_up(app, stack, parameters, names, yes, account, start=True)


@bootstrap.command()
@_what_to_deploy
def deploy(app: Path | None, stack: str, parameters: str, names: tuple[str, ...], yes: bool, account: str) -> None:
    """Deploy into what runs."""
    _bring_up(app, stack, parameters, names, yes, account, start=False)


@bootstrap.command()
@click.option("--port", type=int, default=8090, show_default=True, help="Where the application listens.")
@click.option("--database-port", type=int, default=5433, show_default=True, help="Where its database listens.")
def login(port: int, database_port: int) -> None:
    """Start the cloud, a database, and services/login."""
    from bootstrap.login import bring_up, refuse_elsewhere, show_login
    from bootstrap.up import start_services
    from groundcloud.deploy.deployer import deployer_for
    from groundcloud.deploy.terminal import TerminalReporter

    known = settings()
    refuse_elsewhere(known)
    with (
        TerminalReporter() as reporter,
        only_one(known.home / "lock", reporter.note),
    ):
        start_services(known, (), reporter)
        outputs = bring_up(known, deployer_for(known, reporter), reporter, port, database_port)
    show_login(reporter.console, known, outputs)


@bootstrap.command()
@click.option("--clean", is_flag=True, help="Forget all state too.")
def down(clean: bool) -> None:
    """Stop the cloud and the console."""
    from bootstrap import compose
    from bootstrap.down import forget, stop_services
    from groundcloud.deploy.terminal import TerminalReporter

    known = settings()
    with (
        TerminalReporter() as reporter,
        only_one(known.home / "lock", reporter.note),
    ):
        stopped = stop_services(known, reporter)
        if compose.end(known, clean, reporter):
            stopped.append("containers")
        forgotten = forget(known.home) if clean else []
    reporter.note(f"Stopped the {' and the '.join(stopped)}" if stopped else "Nothing was running")
    if forgotten:
        reporter.note(f"Forgot {', '.join(forgotten)} in {known.home}")


def _bring_up(
    app: Path | None, stack: str, parameters: str, names: tuple[str, ...], yes: bool, account: str, *, start: bool
) -> None:
    from bootstrap.show import show
    from bootstrap.up import deploy_systems, own_app, start_services, wanted_systems
    from groundcloud.deploy.deployer import deployer_for
    from groundcloud.deploy.guard import Consent
    from groundcloud.deploy.parameters import parse_parameters
    from groundcloud.deploy.terminal import TerminalReporter

    began = time.monotonic()
    known = settings()
    systems = wanted_systems(own_app(app, stack, parse_parameters([parameters])), names)
    consent = Consent(yes, account, sys.stdin.isatty())
    with (
        TerminalReporter() as reporter,
        only_one(known.home / "lock", reporter.note),
    ):
        started = start_services(known, systems, reporter) if start and known.profile != "aws" else ()
        deployments = deploy_systems(deployer_for(known, reporter, consent=consent, ask=reporter.ask), systems)
    show(reporter.console, known, started, deployments, time.monotonic() - began)


def main() -> None:
    sys.exit(run(bootstrap, sys.argv[1:], "bootstrap"))


if __name__ == "__main__":
    main()
