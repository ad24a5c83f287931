"""Roles that the embedded engine takes while IAM is another engine's."""

from __future__ import annotations

from types import ModuleType

import pytest

from groundcloud.engines.embedded.roles import misshapen, take_on_trust


@pytest.mark.parametrize("arn", ["", "arn:aws:iam::111122223333:role/staff", "arn:aws-cn:iam::111122223333:role/a/b"])
def test_a_role_is_taken_for_what_it_is(arn: str) -> None:
    assert misshapen(arn) is None


@pytest.mark.parametrize("arn", ["staff", "arn:aws:iam::111122223333:user/staff", "arn:aws:iam::1:role/staff"])
def test_what_is_no_role_is_refused(arn: str) -> None:
    assert misshapen(arn) == f"Invalid role ARN: {arn}"


def test_the_engines_own_check_comes_back() -> None:
    module = ModuleType("evaluator")
    module.validate_role_arn = own = lambda arn: "not found"  # type: ignore[attr-defined]
    undo = take_on_trust(module)
    assert module.validate_role_arn("arn:aws:iam::111122223333:role/staff") is None
    undo()
    assert module.validate_role_arn is own
