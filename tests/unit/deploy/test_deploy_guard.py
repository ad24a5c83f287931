"""The guard rails: who is let through, and what they must type."""

from __future__ import annotations

import pytest

from groundcloud.deploy.guard import Caller, Consent, admit, confirm, confirm_loss, question_of, who_am_i
from groundcloud.deploy.plan import Change, Plan
from groundcloud.deploy.profile import Profile
from groundcloud.errors import AwsError, UserError
from tests.fakes.aws_door import FakeDoor

MINE, OTHER = "111122223333", "444455556666"
CALLER = Caller(MINE, f"arn:aws:iam::{MINE}:user/ann")
LOCAL = Profile("embedded", "us-east-1", "000000000000", "http://127.0.0.1:4566")
AT_TERMINAL = Consent(terminal=True)


def aws(*allowed: str) -> Profile:
    return Profile("aws", "us-east-1", "", None, allowed_accounts=allowed)


def nobody(question: str) -> str:
    raise AssertionError("nobody may be asked")


def test_an_account_that_is_not_allowed_is_refused_even_with_a_yes() -> None:
    with pytest.raises(UserError, match=f"Account {MINE} is not one of GROUNDCLOUD_AWS_ACCOUNTS"):
        admit(aws(OTHER), CALLER, Consent(True, MINE, True))
    admit(aws(OTHER, MINE), CALLER, AT_TERMINAL)


def test_a_yes_for_another_account_is_refused() -> None:
    with pytest.raises(UserError, match=f"belong to account {MINE}, not to {OTHER}"):
        admit(aws(), CALLER, Consent(True, OTHER, True))


@pytest.mark.parametrize("consent", [Consent(), Consent(yes=True), Consent(account=MINE)])
def test_without_a_terminal_both_yes_and_account_are_needed(consent: Consent) -> None:
    with pytest.raises(UserError, match="no terminal to ask at") as caught:
        admit(aws(), CALLER, consent)
    assert f"--yes --account {MINE}" in caught.value.hint
    admit(aws(), CALLER, Consent(True, MINE, False))


def test_the_account_number_must_be_typed() -> None:
    asked = []

    def type_it(question: str) -> str:
        asked.append(question)
        return f" {MINE} "

    confirm(aws(), CALLER, "eu-west-1", "create stack app", AT_TERMINAL, type_it)
    assert all(part in asked[0] for part in (MINE, CALLER.arn, "eu-west-1", "create stack app", "no prices"))


@pytest.mark.parametrize("answer", ["", "y", "yes", OTHER])
def test_anything_else_is_a_no(answer: str) -> None:
    with pytest.raises(UserError, match="Not confirmed"):
        confirm(aws(), CALLER, "us-east-1", "create stack app", AT_TERMINAL, lambda question: answer)


def test_nobody_is_asked_locally_or_after_a_full_yes() -> None:
    confirm(LOCAL, CALLER, "us-east-1", "x", Consent(), nobody)
    confirm(aws(), CALLER, "us-east-1", "x", Consent(True, MINE), nobody)
    admit(LOCAL, CALLER, Consent())


def test_a_yes_without_the_account_still_asks() -> None:
    with pytest.raises(UserError, match="Not confirmed"):
        confirm(aws(), CALLER, "us-east-1", "x", Consent(yes=True, terminal=True), lambda question: "no")


def test_local_loss_wants_a_yes() -> None:
    confirm_loss("delete stack app", Consent(yes=True), nobody)
    confirm_loss("delete stack app", AT_TERMINAL, lambda question: "Y")
    with pytest.raises(UserError, match="Not confirmed"):
        confirm_loss("delete stack app", AT_TERMINAL, lambda question: "")
    with pytest.raises(UserError, match="Not done without a yes"):
        confirm_loss("delete stack app", Consent(), nobody)


def test_the_question_names_what_may_be_lost() -> None:
    plan = Plan("app", "1", "2", "UPDATE", (Change("Modify", "Table", "T", "True"), Change("Add", "Q", "T")))
    assert question_of(plan) == "update stack app, 1 to change, 1 to add; at risk: Table (modify)"


def test_refused_credentials_are_a_sentence() -> None:
    door = FakeDoor(sts__get_caller_identity=AwsError("InvalidClientTokenId", "The security token is invalid", 403))
    with pytest.raises(UserError, match="AWS does not accept these credentials"):
        who_am_i(door)
