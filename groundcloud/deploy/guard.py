"""The guard rails of profile ``aws``: who, where and what are shown, and a person must say yes.

Nothing here runs on the local profiles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from groundcloud.deploy.doors import AwsDoor
from groundcloud.deploy.plan import Plan
from groundcloud.deploy.profile import Profile
from groundcloud.errors import AwsError, UserError


@dataclass(frozen=True)
class Caller:
    """Whose account it is."""

    account: str
    arn: str


@dataclass(frozen=True)
class Consent:
    """What the person said beforehand (`--yes --account`) and whether they can be asked."""

    yes: bool = False
    account: str = ""
    terminal: bool = False


Ask = Callable[[str], str]
"""Shows a question and returns the answer."""


def who_am_i(door: AwsDoor) -> Caller:
    try:
        answer = door.call("sts", "get_caller_identity")
    except AwsError as error:
        raise UserError(
            f"AWS does not accept these credentials: {error.message}",
            "Sign in again, or name another AWS profile: GROUNDCLOUD_AWS_PROFILE",
        ) from error
    return Caller(answer["Account"], answer["Arn"])


def admit(profile: Profile, caller: Caller, consent: Consent) -> None:
    """Refuse early, before anything is sent, what could not be agreed to later."""
    if profile.local:
        return
    if profile.allowed_accounts and caller.account not in profile.allowed_accounts:
        raise UserError(
            f"Account {caller.account} is not one of GROUNDCLOUD_AWS_ACCOUNTS ({', '.join(profile.allowed_accounts)})",
            "Use the credentials of an allowed account, or add this one",
        )
    if consent.yes and consent.account and consent.account != caller.account:
        raise UserError(
            f"These credentials belong to account {caller.account}, not to {consent.account}",
            "Check the AWS profile; nothing was sent",
        )
    if not consent.terminal and not _agreed(caller, consent):
        raise UserError(
            "Deploying to AWS needs a yes, and there is no terminal to ask at",
            f"Say it on the command line: --yes --account {caller.account} (make: YES=1 ACCOUNT={caller.account})",
        )


def confirm(profile: Profile, caller: Caller, region: str, question: str, consent: Consent, ask: Ask) -> None:
    """Have the person type the account's number, unless they gave it beforehand; anything else is a `UserError`."""
    if profile.local or _agreed(caller, consent):
        return
    answer = ask(
        f"AWS account {caller.account} ({caller.arn}), region {region}: {question}.\n"
        "Groundcloud knows no prices and gives no estimate; see https://calculator.aws\n"
        "Type the account's 12 digits to go on"
    )
    if answer.strip() != caller.account:
        raise UserError("Not confirmed", "Nothing was changed")


def confirm_loss(question: str, consent: Consent, ask: Ask) -> None:
    """On a local profile: have the person agree before what they have is deleted."""
    if consent.yes:
        return
    if not consent.terminal:
        raise UserError(f"Not done without a yes: {question}", "Say it on the command line: --yes (make: YES=1)")
    if ask(f"{question[:1].upper()}{question[1:]}? [y/N]").strip().lower() not in ("y", "yes"):
        raise UserError("Not confirmed", "Nothing was changed")


def question_of(plan: Plan) -> str:
    """What would be done, in words, with what may be lost."""
    lost = ", ".join(f"{change.logical_id} ({change.action.lower()})" for change in plan.replaces)
    return f"{plan.kind.lower()} stack {plan.stack_name}, {plan.summary()}" + (f"; at risk: {lost}" if lost else "")


def _agreed(caller: Caller, consent: Consent) -> bool:
    return consent.yes and consent.account == caller.account
