"""Temporary credentials of a function's role, as Lambda gets them: by AssumeRole, named like the function."""

from __future__ import annotations

from dataclasses import dataclass

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller
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
