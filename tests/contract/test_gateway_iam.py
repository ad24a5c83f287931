"""`AWS_IAM` authorization and resource policies of REST APIs.

Pages named here are below https://docs.aws.amazon.com/apigateway/latest/developerguide/ unless they are whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.gateway_maker import ApiMaker
from tests.support.signatures import HOSTILE, Signing

IDENTITY = (
    '{"user": "$context.identity.user", "caller": "$context.identity.caller", "arn": "$context.identity.userArn", '
    '"key": "$context.identity.accessKey", "account": "$context.identity.accountId"}'
)
INVOKE = "execute-api:Invoke"


@dataclass(frozen=True)
class User:
    keys: Credentials
    arn: str
    id: str


class World:
    """An API with ANY /open/{proxy+} for signed callers, and users who may call all of it, some of it, nothing."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.account = new_account()
        self.aws = Aws(cloud.endpoint, self.account)
        self.api = ApiMaker(cloud, self.aws, "iam")
        self.api.method("ANY", "/open/{proxy+}", answer=IDENTITY, authorizationType="AWS_IAM")
        self.api.method("ANY", "/public", answer="open")
        self.api.deploy()
        self.arn = f"arn:aws:execute-api:us-east-1:{self.account}:{self.api.api}"
        self.all = self.user("all", allow(f"{self.arn}/*"))
        self.gets = self.user("gets", allow(f"{self.arn}/prod/GET/open/*"))
        self.none = self.user("none")
        self.denied = self.user("denied", allow("*"), {**allow("*"), "Effect": "Deny"})

    def user(self, name: str, *statements: dict[str, Any]) -> User:
        iam = self.aws.client("iam")
        made = iam.create_user(UserName=name)["User"]
        if statements:
            document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return User(Credentials(key["AccessKeyId"], key["SecretAccessKey"]), made["Arn"], made["UserId"])

    def signing(self, keys: Credentials) -> Signing:
        """Requests to the API's stage, signed by `keys`."""
        return Signing(self.cloud, keys, self.cloud.api_url(self.api.api, "prod", ""))

    def signed(
        self, keys: Credentials, verb: str = "GET", path: str = "/open/x", body: bytes = b"", **scope: str
    ) -> httpx.Request:
        return self.signing(keys).signed(verb, path, body, **scope)

    def send(self, request: httpx.Request) -> httpx.Response:
        return self.cloud.http.send(request)


def allow(resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": INVOKE, "Resource": resource}


@pytest.fixture(scope="module")
def world(cloud: Cloud) -> Iterator[World]:
    made = World(cloud)
    yield made
    made.aws.close()


def test_an_unsigned_call(world: World) -> None:
    """supported-gateway-response-types.html, MISSING_AUTHENTICATION_TOKEN."""
    response = world.api.call("GET", "/open/x")
    assert (response.status_code, response.json()) == (403, {"message": "Missing Authentication Token"})
    assert response.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"


def test_who_signed_is_in_the_context(world: World) -> None:
    """api-gateway-mapping-template-reference.html, $context.identity."""
    response = world.send(world.signed(world.all.keys, "POST", "/open/a%20b?x=1&y=%2F", b'{"a": 1}'))
    assert response.status_code == 200, response.text
    user = world.all
    assert response.json() == {
        "user": user.id,
        "caller": user.id,
        "arn": user.arn,
        "key": user.keys.access_key,
        "account": world.account,
    }


def test_a_role_session(world: World) -> None:
    """api-gateway-control-access-using-iam-policies-to-invoke-api.html, with a role's temporary keys."""
    trust = {"Effect": "Allow", "Principal": {"AWS": world.account}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam = world.aws.client("iam")
    role = iam.create_role(RoleName="caller", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow(f"{world.arn}/prod/GET/*")]})
    iam.put_role_policy(RoleName="caller", PolicyName="p", PolicyDocument=policy)
    keys = world.aws.client("sts").assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    session = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    response = world.send(world.signed(session))
    assert response.status_code == 200, response.text
    assert response.json()["arn"] == f"arn:aws:sts::{world.account}:assumed-role/caller/session"
    assert response.json()["user"].endswith(":session")
    assert world.send(world.signed(session, "DELETE")).status_code == 403
    without_token = Credentials(session.access_key, session.secret_key)
    assert world.send(world.signed(without_token)).status_code == 403
    wrong_token = Credentials(session.access_key, session.secret_key, "x" + str(session.token))
    assert world.send(world.signed(wrong_token)).status_code == 403


def test_policies_limit_the_methods_and_paths(world: World) -> None:
    """api-gateway-iam-policy-resource-format-for-executing-api.html."""
    assert world.send(world.signed(world.gets.keys)).status_code == 200
    refused = world.send(world.signed(world.gets.keys, "POST"))
    assert refused.status_code == 403
    assert refused.headers["x-amzn-errortype"] == "AccessDeniedException"
    resource = world.arn.replace(world.account, "********" + world.account[-4:])
    started = f"User: {world.gets.arn} is not authorized to perform: {INVOKE} on resource: {resource}/prod/POST/open/x"
    assert refused.json()["Message"].startswith(started)
    for user in (world.none, world.denied):
        assert world.send(world.signed(user.keys)).status_code == 403


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_signatures_are_refused(world: World, name: str) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html; the status is 403 for
    each (supported-gateway-response-types.html: INVALID_SIGNATURE, ACCESS_DENIED)."""
    response = world.send(HOSTILE[name](world.signing(world.all.keys)))
    assert response.status_code == 403, response.text
    assert "user" not in response.json()


def test_wrong_scopes_are_told(world: World) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html, credential scope errors:
    "Credential should be scoped to a valid Region", "Credential should be scoped to correct service"."""
    region = world.send(world.signed(world.all.keys, region="eu-west-1"))
    assert region.json()["message"].startswith("Credential should be scoped to a valid region")
    service = world.send(world.signed(world.all.keys, service="s3"))
    assert service.json()["message"].startswith("Credential should be scoped to correct service: 'execute-api'")
    assert region.headers["x-amzn-errortype"] == "InvalidSignatureException"


def test_a_tampered_request_is_told_so(world: World) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html, "signature mismatch"."""
    response = world.send(HOSTILE["tampered body"](world.signing(world.all.keys)))
    assert response.headers["x-amzn-errortype"] == "InvalidSignatureException"
    assert response.json()["message"].startswith("The request signature we calculated does not match the signature")


# Resource policies


def statement(effect: str, **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Principal": "*", "Action": INVOKE, "Resource": "execute-api:/*", **more}


@pytest.fixture
def with_policy(world: World) -> Callable[..., ApiMaker]:
    """Make an API with a policy, GET /iam for signed callers and GET /public."""

    def make(*statements: dict[str, Any]) -> ApiMaker:
        made = ApiMaker(world.cloud, world.aws, "policy")
        made.method("GET", "/iam", authorizationType="AWS_IAM")
        made.method("GET", "/public")
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        patch = [{"op": "replace", "path": "/policy", "value": document}]
        made.client.update_rest_api(restApiId=made.api, patchOperations=patch)
        made.deploy()
        return made

    return make


def call_signed(world: World, api: ApiMaker, user: User) -> int:
    url = world.cloud.api_url(api.api, "prod", "/iam")
    request = AWSRequest(method="GET", url=url)
    SigV4Auth(user.keys, "execute-api", "us-east-1").add_auth(request)
    return world.cloud.http.get(url, headers={name: str(value) for name, value in request.headers.items()}).status_code


NOBODY = {"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}
POLICIES: dict[str, list[dict[str, Any]]] = {
    "allow": [statement("Allow")],
    "neither": [statement("Allow", **NOBODY)],
    "deny": [statement("Allow"), statement("Deny")],
}


@pytest.mark.parametrize(
    ("identity", "policy", "status"),
    [
        ("wide", "allow", 200),
        ("wide", "neither", 200),
        ("wide", "deny", 403),
        ("none", "allow", 200),
        ("none", "neither", 403),
        ("none", "deny", 403),
        ("denied", "allow", 403),
        ("denied", "neither", 403),
        ("denied", "deny", 403),
    ],
)
def test_table_a(world: World, with_policy: Callable[..., ApiMaker], identity: str, policy: str, status: int) -> None:
    """apigateway-authorization-flow.html, Table A: account A calls an API of account A."""
    api = with_policy(*POLICIES[policy])
    users = {"none": world.none, "denied": world.denied}
    user = users.get(identity) or world.user(f"wide-{policy}", allow("*"))
    assert call_signed(world, api, user) == status


@pytest.mark.parametrize(("policy", "status"), [("allow", 200), ("neither", 403), ("deny", 403)])
def test_a_policy_alone(world: World, with_policy: Callable[..., ApiMaker], policy: str, status: int) -> None:
    """apigateway-authorization-flow.html, "API Gateway resource policy only": an explicit allow is needed."""
    api = with_policy(*POLICIES[policy])
    response = api.call("GET", "/public")
    assert response.status_code == status
    if status == 403:
        shown = f"arn:aws:execute-api:us-east-1:********{world.account[-4:]}:{api.api}/prod/GET/public"
        sentence = f"User: anonymous is not authorized to perform: {INVOKE} on resource: {shown}"
        assert response.json()["Message"].startswith(sentence)
        assert ("explicit deny" in response.json()["Message"]) == (policy == "deny")


def test_a_policy_is_deployed_like_everything_else(world: World, with_policy: Callable[..., ApiMaker]) -> None:
    """apigateway-resource-policies-create-attach.html: "If you update the resource policy, you'll need to deploy"."""
    api = with_policy(statement("Allow"))
    patch = [{"op": "replace", "path": "/policy", "value": json.dumps({"Version": "2012-10-17", "Statement": []})}]
    api.client.update_rest_api(restApiId=api.api, patchOperations=patch)
    assert api.call("GET", "/public").status_code == 200
    api.deploy()
    assert api.call("GET", "/public").status_code == 403


def test_a_policy_may_name_paths_stages_and_networks(with_policy: Callable[..., ApiMaker]) -> None:
    """apigateway-resource-policies-examples.html."""
    api = with_policy(
        statement(
            "Allow", Resource=["execute-api:/prod/GET/public"], Condition={"IpAddress": {"aws:SourceIp": "127.0.0.1"}}
        )
    )
    assert api.call("GET", "/public").status_code == 200
    api.deploy("other")
    assert api.call("GET", "/public", stage="other").status_code == 403
