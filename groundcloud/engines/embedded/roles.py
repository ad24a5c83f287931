"""Roles that the engine looks for in its own IAM, where they are not while another engine keeps IAM.

Behind LocalStack, Cognito's groups name roles of LocalStack's. Whoever names one has been judged by then, by the role's
own policies (`iam:PassRole`), so the engine has only to take an ARN for what it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from types import ModuleType

_SEAM = "validate_role_arn"
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/\S+")


def misshapen(arn: str) -> str | None:
    """What is wrong with a role's ARN to look at, None when nothing is."""
    return None if not arn or _ROLE.fullmatch(arn) else f"Invalid role ARN: {arn}"


def take_on_trust(module: ModuleType) -> Callable[[], None]:
    """Have the engine's module that evaluates IAM take roles that it does not have; returns what undoes that."""
    own = getattr(module, _SEAM)
    setattr(module, _SEAM, misshapen)
    return lambda: setattr(module, _SEAM, own)
