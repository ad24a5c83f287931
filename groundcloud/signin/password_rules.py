"""What a password has to look like: pure functions over a pool's settings.

https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html ("User pool password
requirements"). Cognito names one shortcoming at a time.
"""

from __future__ import annotations

from typing import Any

from groundcloud.errors import AwsError
from groundcloud.signin import limits

_SYMBOLS = frozenset("^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+=")


def check_policy(settings: dict[str, Any], password: str) -> None:
    """Raises `InvalidPasswordException`."""
    problem = _problem(settings, password)
    if problem:
        raise AwsError("InvalidPasswordException", f"Password did not conform with policy: {problem}")


def remembered(settings: dict[str, Any]) -> int:
    """How many of a user's passwords may not be used again (PasswordHistorySize)."""
    return int(_policy(settings).get("PasswordHistorySize") or 0)


def used_before(count: int) -> AwsError:
    """The words are ours: no page tells AWS's."""
    message = f"Password must differ from the last {count} passwords of the user"
    return AwsError("PasswordHistoryPolicyViolationException", message)


def _policy(settings: dict[str, Any]) -> dict[str, Any]:
    return dict((settings.get("Policies") or {}).get("PasswordPolicy") or {})


def _problem(settings: dict[str, Any], password: str) -> str:
    policy = _policy(settings)
    if len(password) < int(policy.get("MinimumLength") or limits.MIN_PASSWORD_LENGTH):
        return "Password not long enough"
    kinds = (
        ("RequireUppercase", str.isupper, "uppercase"),
        ("RequireLowercase", str.islower, "lowercase"),
        ("RequireNumbers", str.isdigit, "numeric"),
        ("RequireSymbols", _SYMBOLS.__contains__, "symbol"),
    )
    for setting, is_kind, name in kinds:
        if policy.get(setting, True) and not any(is_kind(character) for character in password):
            return f"Password must have {name} characters"
    return ""
