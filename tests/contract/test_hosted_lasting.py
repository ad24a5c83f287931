"""What outlasts a stop of the cloud, what must never be written down, and what functions and settings change."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest

from tests.support.cloud import Cloud
from tests.support.engines import Clouds
from tests.support.functions import Functions
from tests.support.hosted import CALLBACK, App, Person, challenge_of, make_app, new_account
from tests.support.mailbox import Mailbox
from tests.support.traces import recorded

VERIFIER = "v" * 43

CLAIMS = """
def handler(event, context):
    if event["userName"] == "refused" or "refused" in event["request"]["userAttributes"].get("email", ""):
        raise Exception("nope")
    event["response"]["claimsOverrideDetails"] = {"claimsToAddOrOverride": {"source": event["triggerSource"]}}
    return event
"""


@pytest.fixture(scope="module")
def talkative(tmp_path_factory: pytest.TempPathFactory, clouds: Clouds) -> Iterator[Cloud]:
    """A cloud of its own that logs everything and may be stopped."""
    with clouds(tmp_path_factory.mktemp("talkative"), log_level="DEBUG") as cloud:
        yield cloud


def claims(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def written(folder: Path) -> bytes:
    return b"\n".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


def test_no_page_log_or_trace_holds_a_secret(talkative: Cloud) -> None:
    """OWASP, Logging: passwords, codes, secrets and tokens stay out of every log, page and recorded decision."""
    app = make_app(talkative, talkative.aws(new_account()), GenerateSecret=True)
    password, email, person = f"Horse-{secrets.token_hex(8)}-7", f"{secrets.token_hex(8)}@example.com", app.person()
    page = person.fill(person.get(app.url("/signup")), username=email, password=password)
    mailed = Mailbox(talkative).code(email)
    pkce = {"code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256"}
    page = person.fill(person.get(app.url("/confirm", **pkce)), code=mailed)
    code = page.query["code"]
    wrong = app.sign_in(email, app.person(), password=password + "x")
    assert wrong.status == 400
    tokens = app.redeem(code, code_verifier=VERIFIER).json()
    refreshed = app.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert talkative.http.get(f"{app.base}/oauth2/userInfo", headers=bearer).status_code == 200
    app.form("/oauth2/revoke", (app.client, app.secret), token=tokens["refresh_token"])
    secret = [password, code, VERIFIER, app.secret, str(person.cookie("cognito")), tokens["refresh_token"]]
    secret += [one[name] for one in (tokens, refreshed) for name in ("id_token", "access_token")]
    logs = written(talkative.home / "logs")
    assert logs, "the cloud logs nothing: this test would show nothing"
    # Asked for traces, the cloud first writes what it has.
    assert talkative.control("/traces").status_code == 200
    traced = recorded(talkative.home)
    assert app.client in traced, "the calls were not traced: this test would show nothing"
    shown = [seen.answer.text for seen in person.seen]
    shown += [talkative.control(path).text for path in ("/iam/decisions", "/status", "/functions/sources")]
    for one in secret:
        assert one.encode() not in logs
        assert one not in traced
        assert not [text for text in shown if one in text]
    assert not [text for text in shown if mailed in text]


def test_sessions_codes_and_tokens_survive_a_stop(talkative: Cloud) -> None:
    """Issue of every pool's own keys: what was given out before is good after."""
    app = make_app(talkative, talkative.aws())
    email, person = app.user(), Person(talkative)
    tokens = app.tokens(email, scope="openid email aws.cognito.signin.user.admin")
    code = app.sign_in(email, person).query["code"]
    talkative.stop()
    talkative.start()
    app = App(talkative, talkative.aws(), app.pool, app.domain, app.client)
    assert app.redeem(code).status_code == 200
    assert person.get(app.url()).location.startswith(f"{CALLBACK}?code="), "the browser is still signed in"
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert talkative.http.get(f"{app.base}/oauth2/userInfo", headers=bearer).json()["email"] == email
    assert app.cognito.get_user(AccessToken=tokens["access_token"])["Username"]
    assert app.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code == 200
    found = talkative.http.get(f"/{app.pool}/.well-known/jwks.json").json()["keys"]
    assert jwt.get_unverified_header(tokens["id_token"])["kid"] in {one["kid"] for one in found}


def test_refresh_tokens_rotate_where_the_client_asks_for_it(cloud: Cloud) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-refresh-token.html,
    "Refresh token rotation"."""
    app = make_app(
        cloud,
        cloud.aws(new_account()),
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
    )
    first = app.tokens(app.user())["refresh_token"]
    answer = app.token(grant_type="refresh_token", refresh_token=first)
    assert answer.status_code == 200, answer.text
    second = answer.json()["refresh_token"]
    assert second != first
    stale = app.token(grant_type="refresh_token", refresh_token=first)
    assert stale.json() == {"error": "invalid_grant"}


def test_the_pools_functions_are_called_by_the_pages(cloud: Cloud) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html: with
    TokenGeneration_HostedAuth; a refusal reaches the application in AWS's words."""
    aws = cloud.aws(new_account())
    function = Functions(aws).make("claims", CLAIMS)
    aws.client("lambda").add_permission(
        FunctionName="claims", StatementId="c", Action="lambda:InvokeFunction", Principal="cognito-idp.amazonaws.com"
    )
    app = make_app(cloud, aws, pool={"LambdaConfig": {"PreTokenGeneration": function}})
    tokens = app.tokens(app.user())
    assert claims(tokens["id_token"])["source"] == "TokenGeneration_HostedAuth"
    fresh = app.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()
    assert claims(fresh["id_token"])["source"] == "TokenGeneration_RefreshTokens"
    refused = app.redeem(app.code(app.user(f"refused-{secrets.token_hex(4)}@example.com")))
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    assert refused.json()["error_description"] == "PreTokenGeneration failed with error nope."
