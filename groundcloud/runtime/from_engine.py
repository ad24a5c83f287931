"""The engine's own form of an invocation's result: pure."""

from __future__ import annotations

import json
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.runtime.environment import Outcome


def engine_result(outcome: Outcome, event: object) -> dict[str, Any]:
    """A function that ran on `event`, well or not."""
    try:
        body: Any = json.loads(outcome.payload) if outcome.payload else None
    except ValueError:
        body = outcome.payload.decode("utf-8", "replace")
    result: dict[str, Any] = {"body": body, "log": outcome.tail.decode("utf-8", "replace")}
    if outcome.failed:
        result.update(error=True, function_error="Unhandled", body=_for_user_pool(event, body))
    return result


def _for_user_pool(event: object, body: Any) -> Any:
    """The engine answers the failure of a user pool's trigger with the body itself, so it is AWS's sentence.

    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
    """
    if not isinstance(event, dict) or not isinstance(body, dict) or not {"triggerSource", "userPoolId"} <= event.keys():
        return body
    return f"{str(event['triggerSource']).partition('_')[0]} failed with error {body.get('errorMessage')}."


def engine_refusal(error: AwsError) -> dict[str, Any]:
    """A function that could not be run."""
    if error.code != "TooManyRequestsException":
        body = {"errorType": error.code, "errorMessage": error.message}
        return {"body": body, "log": "", "error": True, "function_error": "Unhandled"}
    throttled = {"__type": error.code, "message": error.message, "retryAfterSeconds": "1", **error.fields}
    return {"body": throttled, "log": "", "error": True, "throttle": True}
