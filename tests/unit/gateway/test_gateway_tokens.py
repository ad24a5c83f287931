"""Which tokens a Cognito authorizer lets in. Every hostile one is a 401."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from groundcloud.gateway.errors import GatewayError
from groundcloud.gateway.keys import read_jwks
from groundcloud.gateway.tokens import shown_claims, token_of
from tests.fakes.fake_gateway_world import ISSUER, NOW, POOL_ARN, GatewayWorld, SigningPool

POOL = SigningPool()
STRANGER = SigningPool()
OTHER_POOL = SigningPool("us-east-1_Other6789", "key-2")
ADMIN = "aws.cognito.signin.user.admin"


def protected_world(**authorizer: Any) -> GatewayWorld:
    world = GatewayWorld()
    world.engine.jwks = {POOL.pool: [POOL.jwk], OTHER_POOL.pool: [OTHER_POOL.jwk]}
    world.api.cognito(**authorizer)
    guard = {"authorizationType": "COGNITO_USER_POOLS", "authorizerId": "auth1"}
    world.api.proxy("GET", "/me", **guard)
    world.api.proxy("POST", "/me", authorizationScopes=["tasks/write", ADMIN], **guard)
    return world


def ask(token: str | None, method: str = "GET", header: str = "Authorization", **authorizer: Any) -> tuple[int, Any]:
    world = protected_world(**authorizer)
    response = world.ask(method, "/me", headers={} if token is None else {header: token})
    assert (response.status == 200) == bool(world.functions.invocations)
    if response.status != 200:
        assert response.headers.get("x-amzn-errortype") == "UnauthorizedException"
    return response.status, json.loads(response.body) if response.status != 200 else None


def raw(header: dict[str, Any], claims: Any, signature: str = "") -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part(header)}.{part(claims)}.{signature}"


def public_pem(pool: SigningPool) -> bytes:
    return pool.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def hmac_with_public_key() -> str:
    """The classic confusion: HS256 with the RSA public key as its secret. PyJWT refuses to make it, so by hand."""
    import hashlib
    import hmac

    unsigned = raw({"alg": "HS256", "kid": POOL.kid, "typ": "JWT"}, POOL.claims()).rstrip(".")
    mac = hmac.new(public_pem(POOL), unsigned.encode(), hashlib.sha256).digest()
    return f"{unsigned}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def flipped_signature() -> str:
    head, claims, signature = POOL.id_token().split(".")
    return f"{head}.{claims}.{('A' if signature[0] != 'A' else 'B') + signature[1:]}"


def changed_claims() -> str:
    head, _, signature = POOL.id_token().split(".")
    other = raw({}, POOL.claims(email="eve@example.com")).split(".")[1]
    return f"{head}.{other}.{signature}"


HOSTILE: dict[str, Callable[[], str]] = {
    "empty": lambda: "",
    "only bearer": lambda: "Bearer ",
    "not a token": lambda: "secret",
    "two parts": lambda: "a.b",
    "parts that are not base64": lambda: "?.?.?",
    "header that is not JSON": lambda: "YQ.YQ.YQ",
    "claims that are a list": lambda: raw({"alg": "RS256", "kid": POOL.kid}, [1], "AAAA"),
    "alg none": lambda: raw({"alg": "none", "kid": POOL.kid}, POOL.claims()),
    "alg None, no key id": lambda: jwt.encode(POOL.claims(), None, algorithm="none"),
    "HS256 with the public key": hmac_with_public_key,
    "HS256 with a guessed secret": lambda: POOL.sign(POOL.claims(), key="s" * 32, alg="HS256"),
    "RS512": lambda: POOL.sign(POOL.claims(), alg="RS512"),
    "signed by a stranger": lambda: STRANGER.id_token(),
    "signed by a stranger, key in the header": lambda: jwt.encode(
        POOL.claims(), STRANGER.private, algorithm="RS256", headers={"kid": POOL.kid, "jwk": STRANGER.jwk}
    ),
    "unknown key id": lambda: POOL.sign(POOL.claims(), kid="key-9"),
    "key id that is no string": lambda: raw({"alg": "RS256", "kid": 1}, POOL.claims(), "AAAA"),
    "another pool's": lambda: OTHER_POOL.id_token(),
    "another pool's key, our issuer": lambda: OTHER_POOL.id_token(iss=ISSUER),
    "our key, another issuer": lambda: POOL.id_token(iss="https://evil.example/us-east-1_Fake12345"),
    "issuer of another region": lambda: POOL.id_token(iss=ISSUER.replace("us-east-1.ama", "eu-west-1.ama")),
    "no issuer": lambda: POOL.id_token(iss=None),
    "no expiry": lambda: POOL.id_token(exp=None),
    "expiry that is no number": lambda: POOL.id_token(exp="tomorrow"),
    "no token use": lambda: POOL.id_token(token_use=None),
    "a refresh token": lambda: POOL.id_token(token_use="refresh"),
    "an access token where id tokens go": lambda: POOL.access_token(),
    "flipped signature": flipped_signature,
    "changed claims": changed_claims,
    "no signature": lambda: ".".join(POOL.id_token().split(".")[:2]) + ".",
    "two tokens": lambda: f"{POOL.id_token()}, {POOL.id_token()}",
    "not valid yet": lambda: POOL.id_token(nbf=int(NOW) + 60),
    "valid from no moment": lambda: POOL.id_token(nbf="soon"),
    "expiry that is infinite": lambda: POOL.id_token(exp=float("inf")),
    "cut in the middle": lambda: POOL.id_token()[:200],
    "without its last character": lambda: POOL.id_token()[:-2],
    "with a fourth part": lambda: POOL.id_token() + ".AAAA",
    "letters of another script": lambda: POOL.id_token().replace("a", "\u0430"),
    "line breaks in it": lambda: POOL.id_token()[:40] + "\r\n" + POOL.id_token()[40:],
    "nested deeply": lambda: base64.urlsafe_b64encode(b"[" * 3000).decode() + ".e30.AAAA",
    "a critical extension that nobody knows": lambda: jwt.encode(
        POOL.claims(), POOL.private, algorithm="RS256", headers={"kid": POOL.kid, "crit": ["own"], "own": 1}
    ),
    "a path as its key id": lambda: POOL.sign(POOL.claims(), kid="../../keys/key-1"),
    "basic credentials": lambda: "Basic YTpi",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_tokens_are_refused(case: str) -> None:
    assert ask(HOSTILE[case]()) == (401, {"message": "Unauthorized"})


def test_a_token_that_is_too_long_is_refused() -> None:
    world = protected_world()
    response = world.ask("GET", "/me", headers={"Authorization": POOL.id_token(padding="x" * 12000)})
    assert (response.status, world.functions.invocations) == (431, [])


@pytest.mark.parametrize("order", [0, 1])
def test_two_authorization_headers_are_refused(order: int) -> None:
    """Neither is believed: the function behind would see the other."""
    world = protected_world()
    request = world.request("GET", "/me")
    tokens = [POOL.id_token(), STRANGER.id_token()]
    for token in tokens if order == 0 else reversed(tokens):
        request.headers.add("Authorization", token)
    response = asyncio.run(world.gateway.handle(request))
    assert response is not None
    assert (response.status, world.functions.invocations) == (401, [])


def test_no_header_is_refused() -> None:
    assert ask(None) == (401, {"message": "Unauthorized"})


def test_an_expired_token_is_told_so_only_when_it_is_genuine() -> None:
    past = int(NOW)
    assert ask(POOL.id_token(exp=past)) == (401, {"message": "The incoming token has expired"})
    assert ask(STRANGER.id_token(exp=past)) == (401, {"message": "Unauthorized"})


@pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer ", "  "])
def test_bare_and_bearer_tokens_are_let_in(prefix: str) -> None:
    assert ask(prefix + POOL.id_token())[0] == 200


@pytest.mark.parametrize(
    ("token", "status"),
    [
        (POOL.access_token(), 200),
        (POOL.access_token("a/b tasks/write"), 200),
        (POOL.access_token("tasks/read"), 401),
        (POOL.access_token(""), 401),
        (POOL.access_token("tasks/write:not tasks/writer"), 401),
        (POOL.id_token(), 401),
        (POOL.id_token(scope="tasks/write"), 401),
    ],
)
def test_a_method_with_scopes_takes_access_tokens_that_have_one(token: str, status: int) -> None:
    assert ask(token, "POST")[0] == status


def test_another_header_can_carry_the_token() -> None:
    source = {"identitySource": "method.request.header.X-Token"}
    assert ask(POOL.id_token(), header="x-token", **source)[0] == 200
    assert ask(POOL.id_token(), header="Authorization", **source)[0] == 401


@pytest.mark.parametrize(("expression", "status"), [("client1", 200), ("client.*", 200), ("client", 401), ("x", 401)])
def test_the_validation_expression_is_matched_against_the_audience(expression: str, status: int) -> None:
    assert ask(POOL.id_token(), identityValidationExpression=expression)[0] == status


def test_two_pools_may_let_in() -> None:
    both = {"providerARNs": [POOL_ARN, POOL_ARN.replace(POOL.pool, OTHER_POOL.pool)]}
    assert ask(OTHER_POOL.id_token(), **both)[0] == 200
    assert ask(OTHER_POOL.id_token(iss=ISSUER), **both)[0] == 401


def test_a_remembered_token_expires_and_its_keys_can_go() -> None:
    world = protected_world()
    token = {"Authorization": POOL.id_token()}
    assert world.ask("GET", "/me", headers=token).status == 200
    assert world.ask("GET", "/me", headers=token).status == 200
    assert world.engine.calls["jwks"] == 1
    world.clock.time += 3600
    assert world.ask("GET", "/me", headers=token).status == 401
    world.clock.time -= 1800
    assert world.ask("GET", "/me", headers=token).status == 200
    world.engine.jwks.clear()
    world.changes.bump("cognito-idp")
    assert world.ask("GET", "/me", headers=token).status == 401


def test_a_new_key_of_the_pool_is_found() -> None:
    world = protected_world()
    assert world.ask("GET", "/me", headers={"Authorization": POOL.id_token()}).status == 200
    rotated = SigningPool(kid="key-new")
    world.engine.jwks[POOL.pool].append(rotated.jwk)
    world.clock.time += 2
    assert world.ask("GET", "/me", headers={"Authorization": rotated.id_token()}).status == 200


def test_a_remembered_token_is_checked_again_for_each_method() -> None:
    world = protected_world()
    token = {"Authorization": POOL.id_token()}
    assert world.ask("GET", "/me", headers=token).status == 200
    assert world.ask("POST", "/me", headers=token).status == 401


def test_claims_are_shown_as_strings() -> None:
    """Events recorded on AWS: dates as Java writes them, lists joined by commas, booleans in lower case."""
    claims = {
        "exp": int(NOW),
        "iat": 1714568422,
        "auth_time": 1714565422,
        "email_verified": True,
        "cognito:groups": ["developers", "admins"],
        "identities": [{"userId": "1", "primary": "true"}],
        "custom:n": 3,
        "address": {"formatted": "x"},
        "none": None,
    }
    assert shown_claims(claims) == {
        "exp": "Sat Nov 21 08:00:00 UTC 2026",
        "iat": "Wed May 01 13:00:22 UTC 2024",
        "auth_time": "1714565422",
        "email_verified": "true",
        "cognito:groups": "developers,admins",
        "identities": '{"userId":"1","primary":"true"}',
        "custom:n": "3",
        "address": '{"formatted":"x"}',
    }


def test_claims_reach_the_function() -> None:
    world = protected_world()
    world.ask("GET", "/me", headers={"Authorization": POOL.id_token()})
    claims = world.functions.event["requestContext"]["authorizer"]["claims"]
    assert (claims["email"], claims["email_verified"], claims["token_use"]) == ("ann@example.com", "true", "id")


def test_a_missing_token_in_code() -> None:
    with pytest.raises(GatewayError):
        token_of(None)


@pytest.mark.parametrize("document", [b"", b"[]", b"{}", b'{"keys": [{"kty": "oct", "kid": "a", "k": "AA"}]}'])
def test_documents_without_rsa_keys(document: bytes) -> None:
    assert read_jwks(document) == {}
