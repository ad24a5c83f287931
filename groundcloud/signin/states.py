"""What keeps a user from signing in, whatever they prove."""

from __future__ import annotations

from groundcloud.errors import AwsError
from groundcloud.signin import errors
from groundcloud.signin.directory import User


def refuse_state(user: User) -> None:
    """Raises `NotAuthorizedException` for a disabled user, `UserNotConfirmedException` for one not confirmed."""
    if not user.enabled:
        raise errors.not_authorized("User is disabled.")
    if user.status == "UNCONFIRMED":
        raise AwsError("UserNotConfirmedException", "User is not confirmed.")
