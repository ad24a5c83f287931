"""The libraries that web applications sign in with, in a real browser, against a pool of the cloud: as their makers
ship them, with nothing changed but the address of the service."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from authlib.integrations.requests_client import OAuth2Session, OAuthError
from joserfc import jwt
from joserfc.jwk import KeySet
from playwright.sync_api import Page

from tests.prepare import npm_package
from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.login import sign_in_on_hosted_page
from tests.support.mailbox import Mailbox
from tests.support.systems import PASSWORD

CALLBACK = "http://localhost:8123/callback"

ACCOUNT_JS = """window.global = window;
const { CognitoUserPool, CognitoUser, CognitoUserAttribute, AuthenticationDetails } = AmazonCognitoIdentity;

function called(start) {
  return new Promise((resolve, reject) => start((error, result) => (error ? reject(error) : resolve(result))));
}
class Account {
  constructor({ pool, client, endpoint, email }) {
    this.email = email;
    this.pool = new CognitoUserPool({ UserPoolId: pool, ClientId: client, endpoint });
    this.user = new CognitoUser({ Username: email, Pool: this.pool });
  }
  async signUp(password) {
    const email = new CognitoUserAttribute({ Name: 'email', Value: this.email });
    return (await called(done => this.pool.signUp(this.email, password, [email], null, done))).userConfirmed;
  }
  confirm(code) { return called(done => this.user.confirmRegistration(code, false, done)); }
  signIn(password) {
    const details = new AuthenticationDetails({ Username: this.email, Password: password });
    return new Promise((resolve, reject) => this.user.authenticateUser(details, {
      onSuccess: session => resolve(session.getAccessToken().getJwtToken()),
      onFailure: reject,
    }));
  }
  async attributes() {
    return Object.fromEntries((await called(done => this.user.getUserAttributes(done))).map(a => [a.Name, a.Value]));
  }
  async refresh() {
    const session = await called(done => this.user.getSession(done));
    const renewed = await called(done => this.user.refreshSession(session.getRefreshToken(), done));
    return renewed.getAccessToken().getJwtToken();
  }
  signOutEverywhere() {
    return new Promise((resolve, reject) => this.user.globalSignOut({ onSuccess: resolve, onFailure: reject }));
  }
}
async function attempt(work) {
  try { return { value: await work() }; } catch (error) { return { code: error.code, message: error.message }; }
}
"""


class Pool:
    """A pool with one client for each kind of application."""

    def __init__(self, aws: Aws) -> None:
        self.idp = aws.client("cognito-idp")
        made = self.idp.create_user_pool(
            PoolName="clients", UsernameAttributes=["email"], AutoVerifiedAttributes=["email"]
        )
        self.id = str(made["UserPool"]["Id"])
        self.domain = f"clients-{uuid.uuid4().hex[:12]}"
        self.idp.create_user_pool_domain(UserPoolId=self.id, Domain=self.domain)
        self.email = f"{uuid.uuid4().hex}@example.com"

    def client(self, **settings: Any) -> dict[str, Any]:
        made = self.idp.create_user_pool_client(UserPoolId=self.id, ClientName="client", **settings)
        return dict(made["UserPoolClient"])

    def add_user(self) -> None:
        self.idp.admin_create_user(
            UserPoolId=self.id,
            Username=self.email,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": self.email}, {"Name": "email_verified", "Value": "true"}],
        )
        self.idp.admin_set_user_password(UserPoolId=self.id, Username=self.email, Password=PASSWORD, Permanent=True)


@pytest.fixture
def pool(aws: Aws) -> Pool:
    return Pool(aws)


@pytest.fixture
def web_page(page: Page, aws: Aws, cloud: Cloud) -> Page:
    """A page of a site on S3 that loads the library's own build."""
    built = npm_package("amazon-cognito-identity-js") / "dist" / "amazon-cognito-identity.min.js"
    files = {
        "index.html": ("text/html", "<!doctype html><script src=library.js></script><script src=account.js></script>"),
        "library.js": ("text/javascript", built.read_text()),
        "account.js": ("text/javascript", ACCOUNT_JS),
    }
    s3, bucket = aws.client("s3"), f"site-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
    anyone = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [anyone]}))
    for name, (content_type, body) in files.items():
        s3.put_object(Bucket=bucket, Key=name, Body=body.encode(), ContentType=content_type)
    page.goto(cloud.website_url(bucket))
    return page


def test_amazon_cognito_identity_js(web_page: Page, pool: Pool, cloud: Cloud, mailbox: Mailbox) -> None:
    """Sign-up with the mailed code, SRP sign-in, attributes, refresh, sign-out everywhere; then the old tokens are
    refused. https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html"""
    client = pool.client(ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])["ClientId"]
    where = {"pool": pool.id, "client": client, "endpoint": f"{cloud.endpoint}/", "email": pool.email}

    def attempt(expression: str, *values: str) -> Any:
        return web_page.evaluate(f"values => attempt(() => account.{expression}(...values))", list(values))

    web_page.evaluate("where => { window.account = new Account(where); }", where)
    assert attempt("signUp", PASSWORD) == {"value": False}
    assert attempt("signIn", PASSWORD)["code"] == "UserNotConfirmedException"
    assert attempt("confirm", "x")["code"] == "CodeMismatchException"
    assert attempt("confirm", mailbox.code(pool.email)) == {"value": "SUCCESS"}
    wrong = attempt("signIn", f"{PASSWORD}!")
    assert wrong == {"code": "NotAuthorizedException", "message": "Incorrect username or password."}
    first = attempt("signIn", PASSWORD)["value"]
    assert attempt("attributes")["value"]["email"] == pool.email
    assert attempt("attributes")["value"]["email_verified"] == "true"
    second = attempt("refresh")["value"]
    assert second.count(".") == 2 and second != first
    assert attempt("signOutEverywhere") == {"value": "SUCCESS"}
    with pytest.raises(pool.idp.exceptions.NotAuthorizedException, match="Access Token has been revoked"):
        pool.idp.get_user(AccessToken=second)


def test_authlib_as_openid_client(page: Page, pool: Pool, cloud: Cloud) -> None:
    """Discovery, authorization code with PKCE on the hosted pages, an id token that verifies against the pool's keys
    under AWS's issuer, userInfo, refresh, revocation.
    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-userpools-server-contract-reference.html"""
    pool.add_user()
    made = pool.client(
        GenerateSecret=True,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email"],
        CallbackURLs=[CALLBACK],
        SupportedIdentityProviders=["COGNITO"],
    )
    session = OAuth2Session(
        made["ClientId"],
        made["ClientSecret"],
        scope="openid email",
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
    )
    with session:
        metadata = session.get(f"{cloud.endpoint}/{pool.id}/.well-known/openid-configuration", withhold_token=True)
        known = metadata.json()
        assert known["issuer"] == f"https://cognito-idp.us-east-1.amazonaws.com/{pool.id}"
        verifier, nonce = uuid.uuid4().hex * 2, uuid.uuid4().hex
        url, state = session.create_authorization_url(
            known["authorization_endpoint"], code_verifier=verifier, nonce=nonce
        )
        back = sign_in_at(page, url, pool.email)
        token = session.fetch_token(
            known["token_endpoint"], authorization_response=back, state=state, code_verifier=verifier
        )
        keys = session.get(known["jwks_uri"], withhold_token=True).json()
        claims = jwt.decode(token["id_token"], KeySet.import_key_set(keys), algorithms=["RS256"]).claims
        jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": known["issuer"]},
            aud={"essential": True, "value": made["ClientId"]},
            nonce={"essential": True, "value": nonce},
            email={"essential": True, "value": pool.email},
        ).validate(claims)
        assert session.get(known["userinfo_endpoint"]).json()["sub"] == claims["sub"]
        renewed = session.refresh_token(known["token_endpoint"], token["refresh_token"])
        assert renewed["access_token"] != token["access_token"]
        session.revoke_token(known["revocation_endpoint"], token["refresh_token"]).raise_for_status()
        with pytest.raises(OAuthError, match="invalid_grant"):
            session.refresh_token(known["token_endpoint"], token["refresh_token"])


def sign_in_at(page: Page, url: str, email: str) -> str:
    """Fill in the hosted page at `url`; the address that it sends the browser back to, where nobody listens."""
    page.goto(url)
    with page.expect_request(f"{CALLBACK}**") as back:
        sign_in_on_hosted_page(page, email)
    return back.value.url
