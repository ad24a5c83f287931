"""How long a session of a role may be (docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html,
``DurationSeconds``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.iam.limits import CHAINED_SESSION_SECONDS, MAX_ROLE_SESSION_SECONDS, MIN_ROLE_SESSION_SECONDS
from groundcloud.iam.model import CallerKind

_OF_ROLES = (CallerKind.ROLE_SESSION, CallerKind.WEB_IDENTITY, CallerKind.SAML)


def asked_seconds(params: Mapping[str, Any]) -> int:
    """What a request for a session asks for, an hour when it says nothing. Raises `AwsError` (ValidationError)."""
    asked = str(params.get("DurationSeconds") or CHAINED_SESSION_SECONDS)
    seconds = int(asked) if asked.isdecimal() else 0
    if not MIN_ROLE_SESSION_SECONDS <= seconds <= MAX_ROLE_SESSION_SECONDS:
        bounds = f"between {MIN_ROLE_SESSION_SECONDS} and {MAX_ROLE_SESSION_SECONDS}"
        raise constraint(asked, "durationSeconds", f"have value {bounds}")
    return seconds


def check_seconds(seconds: int, longest: int, asker: CallerKind | None) -> None:
    """Against the role's ``MaxSessionDuration``, and of who is in a role's session already. Raises `AwsError`
    (ValidationError)."""
    if asker in _OF_ROLES and seconds > CHAINED_SESSION_SECONDS:
        limit = "the 1 hour session limit for roles assumed by role chaining"
    elif seconds > longest:
        limit = "the MaxSessionDuration set for this role"
    else:
        return
    raise AwsError("ValidationError", f"The requested DurationSeconds exceeds {limit}.")


def constraint(value: str, name: str, rule: str) -> AwsError:
    message = (
        f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: Member must {rule}"
    )
    return AwsError("ValidationError", message)
