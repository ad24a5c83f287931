"""``AssumeRoleWithWebIdentity``: users of identity providers become sessions of roles.

The token is verified elsewhere (`ports.WebIdentityTokens`); here the role's trust policy judges whom it says, with the
condition keys of the token (docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html,
"Available keys for AWS OIDC federation"). These keys stay with the session, so that policies may name them:
``${cognito-identity.amazonaws.com:sub}``. The session is ours alone (see `minting`).
"""

from __future__ import annotations

import re
from typing import Any

from groundcloud.clock import Clock, new_request_id
from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.iam import minting
from groundcloud.iam.access import OFF
from groundcloud.iam.checks import text
from groundcloud.iam.decisions import DecisionLog
from groundcloud.iam.durations import asked_seconds, check_seconds, constraint
from groundcloud.iam.evaluate import decide
from groundcloud.iam.identities import Entity, Identities
from groundcloud.iam.issuing import Issuing, session_policies
from groundcloud.iam.messages import message
from groundcloud.iam.model import AccessRequest, Caller, CallerKind, PolicySet
from groundcloud.iam.params import Call, read_params
from groundcloud.ports import Scope, WebIdentity, WebIdentityTokens

OPERATION = "AssumeRoleWithWebIdentity"
_ACTION = f"sts:{OPERATION}"
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/[\w+=,.@/-]+")
_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)


class WebIdentitySessions:
    """Implements `ports.WebIdentityRoles`."""

    def __init__(self, identities: Identities, issuing: Issuing, log: DecisionLog, clock: Clock, mode: str) -> None:
        self._identities = identities
        self._issuing = issuing
        self._log = log
        self._clock = clock
        self._mode = mode

    async def assume(
        self,
        role_arn: str,
        session_name: str,
        identity: WebIdentity,
        seconds: int,
        policies: tuple[str, ...] = (),
        policy_arns: tuple[str, ...] = (),
    ) -> dict[str, Any]:
        role = await self._identities.role(role_arn)
        if role is None:
            # Who may not assume a role does not get to know whether there is one.
            raise AwsError("AccessDenied", f"Not authorized to perform {_ACTION}", 403)
        if self._mode != OFF:
            self._check_trust(role, session_name, identity)
        check_seconds(seconds, role.longest, None)
        params = {"RoleArn": role_arn, "RoleSessionName": session_name, "DurationSeconds": str(seconds)}
        session = minting.session_of(role, params, self._clock)
        self._issuing.note_web_identity(session, role_arn, identity, policies, policy_arns)
        return session

    def _check_trust(self, role: Entity, session_name: str, identity: WebIdentity) -> None:
        caller = Caller(CallerKind.WEB_IDENTITY, name=identity.provider, principal_id=identity.subject)
        account = role.arn.split(":")[4]
        keys = {
            **identity.keys,
            "sts:RoleSessionName": (session_name,),
            **{f"aws:RequestTag/{name}": (value,) for name, value in identity.tags.items()},
            **({"aws:TagKeys": tuple(identity.tags)} if identity.tags else {}),
        }
        trust = (role.trust,) if role.trust else ()
        for action in (_ACTION, "sts:TagSession") if identity.tags else (_ACTION,):
            request = AccessRequest(caller, action, role.arn, account, keys)
            decision = decide(request, PolicySet(resource=trust, resource_must_allow=True))
            # What an identity pool's caller is told names no reason; the record of decisions does.
            self._log.add(self._clock.now(), new_request_id(), _ACTION, decision, self._mode, not decision.allowed)
            if not decision.allowed:
                raise AwsError("AccessDenied", message(decision), 403)


class WebIdentities:
    """STS's operation for web identities, which nobody signs."""

    def __init__(self, sessions: WebIdentitySessions, tokens: WebIdentityTokens) -> None:
        self._sessions = sessions
        self._tokens = tokens

    async def handle(self, operation: str, request: Request, scope: Scope) -> Response | None:
        """None for every other operation of STS. Raises `AwsError`."""
        if operation != OPERATION:
            return None
        params = read_params(_call(request))
        role, name, seconds = _asked(params)
        identity = await self._tokens.verify(text(params, "WebIdentityToken"), role.split(":")[4])
        policies, arns = session_policies(params)
        session = await self._sessions.assume(role, name, identity, seconds, policies or (), arns or ())
        subject = {
            "SubjectFromWebIdentityToken": identity.subject,
            "Audience": identity.audience,
            "Provider": identity.provider,
        }
        return minting.assumed(session, new_request_id(), OPERATION, subject)


def _call(request: Request) -> Call:
    target = request.headers.get("x-amz-target") or ""
    protocol = "json" if target else "query"
    return Call(
        "sts",
        OPERATION,
        protocol,
        request.method,
        request.raw_path,
        request.query_string,
        request.headers,
        request.body,
    )


def _asked(params: dict[str, Any]) -> tuple[str, str, int]:
    """Role, session name and seconds. Raises `AwsError` (ValidationError)."""
    role, name = text(params, "RoleArn"), text(params, "RoleSessionName")
    if not _ROLE.fullmatch(role):
        raise AwsError("ValidationError", f"{role or 'RoleArn'} is invalid")
    if not _SESSION_NAME.fullmatch(name):
        raise constraint(name, "roleSessionName", r"satisfy regular expression pattern: [\w+=,.@-]*")
    return role, name, asked_seconds(params)
