"""What programs ask a pool's domain besides tokens: revocation, userInfo, discovery."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.cloud import Cloud
from tests.support.hosted import App, make_app, new_account


@pytest.fixture(scope="module")
def app(cloud: Cloud) -> App:
    return make_app(cloud, cloud.aws(new_account()))


@pytest.fixture(scope="module")
def ada(app: App) -> dict[str, Any]:
    """The tokens of a user with a name."""
    return app.tokens(app.user(given_name="Ada"), scope="openid email profile")


def user_info(app: App, token: str, scheme: str = "Bearer") -> httpx.Response:
    return app.cloud.http.get(f"{app.base}/oauth2/userInfo", headers={"Authorization": f"{scheme} {token}"})


def test_user_info_shows_what_the_scopes_cover(app: App, ada: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/userinfo-endpoint.html: openid alone shows everything,
    further scopes narrow it; verified flags are strings."""
    seen = user_info(app, ada["access_token"])
    assert seen.status_code == 200, seen.text
    assert {"sub", "username", "email", "email_verified", "given_name"} <= set(seen.json())
    assert seen.json()["email_verified"] == "true"
    assert seen.headers["access-control-allow-origin"] == "*"
    email = app.user(given_name="Bob")
    narrow = user_info(app, app.tokens(email, scope="openid email")["access_token"]).json()
    assert set(narrow) == {"sub", "username", "email", "email_verified"}
    profile = user_info(app, app.tokens(email, scope="openid profile")["access_token"]).json()
    assert set(profile) == {"sub", "username", "given_name"}
    everything = user_info(app, app.tokens(email, scope="openid")["access_token"]).json()
    assert {"email", "given_name"} <= set(everything)


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def forged(kind: str, tokens: dict[str, Any]) -> str:
    """A token that must not be taken."""
    token = str(tokens["access_token"])
    header, claims = _parts(token)
    head, body, signature = token.split(".")
    if kind == "none":
        return f"{_encoded({**header, 'alg': 'none'})}.{body}."
    if kind == "changed":
        return f"{head}.{_encoded({**claims, 'username': 'admin'})}.{signature}"
    if kind == "foreign-key":
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": header["kid"]})
    if kind == "symmetric":
        return jwt.encode(claims, "k" * 64, algorithm="HS256", headers={"kid": header["kid"]})
    if kind == "foreign-issuer":
        return f"{head}.{_encoded({**claims, 'iss': 'https://evil.example.com/us-east-1_x'})}.{signature}"
    return {
        "id": str(tokens["id_token"]),
        "refresh": str(tokens["refresh_token"]),
        "cut": token[:-20],
        "blank": ".",
        "text": "not.a.token",
        "nested": f"{head}.{_encoded({'a': 1})}.{signature}",
        "long": "a." + "b" * 20_000 + ".c",
    }[kind]


KINDS = "none changed foreign-key symmetric foreign-issuer id refresh cut blank text nested long"


@pytest.mark.parametrize("kind", KINDS.split())
def test_user_info_takes_no_forged_token(app: App, ada: dict[str, Any], kind: str) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/userinfo-endpoint.html: 401 invalid_token; RFC 6750,
    section 3."""
    answer = user_info(app, forged(kind, ada))
    assert answer.status_code == 401, answer.text
    assert answer.json()["error"] == "invalid_token"
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_user_info_wants_a_bearer_with_openid(app: App, ada: dict[str, Any], cloud: Cloud) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/userinfo-endpoint.html: at least openid; API
    sign-ins have no such scope. Another pool's token is no good."""
    assert user_info(app, ada["access_token"], "Basic").status_code == 401
    assert cloud.http.get(f"{app.base}/oauth2/userInfo").status_code == 401
    without = app.tokens(app.user(), scope="aws.cognito.signin.user.admin")
    assert user_info(app, without["access_token"]).status_code == 401
    other = make_app(cloud, cloud.aws(new_account()))
    assert user_info(app, other.tokens(other.user())["access_token"]).status_code == 401


def test_revocation_ends_the_whole_sign_in(app: App) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/revocation-endpoint.html: the refresh token, and the
    access tokens that came of it; other sign-ins stay."""
    email = app.user()
    scope = "openid email aws.cognito.signin.user.admin"
    gone, kept = app.tokens(email, scope=scope), app.tokens(email, scope=scope)
    answer = app.form("/oauth2/revoke", token=gone["refresh_token"], client_id=app.client)
    assert (answer.status_code, answer.content) == (200, b"")
    refused = app.token(grant_type="refresh_token", refresh_token=gone["refresh_token"])
    assert refused.json() == {"error": "invalid_grant"}
    with pytest.raises(app.cognito.exceptions.NotAuthorizedException):
        app.cognito.initiate_auth(
            ClientId=app.client,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": gone["refresh_token"]},
        )
    with pytest.raises(app.cognito.exceptions.NotAuthorizedException):
        app.cognito.get_user(AccessToken=gone["access_token"])
    assert user_info(app, gone["access_token"]).status_code == 401
    assert user_info(app, kept["access_token"]).status_code == 200
    assert app.token(grant_type="refresh_token", refresh_token=kept["refresh_token"]).status_code == 200
    again = app.form("/oauth2/revoke", token=gone["refresh_token"], client_id=app.client)
    assert again.status_code == 200, "RFC 7009, section 2.2: what is revoked already is no error"


def test_revocation_by_api_and_by_signing_out_everywhere(app: App) -> None:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RevokeToken.html,
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GlobalSignOut.html: for sign-ins
    by the pages as for those by API."""
    email = app.user()
    scope = "openid aws.cognito.signin.user.admin"
    tokens = app.tokens(email, scope=scope)
    app.cognito.revoke_token(ClientId=app.client, Token=tokens["refresh_token"])
    assert user_info(app, tokens["access_token"]).status_code == 401
    one, two = app.tokens(email, scope=scope), app.tokens(email, scope=scope)
    app.cognito.global_sign_out(AccessToken=one["access_token"])
    for tokens in (one, two):
        assert user_info(app, tokens["access_token"]).status_code == 401
        stale = app.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
        assert stale.json() == {"error": "invalid_grant"}


def test_what_cannot_be_revoked(app: App, ada: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/revocation-endpoint.html, "Endpoint errors"."""

    def errors(**fields: str) -> tuple[int, str]:
        answer = app.form("/oauth2/revoke", **fields)
        return answer.status_code, answer.json()["error"]

    assert errors(token=ada["access_token"], client_id=app.client) == (400, "unsupported_token_type")
    assert errors(client_id=app.client) == (400, "invalid_request")
    assert errors(token=ada["refresh_token"], client_id="nobody") == (400, "invalid_client")
    kept = app.add_client(EnableTokenRevocation=False)
    assert errors(token=ada["refresh_token"], client_id=kept.client) == (400, "invalid_request")
    assert app.form("/oauth2/revoke", token="nonsense", client_id=app.client).status_code == 200
    assert user_info(app, ada["access_token"]).status_code == 200


def test_discovery_names_addresses_that_can_be_reached(app: App, cloud: Cloud) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html; iss stays AWS's."""
    issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{app.pool}"
    at_aws = cloud.http.get(f"{issuer}/.well-known/openid-configuration").json()
    domain = f"https://{app.domain}.auth.us-east-1.amazoncognito.com"
    assert at_aws["issuer"] == issuer
    assert at_aws["jwks_uri"] == f"{issuer}/.well-known/jwks.json"
    assert at_aws["authorization_endpoint"] == f"{domain}/oauth2/authorize"
    assert at_aws["token_endpoint"] == f"{domain}/oauth2/token"
    here = cloud.http.get(f"/{app.pool}/.well-known/openid-configuration").json()
    assert here["issuer"] == issuer
    assert here["authorization_endpoint"] == f"{app.base}/oauth2/authorize"
    assert here["end_session_endpoint"] == f"{app.base}/logout"
    assert here["token_endpoint"] == f"{cloud.endpoint}/oauth2/token"
    assert here["userinfo_endpoint"] == f"{cloud.endpoint}/oauth2/userInfo"
    assert here["revocation_endpoint"] == f"{cloud.endpoint}/oauth2/revoke"
    assert cloud.http.get(here["jwks_uri"]).json()["keys"]


def test_the_domain_answers_under_awss_name_too(app: App) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html:
    {prefix}.auth.{region}.amazoncognito.com"""
    url = app.url().replace(app.base, f"https://{app.domain}.auth.us-east-1.amazoncognito.com")
    page = app.person().get(url)
    assert (page.status, page.screen) == (200, "login")


def test_pages_of_other_origins_may_ask_for_tokens(app: App) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html: single-page applications call
    it (CORS)."""
    for path in ("/oauth2/token", "/oauth2/userInfo", "/oauth2/revoke"):
        asked = app.cloud.http.options(f"{app.base}{path}", headers={"Origin": "https://app.example.com"})
        assert asked.status_code == 200
        assert asked.headers["access-control-allow-origin"] == "*"
        assert "authorization" in asked.headers["access-control-allow-headers"]
    assert "access-control-allow-origin" not in app.cloud.http.get(app.url("/login")).headers
