"""The words of a decision: who asks, for what, which policies speak, and what came out.

Plain frozen data, no I/O. A request of AWS's that touches several resources or needs several actions is several
`AccessRequest`s, decided one by one; the first that is denied denies the call.

    policies = PolicySet(identity=(NamedPolicy("crud", PolicyKind.IDENTITY, load(text)),))
    decision = decide(AccessRequest(caller, "dynamodb:PutItem", table_arn, resource_account, context), policies)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Any

Context = Mapping[str, tuple[str, ...]]
"""Condition keys to their values. Key names in any case (``aws:SourceIp``); every value as a string: numbers in
decimal, booleans ``true``/``false``, times as ISO 8601, binary as base64. A key that is absent from the request is
absent here; a key that is present without a value is an empty tuple."""


class CallerKind(StrEnum):
    """What AWS calls the type of principal."""

    ROOT = "root"
    USER = "user"
    ROLE_SESSION = "role_session"
    FEDERATED_USER = "federated_user"
    WEB_IDENTITY = "web_identity"
    SAML = "saml"
    SERVICE = "service"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True)
class Caller:
    """Who makes the request.

    kind            arn                                              principal_id (``aws:userid``)   name
    root            arn:aws:iam::ACCOUNT:root                        ACCOUNT
    user            arn:aws:iam::ACCOUNT:user/PATH/NAME              AIDA…                           NAME
    role_session    arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION   AROA…:SESSION                   SESSION
    federated_user  arn:aws:sts::ACCOUNT:federated-user/NAME         ACCOUNT:NAME                    NAME
    web_identity    "" (a token, before a role is assumed)           the token's subject             the provider
    saml            "" (an assertion, before a role is assumed)      the assertion's subject         the provider
    service         "" (an AWS service on its own behalf)            ""                             lambda.amazonaws.com
    anonymous       ""                                               anonymous

    `role_arn` is the role of a role session, with its path; `user_arn` the user (or root) who made a federated user's
    session; `canonical_id` the account's canonical user ID, where S3 is asked. `name` of web_identity and saml is what
    a ``Federated`` principal names: ``cognito-identity.amazonaws.com`` or the ARN of the identity provider. `tags` are
    those of the user or role, `session_tags` those passed with the session: they win (``aws:PrincipalTag/KEY``).
    """

    kind: CallerKind
    arn: str = ""
    account: str = ""
    principal_id: str = ""
    name: str = ""
    role_arn: str | None = None
    user_arn: str | None = None
    canonical_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    session_tags: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def keys(self) -> dict[str, tuple[str, ...]]:
        """The condition keys that AWS derives from the principal, names in lower case."""
        return _caller_keys(self)


@dataclass(frozen=True)
class AccessRequest:
    """One action on one resource.

    `action` as AWS writes it (``dynamodb:PutItem``), `resource` an ARN or ``*``, `resource_account` the account that
    owns it ("" when nobody does: then the caller's own). `context` holds the keys of the request, its service and
    its resource; those of the caller (``aws:username``, ``aws:PrincipalArn``, ``aws:PrincipalTag/…``) are added from
    `caller` by the evaluator, unless they are given here.
    """

    caller: Caller
    action: str
    resource: str
    resource_account: str = ""
    context: Context = field(default_factory=dict)

    @property
    def is_cross_account(self) -> bool:
        return bool(self.resource_account) and self.resource_account != self.caller.account

    @cached_property
    def action_name(self) -> str:
        """The action in lower case: its case does not count."""
        return self.action.lower()

    @cached_property
    def keys(self) -> dict[str, tuple[str, ...]]:
        """Every condition key of the request, names in lower case."""
        keys = dict(self.caller.keys)
        if self.resource_account:
            keys["aws:resourceaccount"] = (self.resource_account,)
        keys.update((name.lower(), values) for name, values in self.context.items())
        return keys


class PolicyKind(StrEnum):
    """Where a policy is attached. The value is what AWS's messages call it."""

    IDENTITY = "identity-based policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    RESOURCE = "resource-based policy"
    TRUST = "role trust policy"


class Reach(IntEnum):
    """How a statement of a resource's policy names a caller, the weakest first.

    NOT_NAMED   the statement is about somebody else
    ACCOUNT     it names the caller's account, which still has to let the caller act by an identity-based policy
    ENTITY      it names the role or user behind the caller's session: a boundary or session policy still limits it
    CALLER      it names the caller itself, or everybody: nothing but an explicit deny limits it
    """

    NOT_NAMED = 0
    ACCOUNT = 1
    ENTITY = 2
    CALLER = 3


@dataclass(frozen=True, eq=False)
class Statement:
    """One statement, compiled. `applies` says whether action, resource and conditions of a request are those of the
    statement; `reach` how its principal names a caller, None when it has no principal; `source` is it as written."""

    index: int
    sid: str | None
    is_allow: bool
    source: Mapping[str, Any]
    applies: Callable[[AccessRequest], bool]
    reach: Callable[[Caller], Reach] | None


@dataclass(frozen=True, eq=False)
class Document:
    """A policy document, compiled by `parse.load`, which keeps one per text."""

    version: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class NamedPolicy:
    """A document and where it comes from. `name` is the ARN of a managed policy, the name of an inline one, or for a
    resource's policy the ARN of the resource; `owner` the ARN of the user, group, role or resource that carries it."""

    name: str
    kind: PolicyKind
    document: Document
    owner: str = ""


@dataclass(frozen=True)
class PolicySet:
    """Every policy that speaks about a request.

    `identity`: those of the user and of the user's groups, or of the role. `boundary`: the permissions boundary, None
    when there is none. `session`: those passed when the session was made (inline and managed; one allow among them is
    enough), None when none were passed. `resource`: the resource's own (for ``sts:AssumeRole*`` the role's trust
    policy, kind TRUST). `resource_must_allow`: the resource's policy has to let the caller in even within the account;
    a trust policy has to anyway, and a KMS key's (``docs.aws.amazon.com/kms/latest/developerguide/key-policies.html``).
    """

    identity: tuple[NamedPolicy, ...] = ()
    boundary: NamedPolicy | None = None
    session: tuple[NamedPolicy, ...] | None = None
    resource: tuple[NamedPolicy, ...] = ()
    resource_must_allow: bool = False


class DecisionKind(StrEnum):
    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicit_deny"
    IMPLICIT_DENY = "implicit_deny"


@dataclass(frozen=True)
class MatchedStatement:
    """The statement that decided: `index` counts from 0 in its document, `statement` is it as written."""

    policy: NamedPolicy
    index: int
    sid: str | None
    statement: Mapping[str, Any]


@dataclass(frozen=True)
class Decision:
    """What came out. `matched` is the statement that allowed (None for a root user, who needs none) or explicitly
    denied; `missing` the kinds of policy in which an allow is missing, the one that AWS's message names first.
    `messages.message(decision)` is AWS's wording, `advice.statement_that_would_allow(decision)` the way out."""

    request: AccessRequest
    kind: DecisionKind
    matched: MatchedStatement | None = None
    missing: tuple[PolicyKind, ...] = ()

    @property
    def allowed(self) -> bool:
        return self.kind is DecisionKind.ALLOWED


@dataclass(frozen=True)
class Advice:
    """The exact change that turns a denial into an allow.

    `remove` False: add `statement` to a policy of kind `kind` (`policy` the name of an existing one, "" when there is
    none to add it to). `remove` True: `statement` in `policy` denies explicitly; take it away or narrow it.
    """

    remove: bool
    kind: PolicyKind
    policy: str
    statement: Mapping[str, Any]


def _caller_keys(caller: Caller) -> dict[str, tuple[str, ...]]:
    """The keys that AWS derives from the principal (docs: "AWS global condition context keys")."""
    kind = caller.kind
    is_service = kind is CallerKind.SERVICE
    keys: dict[str, tuple[str, ...]] = {"aws:principalisawsservice": ("true" if is_service else "false",)}
    if is_service:
        keys["aws:principalservicename"] = (caller.name,)
        return keys
    keys["aws:principaltype"] = (_PRINCIPAL_TYPES[kind],)
    if caller.principal_id:
        keys["aws:userid"] = (caller.principal_id,)
    if kind in _IN_ACCOUNT:
        keys["aws:principalarn"] = (caller.role_arn or caller.arn,)
        keys["aws:principalaccount"] = (caller.account,)
    if kind is CallerKind.USER:
        keys["aws:username"] = (caller.name,)
    for name, value in {**caller.tags, **caller.session_tags}.items():
        keys[f"aws:principaltag/{name.lower()}"] = (value,)
    return keys


_IN_ACCOUNT = frozenset((CallerKind.ROOT, CallerKind.USER, CallerKind.ROLE_SESSION, CallerKind.FEDERATED_USER))
_PRINCIPAL_TYPES = {
    CallerKind.ROOT: "Account",
    CallerKind.USER: "User",
    CallerKind.ROLE_SESSION: "AssumedRole",
    CallerKind.FEDERATED_USER: "FederatedUser",
    CallerKind.WEB_IDENTITY: "Anonymous",
    CallerKind.SAML: "Anonymous",
    CallerKind.ANONYMOUS: "Anonymous",
}
