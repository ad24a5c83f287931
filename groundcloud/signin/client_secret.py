"""Does the caller hold the app client's secret?

https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html#cognito-user-pools-computing-secret-hash
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from groundcloud.signin import errors
from groundcloud.signin.directory import Client


def check_hash(client: Client, username: str, given: object, *, extra_is_fine: bool = False) -> None:
    """Compare a SECRET_HASH. Raises `NotAuthorizedException`, or `InvalidParameterException` for one that is not asked
    for (answers to challenges may carry it all the same)."""
    if not client.secret:
        if given and not extra_is_fine:
            raise errors.invalid_parameter(
                f"App client {client.id} is not configured for secret but secret hash was received"
            )
        return
    if not given:
        raise errors.not_authorized(f"Client {client.id} is configured with secret but SECRET_HASH was not received")
    if not _is_right(client, username, str(given)):
        raise errors.not_authorized(f"Unable to verify secret hash for client {client.id}")


def check_secret(client: Client, given: object) -> None:
    """Compare the secret itself, as RevokeToken and GetTokensFromRefreshToken take it."""
    if client.secret and not hmac.compare_digest(client.secret.encode(), str(given or "").encode()):
        raise errors.not_authorized(f"Unable to verify secret for client {client.id}")


def _is_right(client: Client, username: str, given: str) -> bool:
    return hmac.compare_digest(secret_hash(client, username).encode(), given.encode())


def secret_hash(client: Client, username: str) -> str:
    """The SECRET_HASH that shows for `username` that the secret is known."""
    digest = hmac.new(client.secret.encode(), (username + client.id).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
