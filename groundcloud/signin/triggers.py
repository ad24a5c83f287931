"""The trigger that the engine does not know: post confirmation.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html
"""

from __future__ import annotations

import json
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.ports import FunctionInvoker, Invocation
from groundcloud.signin.directory import Pool, User

CONFIRMED_SIGN_UP = "PostConfirmation_ConfirmSignUp"


class Triggers:
    """Calls the functions in a pool's LambdaConfig; nothing without an invoker."""

    def __init__(self, invoker: FunctionInvoker | None) -> None:
        self._invoker = invoker

    async def confirmed(self, pool: Pool, user: User, client_id: str, metadata: object) -> None:
        """Tell that a user has been confirmed. Raises `AwsError` UserLambdaValidationException when the function fails;
        the user stays confirmed, as on AWS."""
        arn = (pool.settings.get("LambdaConfig") or {}).get("PostConfirmation")
        if not arn or self._invoker is None:
            return
        payload = json.dumps(_event(pool, user, client_id, metadata)).encode()
        try:
            result = await self._invoker.invoke(Invocation(arn, payload, pool.scope))
        except AwsError as error:
            raise _failed(error.message) from error
        if result.function_error:
            raise _failed(_message(result.payload))


def _event(pool: Pool, user: User, client_id: str, metadata: object) -> dict[str, Any]:
    return {
        "version": "1",
        "region": pool.scope.region,
        "userPoolId": pool.id,
        "userName": user.username,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client_id},
        "triggerSource": CONFIRMED_SIGN_UP,
        "request": {
            "userAttributes": {**user.attributes, "cognito:user_status": "CONFIRMED"},
            **({"clientMetadata": metadata} if metadata else {}),
        },
        "response": {},
    }


def _failed(reason: str) -> AwsError:
    return AwsError("UserLambdaValidationException", f"PostConfirmation failed with error {reason}.", 400)


def _message(payload: bytes) -> str:
    try:
        value = json.loads(payload)
    except ValueError:
        return ""
    return str(value.get("errorMessage") or "") if isinstance(value, dict) else ""
