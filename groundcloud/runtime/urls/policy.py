"""Whether a function's resource policy lets anybody call its open URL: pure.

https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html#urls-auth-none. The engine lets every unsigned request of a
URL pass, so this one permission is read here.
"""

from __future__ import annotations

import fnmatch
import json
from typing import Any

_ACTION = "lambda:InvokeFunctionUrl"


def opens(policy: str) -> bool:
    """Whether `policy` (JSON) allows everyone `lambda:InvokeFunctionUrl` at auth type NONE, and denies it to none."""
    statements = _listed(json.loads(policy).get("Statement"))
    effects = {statement.get("Effect") for statement in statements if _is_about_everyone(statement)}
    return "Allow" in effects and "Deny" not in effects


def _is_about_everyone(statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal")
    everyone = principal == "*" or (isinstance(principal, dict) and "*" in _listed(principal.get("AWS")))
    actions = [str(action).lower() for action in _listed(statement.get("Action"))]
    named = any(fnmatch.fnmatchcase(_ACTION.lower(), action) for action in actions)
    return everyone and named and _holds(statement.get("Condition") or {})


def _holds(condition: dict[str, Any]) -> bool:
    """Only conditions on the auth type can hold for a caller of whom nothing is known."""
    return all(
        key.lower() == "lambda:functionurlauthtype" and operator == "StringEquals" and "NONE" in _listed(value)
        for operator, pairs in condition.items()
        for key, value in pairs.items()
    )


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
