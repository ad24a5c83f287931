"""The hosted pages' refusals, and where each is answered.

OAuthError      what a program gets: JSON, as RFC 6749 section 5.2 says
RedirectError   what goes back to the application, by the user's browser (RFC 6749, section 4.1.2.1)
PageError       what the user gets to see: the application cannot be trusted with the answer
"""

from __future__ import annotations

import json

from groundcloud.errors import GroundcloudError
from groundcloud.http import Response


class OAuthError(GroundcloudError):
    """`error` is one of RFC 6749's codes. Cognito answers 400 to nearly all of them, `invalid_client` included.

    https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
    """

    def __init__(self, error: str, description: str = "", status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.status = status

    def response(self) -> Response:
        body = {"error": self.error, **({"error_description": self.description} if self.description else {})}
        return Response.json(self.status, json.dumps(body), Cache_Control="no-store")


class RedirectError(GroundcloudError):
    """`location` is the application's own address with the error in it."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


class PageError(GroundcloudError):
    """`error` as Cognito's error page names it in its address, `message` for people."""

    def __init__(self, error: str, message: str, status: int = 400) -> None:
        super().__init__(f"{error}: {message}")
        self.error = error
        self.message = message
        self.status = status
