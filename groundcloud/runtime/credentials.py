"""Temporary credentials of a function's role, as Lambda gets them: by AssumeRole, named like the function.

Environments of one function that start soon after each other (a burst of calls, a function that dies with each call)
share one session, as long as nothing in IAM has changed since: a role that was changed or deleted is asked again.
"""

from __future__ import annotations

from dataclasses import dataclass

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Changes, Scope
from groundcloud.runtime import errors, limits
from groundcloud.runtime.function import Function

_REFUSALS = ("AccessDenied", "AccessDeniedException", "NoSuchEntity", "ValidationError", "InvalidParameterValue")


@dataclass(frozen=True)
class Credentials:
    """Keys of a role session; `expires` is monotonic time."""

    access_key_id: str
    secret_access_key: str
    session_token: str
    expires: float


class RoleSessions:
    """The youngest session of each function's role."""

    def __init__(self, aws: AwsCaller, clock: Clock, changes: Changes) -> None:
        self._aws = aws
        self._clock = clock
        self._changes = changes
        self._known: dict[tuple[Scope, str, str], tuple[int, Credentials]] = {}

    async def get(self, function: Function) -> Credentials:
        """A session that has nearly all of its life before it. Raises `AwsError` as `assume_role`."""
        if function.provided_for:
            # It is kept for as long as its credentials are good.
            return await assume_role(self._aws, self._clock, function)
        generation = self._changes.generation("iam")
        place = (function.scope, function.name, function.role)
        known = self._known.get(place)
        if known is not None and known[0] == generation and known[1].expires > self._youngest():
            return known[1]
        credentials = await assume_role(self._aws, self._clock, function)
        self._forget_old()
        self._known[place] = (generation, credentials)
        return credentials

    def clear(self, account: str = "") -> None:
        """Forget all of them, or those of one account."""
        for place in [place for place in self._known if account in ("", place[0].account)]:
            del self._known[place]

    def _youngest(self) -> float:
        return self._clock.monotonic() + limits.CREDENTIAL_SECONDS - limits.SESSION_SHARED_SECONDS

    def _forget_old(self) -> None:
        youngest = self._youngest()
        for place in [place for place, (_, known) in self._known.items() if known.expires <= youngest]:
            del self._known[place]


async def assume_role(aws: AwsCaller, clock: Clock, function: Function) -> Credentials:
    """Credentials whose caller is ``assumed-role/ROLE/FUNCTION``.

    Raises `AwsError` AccessDeniedException when there is no such role.
    """
    began = clock.monotonic()
    params = {
        "RoleArn": function.role,
        "RoleSessionName": function.name[:64].ljust(2, "_"),
        "DurationSeconds": limits.CREDENTIAL_SECONDS,
    }
    try:
        answer = await aws.call("sts", "AssumeRole", params, scope=function.scope)
    except AwsError as error:
        if error.code in _REFUSALS:
            raise errors.role_not_assumable() from error
        raise
    keys = answer["Credentials"]
    return Credentials(
        keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], began + limits.CREDENTIAL_SECONDS
    )
