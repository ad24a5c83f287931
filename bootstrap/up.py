"""Brings everything up: the cloud, the console, the systems."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from bootstrap import compose, localstack, services
from bootstrap.runfile import RunFile
from bootstrap.systems import ROOT, SYSTEMS, System
from groundcloud.deploy.deployer import Deployer, Deployment, DeployRequest
from groundcloud.deploy.report import Reporter
from groundcloud.deploy.template import load_template, stack_name_for
from groundcloud.errors import UserError
from groundcloud.settings import Settings


@dataclass(frozen=True)
class App:
    """A stranger's application instead of our systems."""

    template: Path
    stack_name: str = ""
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Up:
    """What is up: each system with how its deployment ended, and which processes had to be started."""

    deployments: tuple[tuple[System, Deployment], ...]
    started: tuple[str, ...]


def own_app(template: Path | None, stack_name: str, parameters: dict[str, str]) -> App | None:
    """The application that the command line names, or None for our own systems, which have names and parameters
    already: giving them others without a template is a slip that must not pass in silence."""
    if template is not None:
        return App(template, stack_name, parameters)
    if stack_name or parameters:
        raise UserError(
            "STACK and PARAMS go with a template of your own, and APP does not name one",
            "make up APP=path/to/template.yaml STACK=name PARAMS='Name=value'",
        )
    return None


def wanted_systems(app: App | None, names: tuple[str, ...] = ()) -> tuple[System, ...]:
    """What to deploy: the application, the systems named, or all of them. A template that cannot be read is refused
    here, before anything is started."""
    if app is not None:
        template = load_template(app.template).path
        return (System(app.stack_name or stack_name_for(template), template, app.parameters),)
    known = {system.name: system for system in SYSTEMS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UserError(f"There is no system {', '.join(unknown)}", f"There are: {', '.join(known)}")
    return tuple(known[name] for name in names) or SYSTEMS


def start_services(settings: Settings, systems: tuple[System, ...], reporter: Reporter) -> tuple[str, ...]:
    """Have the cloud and the console running, and LocalStack before them where it is the engine; the names of those
    that had to be started."""
    if settings.engine and settings.profile != "localstack":
        raise UserError(
            f"ENGINE={settings.engine} says how LocalStack is started, and profile {settings.profile} has none",
            f"make up PROFILE=localstack ENGINE={settings.engine}",
        )
    if settings.profile == "localstack" and settings.engine != "host":
        return compose.start(settings, _app_root(settings, systems), reporter)
    runfile = RunFile(settings.home / "run.json")
    logs = settings.home.resolve() / "logs"
    before = (localstack.of(settings, reporter.step).service(),) if settings.profile == "localstack" else ()
    wanted = (*before, services.cloud(settings, _app_root(settings, systems)), services.console(settings))
    services.check_ports(wanted, runfile)
    return tuple(service.name for service in wanted if services.ensure(service, runfile, logs, reporter))


def deploy_systems(deployer: Deployer, systems: tuple[System, ...]) -> tuple[tuple[System, Deployment], ...]:
    """Deploy `systems`, in order."""
    return tuple(
        (system, deployer.deploy(DeployRequest(system.template, system.name, system.parameters))) for system in systems
    )


def _app_root(settings: Settings, systems: tuple[System, ...]) -> Path:
    """The folder whose functions run from their source: as set, else the repository, else a stranger's application."""
    if settings.app_root != Settings.app_root:
        return settings.app_root.resolve()
    outside = [system.template.parent for system in systems if not system.template.is_relative_to(ROOT)]
    return outside[0] if outside else ROOT
