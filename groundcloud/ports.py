"""The small doors between the parts. A part imports these, never its sibling.

Inside the cloud, imports go edge → (gateway, runtime, signin, sites, stacks, …) → engines; what one sibling needs
of another it takes as one of these protocols, and `groundcloud/app.py` plugs them together. The fakes that tests use
subclass these, in `tests/fakes/`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from groundcloud.http import Request, Response


class Scope(NamedTuple):
    """Whose resources: a 12-digit account and a region. A tuple, because it is part of the keys that every call looks
    up."""

    account: str
    region: str


class AwsCaller(Protocol):
    """AWS API calls made by the cloud itself, as the account's administrator."""

    async def call(self, service: str, operation: str, params: dict[str, Any] | None = None, *, scope: Scope) -> Any:
        """Call one operation (`service` as boto3 names it, `operation` in AWS's PascalCase) and return the parsed
        response as boto3 does, streaming bodies as bytes. Raises `AwsError` with AWS's code, message and status."""
        ...


class Engine(AwsCaller, Protocol):
    """What stands behind the edge: storage and control planes."""

    async def request(self, request: Request) -> Response:
        """Send one raw HTTP request, signed or anonymous as it is, and return the whole response."""
        ...


class Resettable(Protocol):
    """The engine, or a part that keeps something of what users made besides."""

    async def reset(self) -> None:
        """Forget it, and what still waits to be written: the part is as after a start in an empty folder. What no user
        made (compiled models, processes that wait for a first function) stays."""
        ...


class AccountResettable(Protocol):
    """A part that keeps something of an account that outlives the account's resources."""

    async def reset_account(self, account: str) -> None:
        """Forget it."""
        ...


class Changes(Protocol):
    """Tells cheaply whether a service's control plane may have changed, so that what was compiled can be kept.

    A number that only grows; two equal readings mean that nothing changed in between. With an `account`: nothing that
    this account's own callers changed, nor what concerns all. For who looks at every account in turn, and may miss
    what one account's administrator did to another's resource.
    """

    def generation(self, service: str, account: str = "") -> int: ...


class Scopes(Protocol):
    """Which accounts and regions have been used, so that a resource named without them can be found."""

    def known(self) -> list[Scope]:
        """Every scope seen, the default one first."""
        ...

    def likeliest(self) -> list[Scope]:
        """The same in the order in which to look for something that was just used: after the default one the newest
        first. Who gives every test an account of its own has very many, and works in the last one."""
        known = self.known()
        return [*known[:1], *reversed(known[1:])]


class Invocation(NamedTuple):
    """One call of a function. `function` is a name, partial ARN or ARN; `payload` is the event as JSON bytes."""

    function: str
    payload: bytes
    scope: Scope
    qualifier: str | None = None
    trace_header: str | None = None
    client_context: str | None = None
    tail_log: bool = False


class InvokeResult(NamedTuple):
    """What came back. `function_error` is None or ``Unhandled``; `log_tail` the last 4 KB of the log, if asked for."""

    payload: bytes
    request_id: str
    executed_version: str = "$LATEST"
    function_error: str | None = None
    log_tail: bytes = b""


class FunctionInvoker(Protocol):
    """Runs functions. The gateway, the sign-in triggers and the engine's event sources call it."""

    async def invoke(self, invocation: Invocation) -> InvokeResult:
        """Run to the end. Raises `AwsError` when the function does not exist or is throttled; an error in the function
        itself is a result with `function_error`."""
        ...


class TokenKeys(Protocol):
    """The public keys of the issuers of JSON Web Tokens."""

    async def find(self, issuer: str, key_id: str) -> Any | None:
        """The RSA public key, or None. Raises `AwsError` (InvalidIdentityToken) when the issuer cannot be asked."""
        ...


@dataclass(frozen=True)
class WebIdentity:
    """A user of an identity provider, by a token that was verified.

    `provider` is what a trust policy's ``Federated`` principal names (``cognito-identity.amazonaws.com``, or the ARN
    of an OpenID Connect provider); `keys` the condition keys that the token gives (``cognito-idp.…/pool:aud``);
    `tags` the session tags that it carries, `transitive` the names of those that are handed on.
    """

    provider: str
    subject: str
    audience: str
    keys: Mapping[str, tuple[str, ...]]
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive: tuple[str, ...] = ()


class WebIdentityTokens(Protocol):
    """Verifies what is given to ``sts:AssumeRoleWithWebIdentity``."""

    async def verify(self, token: str, account: str) -> WebIdentity:
        """`account` is the role's, whose providers count. Raises `AwsError`: InvalidIdentityToken,
        ExpiredTokenException."""
        ...


class WebIdentityRoles(Protocol):
    """Roles that users of identity providers assume."""

    async def assume(
        self,
        role_arn: str,
        session_name: str,
        identity: WebIdentity,
        seconds: int,
        policies: tuple[str, ...] = (),
        policy_arns: tuple[str, ...] = (),
    ) -> dict[str, Any]:
        """Credentials and AssumedRoleUser as boto3 parses them; `policies` are session policies, documents, and
        `policy_arns` managed ones. Raises `AwsError` AccessDenied when the role's trust policy does not let the
        identity in."""
        ...


class FunctionAccess(Protocol):
    """What a function's role may do: the function itself, and Lambda where it acts with it (dead letters,
    destinations)."""

    async def expect(self, role_arn: str) -> None:
        """The role will be asked for in a moment: have ready what there is to know of it. Raises `AwsError`."""
        ...

    async def require(self, function: str, action: str, resource: str, scope: Scope) -> None:
        """Raises `AwsError` (AccessDenied) when the role may not."""
        ...


class ServiceRoles(Protocol):
    """Which roles a service of AWS's may take."""

    @property
    def enforces(self) -> bool:
        """Whether IAM's mode refuses what policies do not allow."""
        ...

    async def trusts(self, role_arn: str) -> bool:
        """Whether the role is there and trusts the service, as IAM's mode has it."""
        ...


class ServiceAccess(Protocol):
    """Whether a service of AWS's may call a function: what the function's policy says, as IAM's mode has it."""

    async def may_invoke(self, principal: str, function: str, source: str, account: str) -> bool:
        """`principal` is the service's name, `function` an ARN, `source` and `account` ``aws:SourceArn`` and
        ``aws:SourceAccount``. A denial is recorded; whether it refuses is the mode's to say."""
        ...


class ConcurrencyProvider(Protocol):
    """Provisioned concurrency, for who deploys it: stacks."""

    async def provide(self, arn: str, number: int | None, seconds: float) -> None:
        """Set it for the alias or version `arn` (None: no more), and wait until it is ready. Raises `AwsError`, also
        when it cannot be, or is not within so many seconds; what is late may still come."""
        ...


@dataclass(frozen=True)
class Mail:
    """One message that left the cloud: for the inbox, never for a real mail server.

    `kind` is ``email`` or ``sms``; `code` is the confirmation code in it, if any; `created` epoch seconds.
    """

    id: str
    kind: str
    sender: str
    recipient: str
    subject: str
    text: str
    html: str
    created: float
    source: str
    code: str | None = None


class Outbox(Protocol):
    """Where mail and text messages are dropped."""

    async def deliver(self, mail: Mail) -> None: ...


RequestHandler = Callable[[Request], Awaitable[Response | None]]
"""A data plane's entry: answers a request that is its own, or returns None to let the next handler look at it."""


RequestSender = Callable[[Request], Awaitable[Response]]
"""Sends a signed request to the cloud's own endpoint, in this process, through the whole request path."""


@dataclass(frozen=True)
class ControlRoute:
    """One of our own routes under ``/_groundcloud/v1``. `path` is relative to it, with ``{name}`` for one segment;
    `handler` gets the request and those segments."""

    method: str
    path: str
    handler: Callable[[Request, dict[str, str]], Awaitable[Response]]


class TemplateParts(Protocol):
    """What a resource of a template stands among. `stacks` knows it; the parts that judge resources ask."""

    def named(self, member: str) -> tuple[str, Mapping[str, Any]] | None:
        """Type and properties (as far as they are known) of the resource that the property `member` refers to."""
        ...

    def earlier(self, member: str) -> list[Mapping[str, Any]]:
        """The properties of the resources before it, of its type, whose property `member` is the same."""
        ...
