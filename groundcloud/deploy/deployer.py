"""Runs the stages of a deployment in order. The composition of this library: all it needs is given to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from groundcloud.clock import Clock, SystemClock
from groundcloud.deploy.addresses import made_links
from groundcloud.deploy.artifacts import Artifact, Store, artifact_bucket
from groundcloud.deploy.build import Builder, CachedBuilder
from groundcloud.deploy.changeset import drop, is_unchanged, make_plan, settle
from groundcloud.deploy.control import ControlDoor, HttpControl
from groundcloud.deploy.doors import AwsDoor, BotoDoor
from groundcloud.deploy.execute import execute
from groundcloud.deploy.guard import Ask, Caller, Consent, admit, confirm, question_of, who_am_i
from groundcloud.deploy.outputs import Link, links
from groundcloud.deploy.package import Packaged, package
from groundcloud.deploy.parameters import check_parameters
from groundcloud.deploy.plan import Plan
from groundcloud.deploy.profile import Profile, profile_of
from groundcloud.deploy.publish import publish, site_of
from groundcloud.deploy.report import Reporter, SilentReporter
from groundcloud.deploy.sources import tell_sources
from groundcloud.deploy.stack import Stack, Waiter, find_stack, stack_resources
from groundcloud.deploy.template import check_stack_name, load_template, stack_name_for
from groundcloud.errors import UserError
from groundcloud.settings import Settings


@dataclass(frozen=True)
class DeployRequest:
    """What to deploy. An empty `stack_name` is made from the template's path."""

    template: Path
    stack_name: str = ""
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Deployment:
    """How it ended, after so many `seconds`. `changed` tells whether the stack did, `published` which paths of the site
    did."""

    stack: Stack
    changed: bool
    published: tuple[str, ...]
    links: tuple[Link, ...]
    seconds: float


@dataclass
class Deployer:
    """Deploys to one profile."""

    profile: Profile
    door: AwsDoor
    builder: Builder
    control: ControlDoor | None = None
    reporter: Reporter = field(default_factory=SilentReporter)
    waiter: Waiter = field(default_factory=Waiter)
    consent: Consent = field(default_factory=Consent)
    ask: Ask = input
    clock: Clock = field(default_factory=SystemClock)

    def deploy(self, request: DeployRequest) -> Deployment:
        """Deploy and return how it ended. Raises `UserError` for everything that the person can put right."""
        began = self.clock.monotonic()
        template = load_template(request.template)
        name = check_stack_name(request.stack_name or stack_name_for(template.path))
        site = site_of(template)
        caller = self.caller()
        packaged = package(template, artifact_bucket(caller.account, self.door.region), self.door.region, self.builder)
        stack = find_stack(self.door, name)
        check_parameters(template, request.parameters, stack)
        changed = False
        if stack is None or not is_unchanged(self.door, stack, packaged, request.parameters):
            stack, changed = self._change(name, stack, packaged, request.parameters, caller)
        resources = stack_resources(self.door, stack.id)
        published: tuple[str, ...] = ()
        if site is not None:
            published = publish(self.door, site, stack, resources, self.profile).paths
        if self.profile.local and self.control is not None:
            tell_sources(self.control, self.door, caller.account, resources, packaged.functions, self.reporter)
        found = links(stack, self.profile)
        if not found and self.profile.local:
            found = made_links(self.door, resources, self.profile)
        return Deployment(stack, changed, published, tuple(found), self.clock.monotonic() - began)

    def caller(self) -> Caller:
        """Whose account this goes to; refuses, on AWS, what could not be agreed to."""
        if self.profile.local:
            return Caller(self.profile.account, f"arn:aws:iam::{self.profile.account}:root")
        caller = who_am_i(self.door)
        admit(self.profile, caller, self.consent)
        return caller

    def _change(
        self, name: str, stack: Stack | None, packaged: Packaged, given: dict[str, str], caller: Caller
    ) -> tuple[Stack, bool]:
        """The stack after what had to be done, and whether it was anything."""
        self.reporter.step(f"Planning {name}")
        stack = settle(self.door, self.waiter, stack)
        check_parameters(packaged.template, given, stack)
        store = Store(self.door, caller.account, self.builder, self.reporter)
        missing = store.missing(packaged.artifacts)
        store.build(missing)
        store.send(_texts(missing))
        plan = make_plan(self.door, self.waiter, store, name, stack, packaged, given)
        if plan is None:
            if stack is None:
                raise UserError(
                    f"{packaged.template.path} would create nothing", "Its conditions leave out every resource"
                )
            self._warn_of_lost_outputs(stack, packaged)
            return stack, False
        self._agree(plan, caller)
        store.send(tuple(artifact for artifact in missing if artifact not in _texts(missing)))
        self.reporter.step(f"{'Creating' if plan.stack_is_new else 'Updating'} {name}")
        return execute(self.door, self.waiter, plan, self.reporter), True

    def _warn_of_lost_outputs(self, stack: Stack, packaged: Packaged) -> None:
        """CloudFormation updates outputs alone; a cloud that does not must not look as if it had."""
        declared = packaged.body.get("Outputs") or {}
        lost = [name for name, spec in declared.items() if name not in stack.outputs and "Condition" not in spec]
        if lost:
            self.reporter.warn(f"Not taken over, as no resource changes with them: outputs {', '.join(lost)}")

    def _agree(self, plan: Plan, caller: Caller) -> None:
        self.reporter.plan(plan)
        try:
            confirm(self.profile, caller, self.door.region, question_of(plan), self.consent, self.ask)
        except UserError:
            drop(self.door, plan)
            raise


def deployer_for(
    settings: Settings, reporter: Reporter, *, consent: Consent | None = None, ask: Ask = input
) -> Deployer:
    """A deployer as the settings ask for it."""
    profile = profile_of(settings)
    return Deployer(
        profile=profile,
        door=BotoDoor(profile),
        builder=CachedBuilder(settings.home.resolve() / "build" / "packages", local=profile.local),
        control=HttpControl(settings.endpoint) if profile.local else None,
        reporter=reporter,
        consent=consent or Consent(),
        ask=ask,
    )


def _texts(artifacts: tuple[Artifact, ...]) -> tuple[Artifact, ...]:
    """Nested templates and includes: CloudFormation reads them while it plans, so they go before the yes."""
    return tuple(artifact for artifact in artifacts if artifact.source is None)
