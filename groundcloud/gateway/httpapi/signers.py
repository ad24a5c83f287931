"""Who signed a request with Signature Version 4, and whether they may do what it asks for: a door to IAM."""

from __future__ import annotations

from typing import Protocol

from groundcloud.http import Request


class Signers(Protocol):
    """Verifies signatures and judges policies."""

    async def check(self, request: Request, action: str, resource: str, account: str) -> dict[str, str | None]:
        """The caller of `request`: ``accessKey``, ``accountId``, ``callerId``, ``userArn``, ``userId``, and with
        credentials of an identity pool ``cognito…`` as events of REST APIs name them. `action` is
        ``execute-api:Invoke`` or ``execute-api:ManageConnections``, `resource` the ARN, `account` its owner.

        Raises `AwsError` 403 when the request is not signed, wrongly signed, or not allowed.
        """
        ...
