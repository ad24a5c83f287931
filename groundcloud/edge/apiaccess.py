"""Who signed a call of an API, may they make it, and what the API's resource policy says: the gateway's door to IAM.

For REST APIs' methods with `AWS_IAM` (`invoke`), for resource policies (`by_policy`), and for HTTP and WebSocket APIs
(`check`). https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from groundcloud.clock import Clock, new_request_id
from groundcloud.edge.exchange import Exchange, Identity
from groundcloud.edge.identify import credential_of
from groundcloud.edge.incomplete import lacks
from groundcloud.edge.signers import CallerFields, Signers, caller_fields
from groundcloud.engines.embedded.asgi import Message
from groundcloud.errors import AwsError
from groundcloud.gateway.access import INVOKE, Access, PolicyAnswer
from groundcloud.http import Headers, Request
from groundcloud.iam.access import ANONYMOUS, ENFORCE, AccessControl
from groundcloud.iam.messages import message
from groundcloud.iam.model import AccessRequest, Decision, DecisionKind, NamedPolicy, PolicyKind, PolicySet
from groundcloud.iam.origin import Origin, origin_keys
from groundcloud.iam.policies import named
from groundcloud.ports import Scope

_SERVICE = "execute-api"
_COGNITO = "cognito-identity.amazonaws.com"


class ApiAccess(Access):
    """Implements the doors of every kind of API."""

    def __init__(self, signers: Signers, control: AccessControl, clock: Clock) -> None:
        self._signers = signers
        self._control = control
        self._clock = clock

    async def invoke(
        self,
        request: Request,
        resource: str,
        account: str,
        policy: str | None,
        verified: Callable[[], None] = lambda: None,
    ) -> Mapping[str, str]:
        caller = await self._caller(request, INVOKE, resource, account, policy, verified)
        shown = {
            "accessKey": caller["accessKey"],
            "accountId": caller["accountId"],
            "caller": caller["callerId"],
            "user": caller["userId"],
            "userArn": caller["userArn"],
            **{name: value for name, value in caller.items() if name.startswith("cognito")},
        }
        return {name: value for name, value in shown.items() if value}

    async def check(self, request: Request, action: str, resource: str, account: str) -> CallerFields:
        """The same for an API without resource policies: ``accessKey``, ``accountId``, ``callerId``, ``userArn``,
        ``userId``, and ``cognito…`` with an identity pool's credentials."""
        return await self._caller(request, action, resource, account, None)

    def by_policy(
        self, request: Request, resource: str, account: str, policy: str, *, is_last: bool = True
    ) -> PolicyAnswer:
        origin = self._origin(request, resource)
        asked = AccessRequest(ANONYMOUS, INVOKE, resource, account, origin_keys(origin, None))
        policies = PolicySet(resource=(_resource_policy(policy, resource),))
        decision = self._control.decide_by(asked, policies, origin, INVOKE, is_last=is_last)
        if self._control.mode != ENFORCE:
            return PolicyAnswer(True, False, "")
        denied = decision.kind is DecisionKind.EXPLICIT_DENY
        return PolicyAnswer(decision.allowed, denied, _told(decision, account))

    async def _caller(
        self,
        request: Request,
        action: str,
        resource: str,
        account: str,
        policy: str | None,
        verified: Callable[[], None] = lambda: None,
    ) -> CallerFields:
        principal = await self._signers.of(_signed(exchange_of(request), resource, account))
        verified()
        origin = self._origin(request, resource)
        asked = AccessRequest(principal.caller, action, resource, account, origin_keys(origin, principal.key))
        entity = principal.entity
        policies = PolicySet(
            entity.identity,
            entity.boundary,
            principal.session,
            (_resource_policy(policy, resource),) if policy else (),
        )
        decision = self._control.decide_by(asked, policies, origin, action, principal.key)
        if self._control.refuses(decision):
            raise AwsError("AccessDeniedException", _told(decision, account), 403)
        return {**caller_fields(principal), **_cognito_fields(principal.key.context)}

    def _origin(self, request: Request, resource: str) -> Origin:
        now = self._clock.now()
        return Origin(new_request_id(), request.client, _region_of(resource), now, request.headers)


def _signed(exchange: Exchange, resource: str, account: str) -> Exchange:
    """`exchange`, identified by the credential that signed it; raises `AwsError` for one of another service or region.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html"""
    access_key, region, service = credential_of(exchange)
    if not access_key:
        raise _unsigned(exchange.headers)
    if service != _SERVICE:
        text = f"Credential should be scoped to correct service: '{_SERVICE}'."
        raise AwsError("InvalidSignatureException", text, 403)
    if region != _region_of(resource):
        text = f"Credential should be scoped to a valid region, not '{region}'."
        raise AwsError("InvalidSignatureException", text, 403)
    scope = Scope(account, _region_of(resource))
    exchange.identity = Identity(_SERVICE, "Invoke", "rest-json", scope, access_key, _SERVICE)
    return exchange


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


def _region_of(resource: str) -> str:
    return resource.split(":")[3]


def _unsigned(headers: Headers) -> AwsError:
    authorization = headers.get("authorization") or ""
    if not authorization:
        return AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", 403)
    return AwsError("IncompleteSignatureException", lacks(authorization, headers), 403)


def _resource_policy(policy: str, resource: str) -> NamedPolicy:
    api = resource.partition("/")[0]
    return named(api, PolicyKind.RESOURCE, policy, api)


def _cognito_fields(context: Mapping[str, tuple[str, ...]]) -> CallerFields:
    """Of an identity pool's credentials, what the event says of the identity."""
    subject = _first(context, "sub")
    if not subject:
        return {}
    methods = context.get(f"{_COGNITO}:amr", ())
    return {
        "cognitoIdentityId": subject,
        "cognitoIdentityPoolId": _first(context, "aud"),
        "cognitoAuthenticationType": methods[0] if methods else None,
        "cognitoAuthenticationProvider": ",".join(methods[1:]) or None,
    }


def _first(context: Mapping[str, tuple[str, ...]], name: str) -> str | None:
    values = context.get(f"{_COGNITO}:{name}", ())
    return values[0] if values else None


def _told(decision: Decision, account: str) -> str:
    """AWS's sentence; API Gateway does not tell callers the whole account."""
    resource = decision.request.resource
    return message(decision).replace(resource, _masked(resource, account))


def _masked(resource: str, account: str) -> str:
    return resource.replace(f":{account}:", f":********{account[-4:]}:", 1)
