"""Cognito's refusals, in AWS's words, and the one place that makes wire responses of them."""

from __future__ import annotations

import json

from groundcloud.clock import new_request_id
from groundcloud.errors import AwsError
from groundcloud.http import Headers, Response

CONTENT_TYPE = "application/x-amz-json-1.1"


def code_mismatch() -> AwsError:
    return AwsError("CodeMismatchException", "Invalid verification code provided, please try again.")


def expired_code() -> AwsError:
    return AwsError("ExpiredCodeException", "Invalid code provided, please request a code again.")


def attempt_limit() -> AwsError:
    return AwsError("LimitExceededException", "Attempt limit exceeded, please try after some time.")


def invalid_parameter(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)


def not_authorized(message: str) -> AwsError:
    return AwsError("NotAuthorizedException", message)


def missing(member: str) -> AwsError:
    return invalid_parameter(
        f"1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
    )


def client_combination_not_found() -> AwsError:
    """The user of a client that may tell, in the flows that come before a sign-in."""
    return AwsError("UserNotFoundException", "Username/client id combination not found.")


def wrong_password() -> AwsError:
    """Also for a user who does not exist, where the client must not tell."""
    return not_authorized("Incorrect username or password.")


def user_not_found() -> AwsError:
    return AwsError("UserNotFoundException", "User does not exist.")


def no_recovery_channel() -> AwsError:
    return invalid_parameter(
        "Cannot reset password for the user as there is no registered/verified email or phone_number"
    )


def error_response(error: AwsError) -> Response:
    """The error on the wire: AWS JSON 1.1, the code in the body and in a header."""
    body = json.dumps({"__type": error.code, "message": error.message})
    return _response(error.status, body, error.code)


def answer(payload: dict[str, object]) -> Response:
    """A successful result on the wire."""
    return _response(200, json.dumps(payload))


def _response(status: int, body: str, code: str = "") -> Response:
    # Cognito's API is called by pages of other origins, and answers all of them.
    headers = Headers(
        [
            ("Content-Type", CONTENT_TYPE),
            ("x-amzn-RequestId", new_request_id()),
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Expose-Headers", "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"),
        ]
    )
    if code:
        headers.add("x-amzn-ErrorType", code)
    return Response(status, headers, body.encode())
