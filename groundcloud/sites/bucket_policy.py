"""Whether a bucket's policy lets a distribution, or anybody, do something. Pure.

Only as much of IAM as distributions meet: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/
private-content-restricting-access-to-s3.html. A statement with a condition that is not understood grants nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_EQUAL = ("StringEquals",)
_LIKE = ("StringLike", "ArnLike", "ArnEquals")


@dataclass(frozen=True)
class Reader:
    """Who asks. `service` and `identity` are empty for anonymous; `context` holds the condition keys, lower case."""

    service: str = ""
    identity: str = ""
    context: dict[str, str] = field(default_factory=dict)


ANYBODY = Reader()


def distribution_reader(arn: str, account: str) -> Reader:
    """A distribution with an origin access control."""
    context = {"aws:sourcearn": arn, "aws:sourceaccount": account}
    return Reader(service="cloudfront.amazonaws.com", context=context)


def identity_reader(identity: str) -> Reader:
    """A distribution with an origin access identity, ``E127EXAMPLE51Z``."""
    return Reader(identity=f"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity {identity}")


def allows(policy: dict[str, Any], reader: Reader, action: str, resource: str) -> bool:
    """Whether some statement allows it and none denies it."""
    effects = {
        statement.get("Effect")
        for statement in _listed(policy.get("Statement"))
        if _applies(statement, reader, action, resource)
    }
    return "Allow" in effects and "Deny" not in effects


def _applies(statement: dict[str, Any], reader: Reader, action: str, resource: str) -> bool:
    return (
        _names(statement.get("Principal"), reader)
        and any(_like(pattern, action, ignore_case=True) for pattern in _listed(statement.get("Action")))
        and any(_like(pattern, resource) for pattern in _listed(statement.get("Resource")))
        and all(_holds(operator, tests, reader) for operator, tests in (statement.get("Condition") or {}).items())
    )


def _names(principal: Any, reader: Reader) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, dict):
        return False
    aws, services = _listed(principal.get("AWS")), _listed(principal.get("Service"))
    if "*" in aws:
        return True
    return bool(reader.service and reader.service in services) or bool(reader.identity and reader.identity in aws)


def _holds(operator: str, tests: dict[str, Any], reader: Reader) -> bool:
    for key, wanted in tests.items():
        actual = reader.context.get(key.lower())
        if actual is None or operator not in (*_EQUAL, *_LIKE):
            return False
        values = [str(value) for value in _listed(wanted)]
        matched = any(_like(value, actual) for value in values) if operator in _LIKE else actual in values
        if not matched:
            return False
    return True


def _like(pattern: str, text: str, ignore_case: bool = False) -> bool:
    regex = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(regex, text, re.DOTALL | (re.IGNORECASE if ignore_case else 0)) is not None


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
