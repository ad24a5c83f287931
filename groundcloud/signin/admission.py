"""Who may begin to sign in, before anything is proven: the user's state, and the pre authentication function.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-authentication.html
"""

from __future__ import annotations

from groundcloud.errors import AwsError
from groundcloud.signin import errors
from groundcloud.signin.desk import Call, Desk, Party
from groundcloud.signin.directory import User
from groundcloud.signin.triggers import user_attributes


def refuse_state(user: User) -> None:
    """Raises `NotAuthorizedException` for a disabled user, `UserNotConfirmedException` for one not confirmed."""
    if not user.enabled:
        raise errors.not_authorized("User is disabled.")
    if user.status == "UNCONFIRMED":
        raise AwsError("UserNotConfirmedException", "User is not confirmed.")


def unknown_user(party: Party) -> AwsError:
    """What a client hears of a user who does not exist."""
    return errors.wrong_password() if party.client.hides_users else errors.user_not_found()


async def may_begin(desk: Desk, call: Call, party: Party, user: User | None, name: str) -> None:
    """Raises what keeps the user out. The function is asked about a user who does not exist only where the client must
    not tell; renewing a session asks nobody."""
    if user is not None:
        refuse_state(user)
    elif not party.client.hides_users:
        return
    await desk.triggers.call(
        party.pool,
        "PreAuthentication",
        "PreAuthentication_Authentication",
        user.username if user else name,
        party.client.id,
        {
            "userAttributes": user_attributes(user) if user else {},
            "validationData": call.data.get("ClientMetadata") or None,
            **({"userNotFound": user is None} if party.client.hides_users else {}),
        },
    )
