"""The entry of the sign-in part: which of Cognito's operations are ours."""

from __future__ import annotations

import json
from pathlib import Path

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.ports import FunctionInvoker, Outbox, Scope, Scopes
from groundcloud.signin.attributes import AttributeFlow
from groundcloud.signin.codes import CodeStore
from groundcloud.signin.desk import Call, Desk, Operation, SigninEngine
from groundcloud.signin.directory import Directory, pool_id_of_token
from groundcloud.signin.errors import error_response
from groundcloud.signin.invitations import InvitationFlow
from groundcloud.signin.passwords import PasswordFlow
from groundcloud.signin.sign_up import SignUpFlow
from groundcloud.signin.triggers import Triggers

_TOKENS = ("AccessToken", "RefreshToken", "Token")

_UNSIGNED = frozenset(
    {
        "AssociateSoftwareToken",
        "ChangePassword",
        "DeleteUser",
        "DeleteUserAttributes",
        "GetTokensFromRefreshToken",
        "GetUser",
        "GlobalSignOut",
        "InitiateAuth",
        "RespondToAuthChallenge",
        "RevokeToken",
        "SetUserMFAPreference",
        "UpdateUserAttributes",
        "VerifySoftwareToken",
    }
)
"""Further operations that AWS takes without a signature: the client or the token alone says which account is meant."""


class SignIn:
    """Answers the operations of ``AWSCognitoIdentityProviderService`` that need more than the engine does."""

    def __init__(
        self,
        engine: SigninEngine,
        outbox: Outbox,
        store_path: Path,
        clock: Clock,
        scopes: Scopes,
        invoker: FunctionInvoker | None = None,
    ) -> None:
        self._codes = CodeStore(store_path, clock)
        self._directory = Directory(engine, scopes)
        self._desk = desk = Desk(engine, self._directory, self._codes, outbox, clock)
        sign_up, passwords, attributes = SignUpFlow(desk, Triggers(invoker)), PasswordFlow(desk), AttributeFlow(desk)
        self._operations: dict[str, Operation] = {
            "SignUp": sign_up.sign_up,
            "ResendConfirmationCode": sign_up.resend,
            "ConfirmSignUp": sign_up.confirm,
            "AdminConfirmSignUp": sign_up.admin_confirm,
            "ForgotPassword": passwords.forgot,
            "ConfirmForgotPassword": passwords.confirm,
            "AdminResetUserPassword": passwords.admin_reset,
            "UpdateUserAttributes": attributes.update,
            "GetUserAttributeVerificationCode": attributes.send_code,
            "VerifyUserAttribute": attributes.verify,
            "AdminCreateUser": InvitationFlow(desk).admin_create_user,
        }

    def close(self) -> None:
        self._codes.close()

    async def handle(self, operation: str, request: Request, scope: Scope) -> Response | None:
        """The answer to one request, or None to let it pass to the engine as it is.

        `scope` is that of the request's signature, or the default scope. Body that is no JSON object is left to the
        engine, which refuses it.
        """
        # The engine takes what follows the last dot of the target for the operation, so that is what is looked at.
        operation = operation.rpartition(".")[2]
        flow = self._operations.get(operation)
        if flow is None and operation not in _UNSIGNED:
            return None
        call = _parsed(operation, request, scope)
        if call is None:
            return None
        try:
            response = await flow(call) if flow else None
            return response if response is not None else await self._in_its_account(call)
        except AwsError as error:
            return error_response(error)

    async def _in_its_account(self, call: Call) -> Response | None:
        """An unsigned request is the engine's in its default account only; for a pool elsewhere it is signed there."""
        if call.signed or call.operation not in _UNSIGNED:
            return None
        place = await self._directory.place_of_client(call.text("ClientId"))
        for name in _TOKENS:
            if place is None and call.text(name):
                place = await self._directory.place_of_pool(pool_id_of_token(call.text(name)))
        if place is None or place[0].account == call.scope.account:
            return None
        return await self._desk.send_on(call, place[0], call.data)


def _parsed(operation: str, request: Request, scope: Scope) -> Call | None:
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    return Call(operation, request, data, scope) if isinstance(data, dict) else None
