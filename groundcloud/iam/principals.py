"""The Principal and NotPrincipal elements: how a statement of a resource's policy names a caller.

Sources, below docs.aws.amazon.com/IAM/latest/UserGuide/: reference_policies_elements_principal.html,
reference_policies_elements_notprincipal.html.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from groundcloud.iam.errors import malformed
from groundcloud.iam.model import Caller, CallerKind, Reach

Who = Callable[[Caller], Reach]

_ACCOUNT = re.compile(r"(\d{12})|arn:[^:]+:iam::(\d{12}):root")
_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")
_FEDERATED = (CallerKind.WEB_IDENTITY, CallerKind.SAML)
_EVERYBODY = "*"


def compile_principal(element: Any) -> Who:
    """Raises `AwsError` (MalformedPolicyDocument) for what is neither `*` nor a map of names."""
    names = principal_names(element)
    if _EVERYBODY in names["AWS"]:
        return lambda caller: Reach.CALLER
    accounts = frozenset(account for name in names["AWS"] if (account := account_of(name)))
    others = {kind: frozenset(found) for kind, found in names.items()}

    def who(caller: Caller) -> Reach:
        if caller.kind is CallerKind.SERVICE:
            # A CloudFront origin access identity is a service that has an ARN.
            return _reach(caller.name in others["Service"] or caller.arn in others["AWS"])
        if caller.kind in _FEDERATED:
            return _reach(caller.name in others["Federated"])
        if caller.kind is CallerKind.ANONYMOUS:
            return Reach.NOT_NAMED
        return _named(caller, accounts, others["AWS"], others["CanonicalUser"])

    return who


def compile_not_principal(element: Any, *, is_allow: bool) -> Who:
    """With Deny, a caller escapes only when it, its role and its account are all listed; with Allow, one is enough.

    "When you use NotPrincipal with Deny, you must also specify the account ARN of the not-denied principal. Otherwise,
    the policy might deny access to the entire account containing the principal." We always do.
    """
    who, names = compile_principal(element), principal_names(element)

    def others(caller: Caller) -> Reach:
        reach = who(caller)
        is_spared = reach is not Reach.NOT_NAMED
        if is_spared and not is_allow and _EVERYBODY not in names["AWS"]:
            is_spared = all(_lists(names, each) for each in _chain(caller))
        return Reach.NOT_NAMED if is_spared else Reach.CALLER

    return others


def principal_names(element: Any) -> dict[str, list[str]]:
    """The names by kind. `"*"` is `{"AWS": "*"}`: "equivalent for anonymous users"."""
    names: dict[str, list[str]] = {kind: [] for kind in _KINDS}
    if element == _EVERYBODY:
        return {**names, "AWS": [_EVERYBODY]}
    if not isinstance(element, Mapping) or not element or not set(element) <= set(_KINDS):
        raise malformed()
    for kind, found in element.items():
        values = found if isinstance(found, list) else [found]
        if not values or not all(isinstance(value, str) for value in values):
            raise malformed()
        names[kind] += values
    return names


def account_of(name: str) -> str | None:
    """The account that an account principal names, in either form."""
    found = _ACCOUNT.fullmatch(name)
    return (found[1] or found[2]) if found else None


def _named(caller: Caller, accounts: frozenset[str], arns: frozenset[str], canonical: frozenset[str]) -> Reach:
    unique_id, _, _ = caller.principal_id.partition(":")
    is_session = caller.role_arn is not None or caller.user_arn is not None
    if caller.arn in arns or (not is_session and unique_id in arns and caller.kind is not CallerKind.ROOT):
        return Reach.CALLER
    if is_session and (caller.role_arn in arns or caller.user_arn in arns or unique_id in arns):
        return Reach.ENTITY
    if caller.account in accounts or (caller.canonical_id and caller.canonical_id in canonical):
        return Reach.CALLER if caller.kind is CallerKind.ROOT else Reach.ACCOUNT
    return Reach.NOT_NAMED


def _chain(caller: Caller) -> list[str]:
    """Whom a NotPrincipal has to list for the caller: itself, the role or user behind it, the account."""
    if not caller.account:
        return [caller.name]
    return [each for each in (caller.arn, caller.role_arn, caller.user_arn, caller.account) if each]


def _lists(names: dict[str, list[str]], each: str) -> bool:
    wanted = account_of(each) or each
    return any(wanted == (account_of(name) or name) for found in names.values() for name in found)


def _reach(is_named: bool) -> Reach:
    return Reach.CALLER if is_named else Reach.NOT_NAMED
