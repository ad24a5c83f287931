"""What services refuse of the policies of their resources, and the engine stores: what is wrong with one, as a kind
that each service has words of its own for (`edge.resourcepolicies`).

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.functionpolicy import like
from groundcloud.iam.actiontable import service_actions
from groundcloud.iam.model import PolicyKind
from groundcloud.iam.named_principals import unknown_principal
from groundcloud.iam.parse import parse, statements_of, strings
from groundcloud.iam.validate import validate
from groundcloud.ports import AwsCaller


class Flaw(Enum):
    """`SYNTAX`: no JSON, or against the grammar; `ACTION`: one that the service does not have; `PRINCIPAL`: one that
    cannot be named or is not there."""

    SYNTAX = "syntax"
    ACTION = "action"
    PRINCIPAL = "principal"


async def flaw_of(aws: AwsCaller, service: str, text: str) -> Flaw | None:
    """The first flaw of `text` as a policy of a resource of `service` (``sqs``)."""
    flaw = written_flaw(service, text)
    if flaw is None and await unknown_principal(aws, text) is not None:
        return Flaw.PRINCIPAL
    return flaw


def written_flaw(service: str, text: str) -> Flaw | None:
    """The same without a look at who is there: pure."""
    try:
        validate(text, PolicyKind.RESOURCE)
        statements = statements_of(parse(text))
    except AwsError:
        return Flaw.SYNTAX
    if not statements or not all(map(_is_whole, statements)):
        return Flaw.SYNTAX
    actions = [name for one in statements for name in strings(one.get("Action", one.get("NotAction")))]
    return None if all(_is_action(service, name) for name in actions) else Flaw.ACTION


def _is_whole(statement: Mapping[str, Any]) -> bool:
    return all(name in statement or f"Not{name}" in statement for name in ("Principal", "Action"))


def _is_action(service: str, action: str) -> bool:
    """``*``, or what is, or matches, an action of the service."""
    prefix, _, name = action.lower().partition(":")
    pattern = like(name)
    known = service_actions(service).actions
    return action == "*" or (prefix == service and any(pattern.fullmatch(one.lower()) for one in known))
