"""OAuth 2.0 at a pool's domain: what an application asks for, and what it gets."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest

from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.hosted import CALLBACK, PASSWORD, App, challenge_of, make_app, new_account

VERIFIER = "v" * 43


@pytest.fixture(scope="module")
def app(cloud: Cloud) -> App:
    """One pool for all: tests have users and clients of their own in it."""
    return make_app(cloud, cloud.aws(new_account()))


def claims(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def test_code_with_pkce_becomes_tokens(app: App) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/using-pkce-in-authorization-code.html and
    https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html"""
    email = app.user()
    back = app.sign_in(
        email, state="a b&c", nonce="n-1", code_challenge=challenge_of(VERIFIER), code_challenge_method="S256"
    )
    assert back.location.startswith(f"{CALLBACK}?")
    assert back.query["state"] == "a b&c"
    answer = app.redeem(back.query["code"], code_verifier=VERIFIER)
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3600)
    identity, access = claims(tokens["id_token"]), claims(tokens["access_token"])
    assert identity["nonce"] == "n-1"
    assert (identity["aud"], identity["email"], identity["token_use"]) == (app.client, email, "id")
    assert set(access["scope"].split()) == {"openid", "email"}
    assert (access["client_id"], access["token_use"], access["version"]) == (app.client, "access", 2)
    assert answer.headers["cache-control"] == "no-store"


def test_tokens_verify_against_the_published_keys(app: App) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html"""
    tokens = app.tokens(app.user())
    found = app.cloud.http.get(f"/{app.pool}/.well-known/jwks.json").json()["keys"]
    keys = {one["kid"]: jwt.PyJWK(one) for one in found}
    issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{app.pool}"
    for name, audience in (("id_token", app.client), ("access_token", None)):
        key = keys[jwt.get_unverified_header(tokens[name])["kid"]]
        options = {"verify_aud": audience is not None}
        jwt.decode(tokens[name], key, algorithms=["RS256"], issuer=issuer, audience=audience, options=options)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": ""}, "invalid_request"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"scope": "openid root/everything"}, "invalid_scope"),
        ({"scope": "phone"}, "invalid_scope"),
        ({"code_challenge": "c" * 43}, "invalid_request"),
        ({"code_challenge": "c" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "too short", "code_challenge_method": "S256"}, "invalid_request"),
        ({"code_challenge_method": "S256"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"prompt": "none login"}, "invalid_request"),
    ],
    ids=lambda value: "-".join(value.values()).replace(" ", "+") if isinstance(value, dict) else value,
)
def test_what_is_wrong_goes_back_to_the_application(app: App, changed: dict[str, str], error: str) -> None:
    """RFC 6749, section 4.1.2.1, with the state;
    https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html, "Negative responses"."""
    seen = app.person().get(app.url(**changed))
    assert seen.location.startswith(f"{CALLBACK}?"), seen.answer.text
    assert (seen.query["error"], seen.query["state"]) == (error, "s-1")
    assert "code" not in seen.query


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "https://evil.example.com/callback"},
        {"redirect_uri": f"{CALLBACK}/"},
        {"redirect_uri": f"{CALLBACK}?more=1"},
        {"redirect_uri": CALLBACK.upper()},
        {"redirect_uri": f"{CALLBACK}\r\nSet-Cookie: a=b"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": ""},
        {"client_id": "nobody"},
        {"client_id": ""},
        {"client_id": "<script>alert(1)</script>"},
    ],
    ids=["foreign", "slash", "query", "case", "header", "script", "none", "stranger", "no-client", "markup"],
)
@pytest.mark.parametrize("path", ["/oauth2/authorize", "/login", "/signup"])
def test_an_unregistered_address_is_never_gone_to(app: App, path: str, changed: dict[str, str]) -> None:
    """RFC 6749, section 4.1.2.1: the user is told;
    https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html: redirect_uri must be
    registered."""
    seen = app.person().get(app.url(path, **changed))
    assert (seen.status, seen.screen) == (400, "error")
    assert "location" not in seen.answer.headers
    assert "<script>" not in seen.answer.text
    assert "alert(1)" not in seen.answer.text


def test_the_implicit_grant_is_refused_where_implicit_answers_go(app: App) -> None:
    """RFC 6749, section 4.2.2.1: behind the hash."""
    seen = app.person().get(app.url(response_type="token"))
    assert seen.fragment == {"error": "unauthorized_client", "state": "s-1"}


def test_a_parameter_that_is_there_twice_is_refused(app: App) -> None:
    """RFC 6749, section 3.1."""
    seen = app.person().get(app.url() + "&state=other")
    assert seen.query["error"] == "invalid_request"


def test_a_code_is_good_once(app: App) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html: "authorization code has been
    consumed already" is invalid_grant."""
    code = app.code(app.user())
    assert app.redeem(code).status_code == 200
    assert (app.redeem(code).status_code, app.redeem(code).json()) == (400, {"error": "invalid_grant"})


def test_of_many_who_redeem_a_code_at_once_one_gets_tokens(app: App) -> None:
    """RFC 6749, section 4.1.2: a code is single use, also when two come at the same moment."""
    code = app.code(app.user())
    with ThreadPoolExecutor(6) as pool:
        answers = [future.result().status_code for future in [pool.submit(app.redeem, code) for _ in range(6)]]
    assert sorted(answers) == [200, *[400] * 5]


def test_a_code_belongs_to_its_client_and_address(app: App) -> None:
    """RFC 6749, section 4.1.3."""
    email, other = app.user(), app.add_client()
    code = app.code(email)
    assert other.redeem(code).json() == {"error": "invalid_grant"}
    assert app.redeem(code).status_code == 200, "another client's attempt must not spend the code"
    code = app.code(email)
    assert app.redeem(code, redirect_uri="http://localhost:3000/cb?next=1").json() == {"error": "invalid_grant"}
    assert app.redeem(code).json() == {"error": "invalid_grant"}, "spent by who could not show that it was theirs"


@pytest.mark.parametrize(
    "verifier", ["", "w" * 43, "v" * 42, "v" * 129, "ü" * 43], ids=["none", "other", "short", "long", "odd"]
)
def test_a_wrong_verifier_gets_nothing(app: App, verifier: str) -> None:
    """RFC 7636, section 4.6."""
    code = app.code(app.user(), code_challenge=challenge_of(VERIFIER), code_challenge_method="S256")
    assert app.redeem(code, code_verifier=verifier).json() == {"error": "invalid_grant"}
    assert app.redeem(code, code_verifier=VERIFIER).json() == {"error": "invalid_grant"}


def test_a_verifier_without_a_challenge_is_refused(app: App) -> None:
    """RFC 9700, section 2.1.1: a code that was asked for without PKCE is not redeemed with it."""
    assert app.redeem(app.code(app.user()), code_verifier=VERIFIER).json() == {"error": "invalid_grant"}


def test_a_client_with_a_secret_has_to_show_it(cloud: Cloud, aws: Aws) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html: client_secret_basic and
    client_secret_post; a wrong one is invalid_client and leaves the code as it is."""
    app = make_app(cloud, aws, GenerateSecret=True)
    email = app.user()
    given = {"grant_type": "authorization_code", "redirect_uri": CALLBACK}
    code = app.code(email)
    for wrong in ("", "wrong", app.secret + "x"):
        refused = app.token((app.client, wrong), code=code, **given)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client")
    assert app.redeem(code, client_secret="").json()["error"] == "invalid_client"
    assert app.token((app.client, app.secret), code=code, **given).status_code == 200
    assert app.redeem(app.code(email)).status_code == 200
    twice = app.token((app.client, app.secret), code="c", client_secret=app.secret, **given)
    assert twice.json() == {"error": "invalid_client"}, "RFC 6749, section 2.3: one way to authenticate a request"


def test_what_the_token_endpoint_does_not_understand(app: App) -> None:
    """RFC 6749, section 5.2."""
    assert app.token(grant_type="password").json() == {"error": "unsupported_grant_type"}
    assert app.token(code="x").json() == {"error": "invalid_request"}
    assert app.token(grant_type="authorization_code").json() == {"error": "invalid_request"}
    assert app.redeem("no such code").json() == {"error": "invalid_grant"}
    assert app.redeem("x", client_id="nobody").json() == {"error": "invalid_client"}
    sent = {"grant_type": "authorization_code", "client_id": app.client}
    assert app.cloud.http.post(f"{app.base}/oauth2/token", json=sent).json() == {"error": "invalid_request"}
    twice = "grant_type=refresh_token&grant_type=refresh_token"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert app.cloud.http.post(f"{app.base}/oauth2/token", content=twice, headers=kind).status_code == 400
    assert app.cloud.http.get(f"{app.base}/oauth2/token").status_code == 405


def test_the_implicit_grant_only_where_it_is_allowed(app: App) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html, "Implicit grant":
    tokens behind the address's hash, no refresh token."""
    implicit = app.add_client(AllowedOAuthFlows=["implicit"])
    email = app.user()
    back = implicit.sign_in(email, response_type="token", nonce="n-2")
    assert back.query == {}
    assert (back.fragment["state"], back.fragment["token_type"]) == ("s-1", "Bearer")
    assert claims(back.fragment["id_token"])["nonce"] == "n-2"
    assert "refresh_token" not in back.fragment
    assert implicit.person().get(implicit.url()).query["error"] == "unauthorized_client"


def test_without_openid_there_is_no_id_token(app: App) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html: "An ID token is only
    returned if openid scope is requested"."""
    tokens = app.tokens(app.user(), scope="aws.cognito.signin.user.admin")
    assert "id_token" not in tokens
    assert app.cognito.get_user(AccessToken=tokens["access_token"])["Username"]


def test_without_scopes_all_of_the_clients_are_granted(app: App) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html: without scope, "all
    scopes that are associated with your app client"."""
    granted = claims(app.tokens(app.user(), scope="")["access_token"])["scope"]
    assert set(granted.split()) == {"openid", "email", "profile", "aws.cognito.signin.user.admin"}


def test_refresh_tokens_of_the_pages_work_at_both_doors(app: App) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html and
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html: the granted
    scopes stay."""
    tokens = app.tokens(app.user())
    fresh = app.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert fresh.status_code == 200, fresh.text
    assert set(claims(fresh.json()["access_token"])["scope"].split()) == {"openid", "email"}
    assert claims(fresh.json()["id_token"])["sub"] == claims(tokens["id_token"])["sub"]
    by_api = app.cognito.initiate_auth(
        ClientId=app.client, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": tokens["refresh_token"]}
    )
    assert set(claims(by_api["AuthenticationResult"]["AccessToken"])["scope"].split()) == {"openid", "email"}
    for stale in ("nonsense", tokens["access_token"]):
        refused = app.token(grant_type="refresh_token", refresh_token=stale)
        assert (refused.status_code, refused.json()) == (400, {"error": "invalid_grant"})
    other = app.add_client()
    assert other.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json() == {
        "error": "invalid_grant"
    }


def test_client_credentials_give_resource_server_scopes(app: App) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html"""
    scopes = [{"ScopeName": name, "ScopeDescription": name} for name in ("read", "write")]
    app.cognito.create_resource_server(UserPoolId=app.pool, Identifier="api", Name="api", Scopes=scopes)
    machine = app.add_client(
        GenerateSecret=True, AllowedOAuthFlows=["client_credentials"], AllowedOAuthScopes=["api/read", "api/write"]
    )
    all_of_them = machine.token((machine.client, machine.secret), grant_type="client_credentials")
    assert all_of_them.status_code == 200, all_of_them.text
    assert set(all_of_them.json()) == {"access_token", "expires_in", "token_type"}
    said = claims(all_of_them.json()["access_token"])
    assert (said["sub"], said["client_id"], said["token_use"]) == (machine.client, machine.client, "access")
    assert set(said["scope"].split()) == {"api/read", "api/write"}
    one = machine.token(grant_type="client_credentials", scope="api/read").json()
    assert claims(one["access_token"])["scope"] == "api/read"
    for wrong in ("openid", "api/delete", "api/read openid"):
        refused = machine.token(grant_type="client_credentials", scope=wrong)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")
    assert machine.token(grant_type="client_credentials", client_secret="x").json()["error"] == "invalid_client"
    assert app.token(grant_type="client_credentials").json() == {"error": "unauthorized_client"}
    assert machine.redeem("x").json() == {"error": "unauthorized_client"}


def test_a_user_who_was_disabled_or_deleted_gets_no_tokens(app: App) -> None:
    """RFC 6749, section 5.2: the grant is not valid any more."""
    email = app.user()
    code = app.code(email)
    app.cognito.admin_disable_user(UserPoolId=app.pool, Username=email)
    assert app.redeem(code).json() == {"error": "invalid_grant"}
    email = app.user()
    code = app.code(email)
    app.cognito.admin_delete_user(UserPoolId=app.pool, Username=email)
    app.user(email)
    assert app.redeem(code).json() == {"error": "invalid_grant"}, "a new user of the same name is somebody else"


def test_another_pools_client_is_a_stranger_here(app: App, cloud: Cloud, aws: Aws) -> None:
    """A domain belongs to one pool
    (https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain.html)."""
    other = make_app(cloud, aws)
    assert app.person().get(app.url(client_id=other.client)).screen == "error"
    code = app.code(app.user())
    assert app.redeem(code, client_id=other.client).json() == {"error": "invalid_client"}
    nowhere = cloud.http.get("http://no-such-pool.auth.us-east-1.localhost/login")
    assert nowhere.status_code == 400


def test_a_custom_scheme_and_a_query_in_the_address_are_kept(app: App) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-app-idp-settings.html: callback
    URLs with schemes such as myapp://."""
    email = app.user()
    assert app.sign_in(email, redirect_uri="myapp://signed-in").location.startswith("myapp://signed-in?code=")
    back = app.sign_in(email, redirect_uri="http://localhost:3000/cb?next=1")
    assert back.location.startswith("http://localhost:3000/cb?next=1&code=")


def test_programs_may_call_without_the_domain(app: App) -> None:
    """Where we differ: Python's resolver knows no `*.localhost`, so the endpoints answer at the cloud's address too."""
    email = app.user()
    given = {"grant_type": "authorization_code", "client_id": app.client, "redirect_uri": CALLBACK}
    answer = app.cloud.http.post("/oauth2/token", data={**given, "code": app.code(email)})
    assert answer.status_code == 200, answer.text
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert app.cloud.http.get("/oauth2/userInfo", headers=bearer).json()["email"] == email
    asked = app.url().partition("?")[2]
    there = app.cloud.http.get(f"/oauth2/authorize?{asked}")
    assert (there.status_code, there.headers["location"]) == (302, f"{app.base}/oauth2/authorize?{asked}")
    for path in ("/login", "/oauth2/login"):
        given = {"username": email, "password": PASSWORD, "client_id": app.client, "redirect_uri": CALLBACK}
        assert app.cloud.http.post(path, data=given).status_code == 404, "the engine's own pages stay closed"
