"""What an HTTP API itself answers when it refuses or fails a request: always ``{"message": …}``.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html (no gateway responses), and
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
"""

from __future__ import annotations

import json

from groundcloud.errors import GroundcloudError
from groundcloud.http import Headers, Response


class HttpApiError(GroundcloudError):
    """The API's own answer. `detail` is for the access log (``$context.error.message`` has `message`); `challenge` is
    the `www-authenticate` header of a 401 or 403."""

    def __init__(self, status: int, message: str, *, detail: str = "", challenge: str | None = None) -> None:
        super().__init__(f"{status} {message}{': ' if detail else ''}{detail}")
        self.status = status
        self.message = message
        self.detail = detail or message
        self.challenge = challenge

    def response(self) -> Response:
        headers = Headers([("Content-Type", "application/json")])
        if self.challenge is not None:
            headers.add("www-authenticate", self.challenge)
        return Response(self.status, headers, json.dumps({"message": self.message}, separators=(",", ":")).encode())


def not_found() -> HttpApiError:
    return HttpApiError(404, "Not Found")


def forbidden(detail: str = "", challenge: str | None = None) -> HttpApiError:
    return HttpApiError(403, "Forbidden", detail=detail, challenge=challenge)


def unauthorized(detail: str = "", challenge: str | None = None) -> HttpApiError:
    return HttpApiError(401, "Unauthorized", detail=detail, challenge=challenge)


def server_error(detail: str) -> HttpApiError:
    """A function that failed, answered nonsense or may not be called; an API that is not set up so that it works."""
    return HttpApiError(500, "Internal Server Error", detail=detail)


def unavailable(detail: str) -> HttpApiError:
    """The integration took too long, or could not be reached."""
    return HttpApiError(503, "Service Unavailable", detail=detail)


def too_many_requests() -> HttpApiError:
    return HttpApiError(429, "Too Many Requests")


def not_built(what: str) -> HttpApiError:
    """What Groundcloud does not do, said aloud instead of AWS's bare message."""
    return HttpApiError(500, f"Groundcloud does not support {what}")
