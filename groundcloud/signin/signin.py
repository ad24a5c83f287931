"""The entry of the sign-in part: which of Cognito's operations are ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.ports import Changes, FunctionInvoker, Outbox, Scope, Scopes, ServiceAccess
from groundcloud.signin import unsupported
from groundcloud.signin.account import AccountFlow
from groundcloud.signin.admin import AdminFlow
from groundcloud.signin.app_clients import AppClients
from groundcloud.signin.attributes import AttributeFlow
from groundcloud.signin.authenticate import Authentication
from groundcloud.signin.challenges import Sessions
from groundcloud.signin.codes import CodeStore
from groundcloud.signin.credentials import Credentials
from groundcloud.signin.custom_auth import CustomAuth
from groundcloud.signin.desk import Call, Desk, Operation, SigninEngine, Stores
from groundcloud.signin.directory import Directory, Pool
from groundcloud.signin.errors import error_response
from groundcloud.signin.invitations import InvitationFlow
from groundcloud.signin.lockout import Lockout
from groundcloud.signin.migration import Migration
from groundcloud.signin.password_proof import PasswordProof
from groundcloud.signin.passwords import PasswordFlow
from groundcloud.signin.respond import Responses
from groundcloud.signin.second_factor import SecondFactor
from groundcloud.signin.second_step import SecondStep
from groundcloud.signin.sign_up import SignUpFlow
from groundcloud.signin.token_store import TokenStore
from groundcloud.signin.tokens import Tokens
from groundcloud.signin.triggers import Triggers

_BY_NAME = (
    "AdminAddUserToGroup",
    "AdminEnableUser",
    "AdminGetUser",
    "AdminListGroupsForUser",
    "AdminRemoveUserFromGroup",
)
"""Operations of the engine on one user."""


@dataclass(frozen=True)
class Places:
    """Where things are: our SQLite file, the engine's state folder, and the address of a pool's hosted pages (empty
    for a pool without a domain)."""

    store: Path
    engine_state: Path
    pages: Callable[[Pool], str]


class SignIn:
    """Answers the operations of ``AWSCognitoIdentityProviderService`` that need more than the engine does.

    `directory` and `tokens` are what the hosted pages need besides the public API: tokens with OAuth scopes.
    """

    def __init__(
        self,
        engine: SigninEngine,
        outbox: Outbox,
        places: Places,
        clock: Clock,
        scopes: Scopes,
        changes: Changes,
        invoker: FunctionInvoker,
        access: ServiceAccess | None = None,
    ) -> None:
        codes, credentials = CodeStore(places.store, clock), Credentials(places.store, clock)
        kept = TokenStore(places.store, clock)
        self._stores = (codes, credentials, kept)
        self._kept, self._sessions, self._lockout = kept, Sessions(clock), Lockout(clock)
        stores = Stores(codes, credentials, self._sessions, self._lockout)
        triggers = Triggers(invoker, engine, changes, access)
        self.directory = Directory(engine, scopes, changes, credentials)
        self.tokens = Tokens(engine, places.engine_state, kept, self.directory, triggers, clock)
        desk = Desk(engine, self.directory, stores, self.tokens, triggers, outbox, clock, places.pages)
        self._operations = _operations(desk)

    def close(self) -> None:
        for store in self._stores:
            store.close()

    async def reset(self) -> None:
        """Nobody is known, and nobody is signing in. The hosted pages' codes and sessions lie in the same file."""
        self._kept.clear()
        self._sessions.clear()
        self._lockout.clear()
        self.directory.clear()
        self.tokens.clear()

    async def handle(
        self, operation: str, request: Request, scope: Scope, *, is_admin: bool = False, hosted: bool = False
    ) -> Response | None:
        """The answer to one request, or None to let it pass to the engine as it is.

        `scope` is that of the request's signature, or the default scope. What is not open to everybody comes here only
        when its caller was found to be allowed it. A body that is no JSON object is left to the engine, which refuses
        it. `hosted` requests are our own sign-in pages': they may use the password whatever flows the client has by
        API, and their sign-in ends without tokens, because the OAuth grant has its own.
        """
        # The engine takes what follows the last dot of the target for the operation, so that is what is looked at.
        operation = operation.rpartition(".")[2]
        refusal = unsupported.of_operation(operation)
        if refusal is not None:
            return error_response(refusal)
        flow = self._operations.get(operation)
        call = _parsed(operation, request, scope, hosted=hosted) if flow else None
        if flow is None or call is None:
            return None
        try:
            return await flow(call)
        except AwsError as error:
            return error_response(error)


def _operations(desk: Desk) -> dict[str, Operation]:
    factor, proof, migration = SecondFactor(desk), PasswordProof(desk), Migration(desk)
    second = SecondStep(desk, factor)
    custom = CustomAuth(desk, proof, second)
    authentication = Authentication(desk, second, proof, custom, migration)
    responses, account = Responses(desk, proof, second, custom), AccountFlow(desk)
    sign_up, passwords, attributes = SignUpFlow(desk), PasswordFlow(desk, migration), AttributeFlow(desk)
    admin, clients = AdminFlow(desk, account), AppClients(desk)
    return {
        "InitiateAuth": authentication.initiate,
        "AdminInitiateAuth": authentication.initiate,
        "RespondToAuthChallenge": responses.respond,
        "AdminRespondToAuthChallenge": responses.respond,
        "GetTokensFromRefreshToken": authentication.tokens_from_refresh_token,
        "SignUp": sign_up.sign_up,
        "ResendConfirmationCode": sign_up.resend,
        "ConfirmSignUp": sign_up.confirm,
        "AdminConfirmSignUp": sign_up.admin_confirm,
        "ForgotPassword": passwords.forgot,
        "ConfirmForgotPassword": passwords.confirm,
        "ChangePassword": passwords.change,
        "AdminResetUserPassword": passwords.admin_reset,
        "AdminSetUserPassword": passwords.admin_set,
        "UpdateUserAttributes": attributes.update,
        "GetUserAttributeVerificationCode": attributes.send_code,
        "VerifyUserAttribute": attributes.verify,
        "GetUser": account.get,
        "DeleteUser": account.delete,
        "DeleteUserAttributes": account.delete_attributes,
        "GlobalSignOut": account.global_sign_out,
        "RevokeToken": account.revoke,
        "AssociateSoftwareToken": factor.associate,
        "VerifySoftwareToken": factor.verify,
        "SetUserMFAPreference": factor.set_preference,
        "AdminSetUserMFAPreference": factor.admin_set_preference,
        "AdminCreateUser": InvitationFlow(desk).admin_create_user,
        "AdminDeleteUser": admin.delete,
        "AdminUpdateUserAttributes": admin.update_attributes,
        "AdminDeleteUserAttributes": admin.delete_attributes,
        "AdminDisableUser": admin.disable,
        "AdminUserGlobalSignOut": admin.sign_out,
        **dict.fromkeys(_BY_NAME, admin.of_the_engine),
        "ListUsers": admin.listed,
        "ListUsersInGroup": admin.listed,
        "CreateUserPool": unsupported.check_pool,
        "UpdateUserPool": unsupported.check_pool,
        "SetUserPoolMfaConfig": unsupported.check_pool,
        "CreateUserPoolClient": clients.create_or_update,
        "UpdateUserPoolClient": clients.create_or_update,
        "DescribeUserPoolClient": clients.describe,
    }


def _parsed(operation: str, request: Request, scope: Scope, *, hosted: bool) -> Call | None:
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    return Call(operation, request, data, scope, hosted) if isinstance(data, dict) else None
