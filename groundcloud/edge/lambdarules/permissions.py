"""What Lambda refuses of a function's policy by what the account has.

https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html; recording: test_permission_exceptions
(`refusals`).
"""

from __future__ import annotations

import json

from groundcloud.edge.lambdarules.asked import Asked
from groundcloud.edge.lambdarules.look import Look
from groundcloud.edge.lambdarules.refusals import (
    NO_RESOURCE,
    invalid,
    no_alias,
    no_function,
    not_found,
    stale_revision,
)


async def add(asked: Asked, look: Look) -> None:
    function = asked.function
    if function.qualifier == "$LATEST":
        raise invalid("We currently do not support adding policies for $LATEST.")
    if await look.function(function._replace(qualifier=None)) is None:
        raise no_function(function._replace(qualifier=None).arn)
    await _check_qualifier(asked, look)
    if not _is_principal(asked.text("Principal")):
        raise invalid("The provided principal was invalid. Please check the principal and try again.")
    await _check_revision(asked, look)


async def remove(asked: Asked, look: Look) -> None:
    if await look.function(asked.unqualified) is None:
        raise not_found(f"No policy found for: {asked.unqualified.arn}")
    await _check_qualifier(asked, look)
    names = await _statements(asked, look)
    if not names:
        raise not_found("No policy is associated with the given resource.")
    if asked.text("StatementId") not in names:
        raise not_found(f"Statement {asked.text('StatementId')} is not found in resource policy.")
    await _check_revision(asked, look)


async def get(asked: Asked, look: Look) -> None:
    if await look.function(asked.unqualified) is None:
        raise no_function(asked.unqualified.arn)
    if not await _statements(asked, look):
        raise not_found(NO_RESOURCE)


async def _check_revision(asked: Asked, look: Look) -> None:
    """Of the policy; before there is one, of the function."""
    given = asked.text("RevisionId")
    if not given:
        return
    current = await look.policy(asked.function) or await look.function(asked.function)
    if current is not None and given != current.get("RevisionId"):
        raise stale_revision("GetPolicy")


async def _statements(asked: Asked, look: Look) -> list[str]:
    policy = await look.policy(asked.function)
    found = json.loads(policy["Policy"]) if policy is not None else {}
    return [str(one.get("Sid")) for one in found.get("Statement", [])]


async def _check_qualifier(asked: Asked, look: Look) -> None:
    function = asked.function
    if function.qualifier is None or await look.function(function) is not None:
        return
    raise no_alias(function.arn) if function.alias and "$" not in function.alias else no_function(function.arn)


def _is_principal(principal: str) -> bool:
    """A service, an account, an ARN or everybody; services of Alexa are of ``amazon.com``."""
    if principal.startswith("arn:") or "." not in principal:
        return True
    return ".amazonaws.com" in principal or principal.endswith(".amazon.com")
