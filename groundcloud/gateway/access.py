"""The door to IAM: who signed a request, may they call the API, and what its resource policy says.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from groundcloud.errors import AwsError
from groundcloud.gateway.call import Call
from groundcloud.gateway.errors import GatewayError, missing_authentication_token
from groundcloud.gateway.permission import api_arn
from groundcloud.gateway.phases import AUTHENTICATE, AUTHORIZE, failed, passed
from groundcloud.http import Request
from groundcloud.ports import Scope

INVOKE = "execute-api:Invoke"

_TYPES = {
    "AccessDenied": "ACCESS_DENIED",
    "ExpiredToken": "EXPIRED_TOKEN",
    "InvalidSignature": "INVALID_SIGNATURE",
    "SignatureDoesNotMatch": "INVALID_SIGNATURE",
}
"""Gateway response types by error code, without ``Exception``."""


@dataclass(frozen=True, slots=True)
class PolicyAnswer:
    """What a resource policy says of a call: allowed, denied, or neither; `message` is AWS's when it is not allowed."""

    allowed: bool
    denied: bool
    message: str


class Access(Protocol):
    """`edge/apiaccess.py`."""

    async def invoke(
        self,
        request: Request,
        resource: str,
        account: str,
        policy: str | None,
        verified: Callable[[], None] = lambda: None,
    ) -> Mapping[str, str]:
        """Who signed `request`, as ``requestContext.identity`` names it: ``accessKey``, ``accountId``, ``caller``,
        ``user``, ``userArn``, and ``cognito…`` with an identity pool's credentials.

        `resource` is the ARN of what is called, `account` its owner, `policy` its resource policy. Raises `AwsError`
        when the request is not signed, wrongly signed, or not allowed; `verified` is called in between.
        """
        ...

    def by_policy(
        self, request: Request, resource: str, account: str, policy: str, *, is_last: bool = True
    ) -> PolicyAnswer:
        """What `policy` says of the call by anybody at all: for methods that IAM does not authorize. `is_last` is false
        where an authorizer is asked too when the policy says nothing."""
        ...


class NoAccess(Access):
    """No IAM at all: nobody is let in."""

    async def invoke(
        self,
        request: Request,
        resource: str,
        account: str,
        policy: str | None,
        verified: Callable[[], None] = lambda: None,
    ) -> Mapping[str, str]:
        authorization = request.headers.get("authorization") or ""
        if not authorization.startswith("AWS4-HMAC-SHA256") and request.query_value("X-Amz-Signature") is None:
            raise AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", 403)
        raise AwsError("AccessDeniedException", "There is no IAM in this process to authorize with", 403)

    def by_policy(
        self, request: Request, resource: str, account: str, policy: str, *, is_last: bool = True
    ) -> PolicyAnswer:
        return PolicyAnswer(False, True, "There is no IAM in this process to judge a resource policy with")


def policy_text(policy: object, scope: Scope, api_id: str) -> str | None:
    """An API's resource policy, as the control plane answers it (JSON whose quotes may be escaped), with the short form
    ``execute-api:/stage/…`` written out. https://docs.aws.amazon.com/apigateway/latest/developerguide/
    apigateway-resource-policies-examples.html"""
    if not policy:
        return None
    text = policy if isinstance(policy, str) else json.dumps(policy)
    if text.lstrip().startswith('{\\"'):
        text = json.loads(f'"{text}"')
    return text.replace('"execute-api:/', f'"arn:aws:execute-api:{scope.region}:{scope.account}:{api_id}/')


def called_arn(call: Call) -> str:
    """``arn:aws:execute-api:{region}:{account}:{api}/{stage}/{VERB}/{path}`` of the request itself."""
    return f"{api_arn(call)}/{call.stage.name}/{call.request.method}{call.path}"


async def check_signer(call: Call, access: Access, now: Callable[[], float]) -> None:
    """`AWS_IAM`: raise `GatewayError` unless a caller who may has signed; note in `call` who it is. `now`: seconds."""
    scope, begun = call.stage.scope, now()
    phase = AUTHENTICATE

    def verified() -> None:
        nonlocal begun, phase
        passed(call.phases, AUTHENTICATE, now() - begun)
        begun, phase = now(), AUTHORIZE

    try:
        call.caller = await access.invoke(call.request, called_arn(call), scope.account, call.stage.policy, verified)
    except AwsError as error:
        refused = _refused(error)
        failed(call.phases, phase, now() - begun, refused.status, refused.message)
        raise refused from error
    passed(call.phases, AUTHORIZE, now() - begun)


def _refused(error: AwsError) -> GatewayError:
    code = error.code.removesuffix("Exception")
    if code == "MissingAuthenticationToken":
        return missing_authentication_token()
    return GatewayError(_TYPES.get(code, "DEFAULT_4XX"), error.message, status=403)
