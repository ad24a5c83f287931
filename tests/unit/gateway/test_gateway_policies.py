"""Resource policies beside each kind of authorizer, with a door to IAM that says what the test wants.

The table: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from groundcloud.errors import AwsError
from groundcloud.gateway import Gateway
from groundcloud.gateway.access import Access, PolicyAnswer, policy_text
from groundcloud.gateway.auth_policy import DENIED, DENIED_EXPLICITLY
from groundcloud.http import Request, Response
from groundcloud.ports import InvokeResult
from tests.fakes.fake_gateway_world import FUNCTION_ARN, FUNCTION_URI, HOME, GatewayWorld

POLICY = '{"Statement": []}'
GUARD = FUNCTION_ARN.replace("Echo", "Guard")


class Said(Access):
    """Says `policy` of every call, and lets `caller` in."""

    def __init__(self, policy: str, caller: Mapping[str, str] | AwsError | None = None) -> None:
        self.policy = policy
        self.caller = caller
        self.asked: list[tuple[str, str | None]] = []

    async def invoke(
        self,
        request: Request,
        resource: str,
        account: str,
        policy: str | None,
        verified: Callable[[], None] = lambda: None,
    ) -> Mapping[str, str]:
        self.asked.append((resource, policy))
        if isinstance(self.caller, AwsError):
            raise self.caller
        return self.caller or {}

    def by_policy(
        self, request: Request, resource: str, account: str, policy: str, *, is_last: bool = True
    ) -> PolicyAnswer:
        return PolicyAnswer(self.policy == "allow", self.policy == "deny", f"the policy says {self.policy}")


def ask(access: Access, world: GatewayWorld, **parts: Any) -> Response:
    world.api.settings["policy"] = POLICY
    gateway = Gateway(world.engine, world.changes, world.scopes, world.functions, world.clock, HOME, access=access)
    response = asyncio.run(gateway.handle(world.request("GET", "/x", **parts)))
    assert response is not None
    return response


def guarded(effect: str | None) -> GatewayWorld:
    """GET /x behind a Lambda authorizer whose policy has one statement of `effect`, about something else if None."""
    world = GatewayWorld()
    uri = FUNCTION_URI.replace("Echo", "Guard")
    world.api.authorizers.append({"id": "auth1", "type": "TOKEN", "authorizerUri": uri})
    world.api.proxy("GET", "/x", authorizationType="CUSTOM", authorizerId="auth1")
    world.allow(GUARD)
    resource = "*" if effect else "arn:aws:execute-api:us-east-1:000000000000:other/*"
    statement = {"Effect": effect or "Allow", "Action": "execute-api:Invoke", "Resource": resource}
    answer = {"principalId": "ann", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    world.functions.route(GUARD, lambda event: InvokeResult(json.dumps(answer).encode(), "r"))
    return world


@pytest.mark.parametrize(
    ("effect", "policy", "message"),
    [
        ("Allow", "allow", None),
        ("Allow", "neither", None),
        ("Allow", "deny", "the policy says deny"),
        (None, "allow", None),
        (None, "neither", DENIED),
        (None, "deny", "the policy says deny"),
        ("Deny", "allow", DENIED_EXPLICITLY),
        ("Deny", "neither", DENIED_EXPLICITLY),
        ("Deny", "deny", "the policy says deny"),
    ],
)
def test_table_a_with_a_lambda_authorizer(effect: str | None, policy: str, message: str | None) -> None:
    world = guarded(effect)
    response = ask(Said(policy), world, headers={"Authorization": "tok"})
    assert (response.status, len(world.functions.invocations_of(FUNCTION_ARN))) == ((403, 0) if message else (200, 1))
    if message:
        assert json.loads(response.body) == {"Message": message}


def test_an_explicit_denial_comes_before_the_authorizer() -> None:
    """ "If found, the caller is denied access immediately"."""
    world = guarded("Allow")
    assert ask(Said("deny"), world, headers={"Authorization": "tok"}).status == 403
    assert world.functions.invocations == []


@pytest.mark.parametrize(("policy", "status"), [("allow", 200), ("neither", 403), ("deny", 403)])
def test_a_user_pool_and_a_policy_must_both_agree(policy: str, status: int) -> None:
    """ "If authentication is successful, the resource policy is evaluated independently, and an explicit allow is
    required"."""
    world = GatewayWorld()
    pool = world.pool()
    world.api.cognito()
    world.api.proxy("GET", "/x", authorizationType="COGNITO_USER_POOLS", authorizerId="auth1")
    assert ask(Said(policy), world, headers={"Authorization": pool.id_token()}).status == status
    assert ask(Said(policy), world).status == 401


@pytest.mark.parametrize(("policy", "status"), [("allow", 200), ("neither", 403), ("deny", 403)])
def test_a_policy_alone_must_allow(policy: str, status: int) -> None:
    world = GatewayWorld()
    world.api.proxy("GET", "/x")
    assert ask(Said(policy), world).status == status


def test_a_signed_call_is_judged_with_the_policy_and_told_to_the_function() -> None:
    world = GatewayWorld()
    world.api.proxy("GET", "/x", authorizationType="AWS_IAM")
    access = Said("deny", {"userArn": "arn:aws:iam::000000000000:user/ann", "user": "AIDA"})
    assert ask(access, world).status == 200
    assert access.asked == [(f"arn:aws:execute-api:us-east-1:{HOME.account}:abc1234567/prod/GET/x", POLICY)]
    identity = world.functions.event["requestContext"]["identity"]
    assert (identity["userArn"], identity["user"], identity["caller"]) == (access.caller["userArn"], "AIDA", None)  # type: ignore[index]


@pytest.mark.parametrize(
    ("code", "error_type"),
    [
        ("MissingAuthenticationTokenException", "MissingAuthenticationTokenException"),
        ("InvalidSignatureException", "InvalidSignatureException"),
        ("SignatureDoesNotMatch", "InvalidSignatureException"),
        ("ExpiredTokenException", "ExpiredTokenException"),
        ("AccessDeniedException", "AccessDeniedException"),
        ("UnrecognizedClientException", None),
    ],
)
def test_refusals_have_their_gateway_response(code: str, error_type: str | None) -> None:
    world = GatewayWorld()
    world.api.proxy("GET", "/x", authorizationType="AWS_IAM")
    response = ask(Said("allow", AwsError(code, "why", 403)), world)
    assert (response.status, response.headers.get("x-amzn-errortype")) == (403, error_type)


def test_without_iam_nobody_is_let_in() -> None:
    world = GatewayWorld()
    world.api.proxy("GET", "/iam", authorizationType="AWS_IAM")
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=x"}
    assert world.ask("GET", "/iam").status == 403
    assert world.ask("GET", "/iam", headers=signed).status == 403
    world.api.settings["policy"] = POLICY
    world.changes.bump("apigateway")
    world.api.proxy("GET", "/x")
    assert world.ask("GET", "/x").status == 403


def test_the_text_of_a_policy() -> None:
    plain = '{"Resource": "execute-api:/prod/*"}'
    written = f'{{"Resource": "arn:aws:execute-api:us-east-1:{HOME.account}:api1/prod/*"}}'
    assert policy_text(plain, HOME, "api1") == written
    assert policy_text(json.dumps(plain)[1:-1], HOME, "api1") == written
    assert policy_text(json.loads(plain), HOME, "api1") == written
    assert policy_text("", HOME, "api1") is None
