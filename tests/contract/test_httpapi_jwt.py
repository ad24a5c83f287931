"""JWT authorizers of HTTP APIs: our own user pools, and issuers found by OIDC discovery.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html and
http-api-troubleshooting-jwt.html beside it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.endpoint import Endpoint, serving
from tests.support.httpapi_maker import HttpApiMaker

AUDIENCE = "client-1"


class Issuer:
    """An OpenID provider at `url`: its documents, and tokens that it signs."""

    def __init__(self) -> None:
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.url = ""

    def document(self, path: str) -> dict[str, Any]:
        if path == "/.well-known/openid-configuration":
            return {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key()))
        return {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]}

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "sub": "somebody",
            "aud": AUDIENCE,
            "exp": now + 600,
            "iat": now - 10,
            "scope": "pets/read pets/write",
            "groups": ["a", "b"],
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, *, key: Any = None, kid: str = "one", algorithm: str = "RS256", **changes: Any) -> str:
        return jwt.encode(self.claims(**changes), key or self.private, algorithm=algorithm, headers={"kid": kid})

    def public_pem(self) -> bytes:
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()

    class Documents(Endpoint):
        def do_GET(self) -> None:
            self.reply(json.dumps(issuer.document(self.path)).encode())

    with serving(Documents) as issuer.url:
        yield issuer


@pytest.fixture
def api(cloud: Cloud, aws: Aws, issuer: Issuer) -> HttpApiMaker:
    """``GET /me`` takes any token, ``GET /pets`` one with a scope."""
    api = HttpApiMaker(cloud, aws, "jwt")
    target = api.integration(api.function("echo"))
    guarded = {
        "AuthorizationType": "JWT",
        "AuthorizerId": api.jwt_route("GET /me", target, issuer.url, AUDIENCE, "client-2"),
    }
    api.route("GET /pets", target, **guarded, AuthorizationScopes=["pets/read", "pets/admin"])
    return api


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_good_token_is_let_in(api: HttpApiMaker, issuer: Issuer) -> None:
    """Source: http-api-jwt-authorizer.html: claims reach the function as
    ``$event.requestContext.authorizer.jwt.claims``."""
    told = api.call("GET", "/me", headers=bearer(issuer.token())).json()["requestContext"]["authorizer"]["jwt"]
    assert told["scopes"] is None
    assert told["claims"]["sub"] == "somebody"
    assert told["claims"]["groups"] == "[a b]"
    assert told["claims"]["exp"].isdecimal()


def test_the_token_may_come_without_bearer(api: HttpApiMaker, issuer: Issuer) -> None:
    """Source: http-api-jwt-authorizer.html, step 1: "can include only the token, or the token prefixed with Bearer"."""
    assert api.call("GET", "/me", headers={"Authorization": issuer.token()}).status_code == 200


def test_a_scope_is_enough(api: HttpApiMaker, issuer: Issuer) -> None:
    """Source: http-api-jwt-authorizer.html: "at least one of the scopes in the route's authorizationScopes"; `scope` or
    `scp`."""
    told = api.call("GET", "/pets", headers=bearer(issuer.token())).json()["requestContext"]["authorizer"]["jwt"]
    assert told["scopes"] == ["pets/read", "pets/write"]
    other = issuer.token(scope=None, scp=["pets/admin"])
    assert api.call("GET", "/pets", headers=bearer(other)).status_code == 200


def test_a_missing_scope_is_a_403(api: HttpApiMaker, issuer: Issuer) -> None:
    """Source: http-api-jwt-authorizer.html; AWS answers 403 ``Forbidden`` with `error="insufficient_scope"`."""
    answer = api.call("GET", "/pets", headers=bearer(issuer.token(scope="pets/write")))
    assert (answer.status_code, answer.text) == (403, '{"message":"Forbidden"}')
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


def test_client_id_counts_only_without_aud(api: HttpApiMaker, issuer: Issuer) -> None:
    """Source: http-api-jwt-authorizer.html: "API Gateway validates client_id only if aud is not present"."""
    assert api.call("GET", "/me", headers=bearer(issuer.token(aud=None, client_id="client-2"))).status_code == 200
    assert api.call("GET", "/me", headers=bearer(issuer.token(aud=["x", AUDIENCE]))).status_code == 200
    wrong = api.call("GET", "/me", headers=bearer(issuer.token(aud="x", client_id=AUDIENCE)))
    assert wrong.status_code == 401
    assert wrong.headers["www-authenticate"] == (
        'Bearer scope="" error="invalid_token" error_description="the token does not have a valid audience"'
    )


def test_no_token(api: HttpApiMaker) -> None:
    """Source: http-api-troubleshooting-jwt.html."""
    for headers in ({}, {"Authorization": ""}, {"Authorization": "Bearer"}):
        answer = api.call("GET", "/me", headers=headers)
        assert (answer.status_code, answer.text) == (401, '{"message":"Unauthorized"}')
        assert answer.headers["www-authenticate"] == "Bearer"


def _unsigned(issuer: Issuer) -> str:
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": "one"}).encode()).rstrip(b"=")
    body = base64.urlsafe_b64encode(json.dumps(issuer.claims()).encode()).rstrip(b"=")
    return f"{header.decode()}.{body.decode()}."


def _confused(issuer: Issuer) -> str:
    """Signed by HMAC with the public key as its secret."""
    header = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "one"}).encode()).rstrip(b"=")
    body = base64.urlsafe_b64encode(json.dumps(issuer.claims()).encode()).rstrip(b"=")
    signed = header + b"." + body
    mac = base64.urlsafe_b64encode(hmac.new(issuer.public_pem(), signed, hashlib.sha256).digest()).rstrip(b"=")
    return (signed + b"." + mac).decode()


def _tampered(issuer: Issuer) -> str:
    header, _, signature = issuer.token().split(".")
    body = base64.urlsafe_b64encode(json.dumps(issuer.claims(sub="admin")).encode()).rstrip(b"=").decode()
    return f"{header}.{body}.{signature}"


def _foreign_url(issuer: Issuer) -> str:
    """Names the attacker's own keys in its header."""
    headers = {"kid": "one", "jku": "http://127.0.0.1:9/keys", "x5u": "http://127.0.0.1:9/cert"}
    return jwt.encode(issuer.claims(), issuer.stranger, algorithm="RS256", headers=headers)


def _listed_issuer(issuer: Issuer) -> str:
    payload = json.dumps(issuer.claims(iss=[issuer.url])).encode()
    return jwt.PyJWS().encode(payload, issuer.private, algorithm="RS256", headers={"kid": "one"})


HOSTILE = {
    "nonsense": lambda issuer: "nonsense",
    "three dots": lambda issuer: "...",
    "unsigned": _unsigned,
    "algorithm confusion": _confused,
    "tampered": _tampered,
    "signature cut off": lambda issuer: issuer.token().rpartition(".")[0] + ".",
    "a stranger's key": lambda issuer: issuer.token(key=issuer.stranger),
    "a stranger's key, named in the header": _foreign_url,
    "an unknown key id": lambda issuer: issuer.token(kid="two"),
    "an elliptic curve": lambda issuer: issuer.token(key=ec.generate_private_key(ec.SECP256R1()), algorithm="ES256"),
    "another issuer": lambda issuer: issuer.token(iss="https://evil.example"),
    "an issuer that is a list": _listed_issuer,
    "expired": lambda issuer: issuer.token(exp=int(time.time()) - 1),
    "without expiry": lambda issuer: issuer.token(exp=None),
    "an expiry that is no number": lambda issuer: issuer.token(exp="never"),
    "an endless expiry": lambda issuer: issuer.token(exp=1e300),
    "not valid yet": lambda issuer: issuer.token(nbf=int(time.time()) + 600),
    "issued in the future": lambda issuer: issuer.token(iat=int(time.time()) + 600),
    "another audience": lambda issuer: issuer.token(aud="elsewhere"),
    "no audience": lambda issuer: issuer.token(aud=None),
    "an audience that is an object": lambda issuer: issuer.token(aud={"client-1": True}),
    "deeply nested": lambda issuer: base64.urlsafe_b64encode(b"[" * 3000).decode() + ".e30.e30",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_tokens_are_refused(api: HttpApiMaker, issuer: Issuer, kind: str) -> None:
    """Source: http-api-jwt-authorizer.html: "If any of these steps fail, API Gateway denies the API request"."""
    good, bad = issuer.token(), HOSTILE[kind](issuer)
    assert api.call("GET", "/me", headers=bearer(good)).status_code == 200
    answer = api.call("GET", "/me", headers=bearer(bad))
    assert (answer.status_code, answer.text) == (401, '{"message":"Unauthorized"}')
    assert answer.headers["www-authenticate"].startswith('Bearer scope="" error="invalid_token" error_description="')


def test_an_issuer_that_cannot_be_reached(cloud: Cloud, aws: Aws, issuer: Issuer) -> None:
    """Source: http-api-jwt-authorizer.html: keys come from the issuer's `jwks_uri`; without them nobody gets in."""
    api = HttpApiMaker(cloud, aws, "lost")
    api.jwt_route("GET /", api.integration(api.function("echo")), "http://127.0.0.1:9", AUDIENCE)
    answer = api.call("GET", "/", headers=bearer(issuer.token(iss="http://127.0.0.1:9")))
    assert answer.status_code == 401
    assert "OIDC discovery endpoint communication error" in answer.headers["www-authenticate"]


def test_a_user_pools_tokens_need_no_network(cloud: Cloud, aws: Aws) -> None:
    """Source: http-api-jwt-authorizer.html: an issuer of Amazon Cognito is
    ``https://cognito-idp.{region}.amazonaws.com/{userPoolId}``; id tokens have `aud`, access tokens `client_id`."""
    cognito = aws.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="jwt-pool")["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="c", ExplicitAuthFlows=flows)
    client_id = client["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool, Username="ann", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username="ann", Password="Passw0rd!x", Permanent=True)
    parameters = {"USERNAME": "ann", "PASSWORD": "Passw0rd!x"}
    signed_in = cognito.initiate_auth(ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)[
        "AuthenticationResult"
    ]
    api = HttpApiMaker(cloud, aws, "pool")
    issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{pool}"
    api.jwt_route("GET /", api.integration(api.function("echo")), issuer, client_id, source="querystring.token")
    for kind in ("IdToken", "AccessToken"):
        answer = api.call("GET", "/", params={"token": signed_in[kind]})
        assert answer.status_code == 200, answer.headers
        claims = answer.json()["requestContext"]["authorizer"]["jwt"]["claims"]
        assert claims["token_use"] == ("id" if kind == "IdToken" else "access")
    assert api.call("GET", "/", params={"token": signed_in["IdToken"][:-4] + "AAAA"}).status_code == 401
