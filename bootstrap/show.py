"""What `up` prints at its end: what is up, where, and what to try."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from bootstrap.systems import System
from groundcloud.deploy.deployer import Deployment
from groundcloud.deploy.terminal import show_deployment
from groundcloud.settings import Settings


def show(
    console: Console,
    settings: Settings,
    started: tuple[str, ...],
    deployments: tuple[tuple[System, Deployment], ...],
    seconds: float,
) -> None:
    """Addresses are printed whole, so that a terminal lets them be clicked."""
    if settings.profile != "aws":
        for name, address in (("cloud", settings.endpoint), ("console", settings.ui_url)):
            state = "started" if name in started else "running"
            console.print(f"[green]✓[/] The {name} is {state}: {_link(address)}", soft_wrap=True)
    for _, deployment in deployments:
        show_deployment(console, deployment)
    for system, deployment in deployments:
        _what_to_try(console, settings, system, deployment)
    if settings.profile != "aws":
        console.print("\nAny AWS tool works with the local cloud after:")
        console.print(
            f"  export AWS_ENDPOINT_URL={settings.endpoint} AWS_ACCESS_KEY_ID={settings.access_key_id} "
            f"AWS_SECRET_ACCESS_KEY={settings.secret_access_key} AWS_DEFAULT_REGION={settings.region}",
            soft_wrap=True,
        )
        console.print("`make logs` shows what the functions log, `make down` stops everything.")
    console.print(f"[dim]{seconds:.1f} s[/]")


def _what_to_try(console: Console, settings: Settings, system: System, deployment: Deployment) -> None:
    if not system.hints:
        return
    console.print(f"\nTry {escape(system.name)}:")
    site = next((link.url for link in deployment.links if link.label == system.site), "")
    if site:
        console.print(f"  {_link(site)}", soft_wrap=True)
    for number, hint in enumerate(system.hints, 1):
        console.print(f"  {number}. {escape(hint.format(console=settings.ui_url))}", soft_wrap=True)


def _link(address: str) -> str:
    return f"[link={address}]{escape(address)}[/link]"
