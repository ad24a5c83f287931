"""What a Lambda authorizer answers: read, and its policy evaluated. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from groundcloud.errors import GroundcloudError
from groundcloud.functionpolicy import like, listed
from groundcloud.gateway.parameters import as_text
from groundcloud.ports import InvokeResult

INVOKE = "execute-api:Invoke"
DENIED = "User is not authorized to access this resource"
DENIED_EXPLICITLY = f"{DENIED} with an explicit deny in an identity-based policy"


class BadAnswer(GroundcloudError):
    """An authorizer's answer that is none."""


@dataclass(frozen=True, slots=True)
class AuthorizerAnswer:
    """Who calls, what may be called, and what the API is told of the caller: strings only."""

    principal: str
    statements: tuple[Mapping[str, Any], ...]
    context: Mapping[str, str]
    usage_key: str | None


def read_answer(payload: bytes) -> AuthorizerAnswer:
    """The answer in a function's result. Raises `BadAnswer`."""
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise BadAnswer(f"it is not JSON: {error}") from error
    if not isinstance(answer, dict) or not isinstance(answer.get("principalId"), str):
        raise BadAnswer("it has no principalId")
    key = answer.get("usageIdentifierKey")
    if key is not None and not isinstance(key, str):
        raise BadAnswer("its usageIdentifierKey is no string")
    return AuthorizerAnswer(answer["principalId"], _statements(answer.get("policyDocument")), _context(answer), key)


def _statements(policy: Any) -> tuple[Mapping[str, Any], ...]:
    if isinstance(policy, str):
        try:
            policy = json.loads(policy)
        except ValueError as error:
            raise BadAnswer("its policyDocument is not JSON") from error
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not all(_is_statement(one) for one in statements):
        raise BadAnswer("its policyDocument has no proper Statement")
    return tuple(statements)


def _is_statement(statement: Any) -> bool:
    if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
        return False
    patterns = [statement.get(key) for key in ("Action", "Resource", "NotAction", "NotResource") if key in statement]
    proper = all(
        isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))
        for value in patterns
    )
    return proper and len(patterns) == 2


def _context(answer: Mapping[str, Any]) -> dict[str, str]:
    context = answer.get("context")
    if context is None:
        return {}
    if not isinstance(context, dict):
        raise BadAnswer("its context is no object")
    shown = {}
    for name, value in context.items():
        if isinstance(value, dict | list):
            raise BadAnswer(f"its context's {name} is an object or a list")
        text = as_text(value)
        if text is not None:
            shown[name] = text
    return shown


def refusal(statements: Iterable[Mapping[str, Any]], method_arn: str) -> str | None:
    """Why `method_arn` may not be called, or None when it may: a deny beats every allow.

    Conditions are not evaluated: with one, a deny applies and an allow does not.
    """
    allowed = False
    for statement in statements:
        if not (_names(statement, "Action", INVOKE, True) and _names(statement, "Resource", method_arn, False)):
            continue
        if statement["Effect"] == "Deny":
            return DENIED_EXPLICITLY
        allowed = allowed or not statement.get("Condition")
    return None if allowed else DENIED


def _names(statement: Mapping[str, Any], key: str, value: str, any_case: bool) -> bool:
    inverted = key not in statement
    patterns = listed(statement[f"Not{key}"] if inverted else statement[key])
    if any_case:
        patterns, value = [pattern.lower() for pattern in patterns], value.lower()
    return any(like(pattern).fullmatch(value) for pattern in patterns) is not inverted


def says_unauthorized(result: InvokeResult) -> bool:
    """Whether the function failed with exactly ``Unauthorized``, which is how one asks for a 401."""
    try:
        error = json.loads(result.payload)
    except ValueError:
        return False
    return isinstance(error, dict) and error.get("errorMessage") == "Unauthorized"
