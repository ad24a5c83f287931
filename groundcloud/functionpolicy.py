"""Whether a function's resource policy lets an AWS service call it: pure functions.

https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html: the principal is the service's name,
the condition its source, ``aws:SourceArn`` and ``aws:SourceAccount``. API Gateway and Cognito ask here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any


def statements(policy: str) -> list[Mapping[str, Any]]:
    """The statements of a policy document, as GetPolicy answers it."""
    found = json.loads(policy).get("Statement") or []
    return [found] if isinstance(found, dict) else list(found)


def allows(policy: Iterable[Mapping[str, Any]], principal: str, source_arn: str, source_account: str) -> bool:
    """Whether `principal` (``cognito-idp.amazonaws.com``) may call the function for what `source_arn` names.

    An explicit deny wins, then any allow. A condition that is not understood makes a
    deny apply and an allow not."""
    allowed = False
    for statement in policy:
        if not (_names(statement.get("Principal"), principal) and _names_invoke(statement.get("Action"))):
            continue
        fits = _conditions_hold(statement.get("Condition") or {}, source_arn, source_account)
        if statement.get("Effect") == "Deny" and fits is not False:
            return False
        if statement.get("Effect") == "Allow" and fits:
            allowed = True
    return allowed


def _names(element: Any, service: str) -> bool:
    if element == "*":
        return True
    if not isinstance(element, Mapping):
        return False
    return service in listed(element.get("Service")) or "*" in listed(element.get("AWS"))


def _names_invoke(action: Any) -> bool:
    return any(like(pattern.lower()).fullmatch("lambda:invokefunction") for pattern in listed(action))


def _conditions_hold(condition: Mapping[str, Any], source_arn: str, source_account: str) -> bool | None:
    """True, False, or None when an operator or key is not understood."""
    known = {"aws:sourcearn": source_arn, "aws:sourceaccount": source_account}
    unclear = False
    for operator, keys in condition.items():
        for key, wanted in keys.items():
            value = known.get(key.lower())
            if value is None or operator not in ("ArnLike", "ArnEquals", "StringLike", "StringEquals"):
                unclear = True
            elif operator == "StringEquals":
                if value not in listed(wanted):
                    return False
            elif not any(like(pattern).fullmatch(value) for pattern in listed(wanted)):
                return False
    return None if unclear else True


def listed(value: Any) -> list[str]:
    """A policy's value that may be one string or a list of them."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


@lru_cache(maxsize=1024)
def like(pattern: str) -> re.Pattern[str]:
    """A policy pattern: ``*`` any run of characters, ``?`` one."""
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)
