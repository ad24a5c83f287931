"""Who signed a call of an API, may they make it, and what the API's resource policy says: the gateway's door to IAM.

For REST APIs' methods with `AWS_IAM` (`invoke`), for resource policies (`by_policy`), and for HTTP and WebSocket APIs
(`check`). https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, MutableMapping
from typing import Any

from groundcloud.clock import Clock, new_request_id
from groundcloud.edge import credentials
from groundcloud.edge.authorize import SIGNED_BY, Authorize, Signer
from groundcloud.edge.exchange import Exchange, Identity
from groundcloud.edge.identify import credential_of
from groundcloud.engines.embedded.asgi import Message
from groundcloud.errors import AwsError
from groundcloud.gateway.access import INVOKE, Access, PolicyAnswer
from groundcloud.http import Request
from groundcloud.iam.access import ANONYMOUS, ENFORCE, OFF, AccessControl
from groundcloud.iam.evaluate import decide
from groundcloud.iam.identities import Identities, Principal
from groundcloud.iam.messages import message
from groundcloud.iam.model import AccessRequest, Decision, DecisionKind, NamedPolicy, PolicyKind, PolicySet
from groundcloud.iam.origin import Origin, origin_keys
from groundcloud.iam.policies import named
from groundcloud.ports import Scope

_SERVICE = "execute-api"
_COGNITO = "cognito-identity.amazonaws.com"
_INCOMPLETE = (
    "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. "
    "Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a "
    "'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) Authorization="
)

Fields = dict[str, str | None]


class ApiAccess(Access):
    """Implements the doors of every kind of API. `account` is the one of the configured root key."""

    def __init__(
        self, authorize: Authorize, control: AccessControl, identities: Identities, clock: Clock, account: str
    ) -> None:
        self._authorize = authorize
        self._control = control
        self._identities = identities
        self._clock = clock
        self._account = account

    async def invoke(self, request: Request, resource: str, account: str, policy: str | None) -> Mapping[str, str]:
        caller = await self._caller(request, INVOKE, resource, account, policy)
        shown = {
            "accessKey": caller["accessKey"],
            "accountId": caller["accountId"],
            "caller": caller["callerId"],
            "user": caller["userId"],
            "userArn": caller["userArn"],
            **{name: value for name, value in caller.items() if name.startswith("cognito")},
        }
        return {name: value for name, value in shown.items() if value}

    async def check(self, request: Request, action: str, resource: str, account: str) -> Fields:
        """The same for an API without resource policies: ``accessKey``, ``accountId``, ``callerId``, ``userArn``,
        ``userId``."""
        caller = await self._caller(request, action, resource, account, None)
        return {name: value for name, value in caller.items() if not name.startswith("cognito")}

    def by_policy(self, request: Request, resource: str, account: str, policy: str) -> PolicyAnswer:
        if self._control.mode == OFF:
            return PolicyAnswer(True, False, "")
        keys = origin_keys(self._origin(request, resource), None)
        asked = AccessRequest(ANONYMOUS, INVOKE, resource, account, keys)
        decision = decide(asked, PolicySet(resource=(_resource_policy(policy, resource),)))
        if self._control.mode != ENFORCE:
            return PolicyAnswer(True, False, "")
        denied = decision.kind is DecisionKind.EXPLICIT_DENY
        return PolicyAnswer(decision.allowed, denied, _told(decision, account))

    async def _caller(self, request: Request, action: str, resource: str, account: str, policy: str | None) -> Fields:
        exchange = exchange_of(request)
        signer = await self._signer(exchange, resource, account)
        if signer.key is None:
            # The root user of the account that its key names.
            access_key = str(exchange.identity.access_key) if exchange.identity else ""
            owner = access_key if access_key.isdecimal() else self._account
            if owner != account:
                raise AwsError("AccessDeniedException", _stranger(owner, action, resource, account), 403)
            return _fields(access_key, owner, owner, f"arn:aws:iam::{owner}:root", {})
        principal = await self._identities.principal(signer.key)
        if principal is None:
            raise credentials.unknown_key(_identity(signer.key.access_key, account, resource))
        decision = self._decide(principal, request, action, resource, account, policy)
        if not decision.allowed and self._control.mode == ENFORCE:
            raise AwsError("AccessDeniedException", _told(decision, account), 403)
        caller = principal.caller
        return _fields(signer.key.access_key, caller.account, caller.principal_id, caller.arn, signer.key.context)

    async def _signer(self, exchange: Exchange, resource: str, account: str) -> Signer:
        authorization = exchange.headers.get("authorization") or ""
        access_key, region, service = credential_of(exchange)
        if not access_key:
            raise _unsigned(authorization)
        if service != _SERVICE:
            text = f"Credential should be scoped to correct service: '{_SERVICE}'."
            raise AwsError("InvalidSignatureException", text, 403)
        wanted = resource.split(":")[3]
        if region != wanted:
            text = f"Credential should be scoped to a valid region, not '{region}'."
            raise AwsError("InvalidSignatureException", text, 403)
        exchange.identity = _identity(access_key, account, resource)
        await self._authorize(exchange)
        signer: Signer | None = exchange.scope.get(SIGNED_BY)
        if signer is None:
            raise credentials.unknown_key(exchange.identity)
        return signer

    def _decide(
        self, principal: Principal, request: Request, action: str, resource: str, account: str, policy: str | None
    ) -> Decision:
        keys = origin_keys(self._origin(request, resource), principal.key)
        asked = AccessRequest(principal.caller, action, resource, account, keys)
        if self._control.mode == OFF:
            return Decision(asked, DecisionKind.ALLOWED)
        policies: tuple[NamedPolicy, ...] = (_resource_policy(policy, resource),) if policy else ()
        entity = principal.entity
        return decide(asked, PolicySet(entity.identity, entity.boundary, principal.session, policies))

    def _origin(self, request: Request, resource: str) -> Origin:
        is_secure = request.scheme == "https"
        region = resource.split(":")[3]
        return Origin(new_request_id(), request.client, is_secure, region, self._clock.now(), request.headers)


def exchange_of(request: Request) -> Exchange:
    """A request that was read already, as the handlers of the edge know one."""
    scope: MutableMapping[str, Any] = {
        "type": "http",
        "method": request.method,
        "raw_path": request.raw_path.encode("latin-1"),
        "query_string": request.query_string.encode("latin-1"),
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.items],
        "scheme": request.scheme,
        "client": (request.client, 0),
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(_: Message) -> None:
        raise AssertionError("nothing is answered here")

    return Exchange(scope, receive, send, new_request_id())


def _identity(access_key: str, account: str, resource: str) -> Identity:
    return Identity(_SERVICE, "Invoke", "rest-json", Scope(account, resource.split(":")[3]), access_key, _SERVICE)


def _unsigned(authorization: str) -> AwsError:
    if not authorization:
        return AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", 403)
    digest = base64.b64encode(hashlib.sha256(authorization.encode("latin-1", "replace")).digest()).decode()
    return AwsError("IncompleteSignatureException", f"{_INCOMPLETE}{digest}", 403)


def _resource_policy(policy: str, resource: str) -> NamedPolicy:
    api = resource.partition("/")[0]
    return named(api, PolicyKind.RESOURCE, policy, api)


def _fields(
    access_key: str, account: str, principal_id: str, arn: str, context: Mapping[str, tuple[str, ...]]
) -> Fields:
    fields: Fields = {
        "accessKey": access_key,
        "accountId": account,
        "callerId": principal_id,
        "userArn": arn,
        "userId": principal_id,
    }
    subject = _first(context, "sub")
    if subject:
        methods = context.get(f"{_COGNITO}:amr", ())
        fields["cognitoIdentityId"] = subject
        fields["cognitoIdentityPoolId"] = _first(context, "aud")
        fields["cognitoAuthenticationType"] = methods[0] if methods else None
        fields["cognitoAuthenticationProvider"] = ",".join(methods[1:]) or None
    return fields


def _first(context: Mapping[str, tuple[str, ...]], name: str) -> str | None:
    values = context.get(f"{_COGNITO}:{name}", ())
    return values[0] if values else None


def _told(decision: Decision, account: str) -> str:
    """AWS's sentence; API Gateway does not tell callers the whole account."""
    resource = decision.request.resource
    return message(decision).replace(resource, _masked(resource, account))


def _masked(resource: str, account: str) -> str:
    return resource.replace(f":{account}:", f":********{account[-4:]}:", 1)


def _stranger(owner: str, action: str, resource: str, account: str) -> str:
    who = f"arn:aws:iam::{owner}:root"
    return (
        f"User: {who} is not authorized to perform: {action} on resource: {_masked(resource, account)} "
        f"because no resource-based policy allows the {action} action"
    )
