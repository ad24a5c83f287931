"""Command line and Python clients of user pools, as they come: pycognito, boto3 without credentials, the AWS CLI."""

from __future__ import annotations

import json
import subprocess
import uuid
from dataclasses import dataclass, field
from typing import Any

import boto3
import httpx
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from pycognito import Cognito

from tests.prepare import aws_command
from tests.support.aws import REGION, Aws
from tests.support.cloud import Cloud
from tests.support.mailbox import Mailbox
from tests.support.systems import PASSWORD

NEW_PASSWORD = f"New-{PASSWORD}"


@dataclass(frozen=True)
class Pool:
    """A pool with one client for public applications, and an address that nobody else uses."""

    id: str
    client: str
    email: str = field(default_factory=lambda: f"{uuid.uuid4().hex}@example.com")


@pytest.fixture
def pool(aws: Aws) -> Pool:
    idp = aws.client("cognito-idp")
    made = idp.create_user_pool(PoolName="clients", UsernameAttributes=["email"], AutoVerifiedAttributes=["email"])
    pool = made["UserPool"]["Id"]
    flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = idp.create_user_pool_client(UserPoolId=pool, ClientName="clients", ExplicitAuthFlows=flows)
    return Pool(pool, client["UserPoolClient"]["ClientId"])


def test_pycognito(
    pool: Pool, cloud: Cloud, http: httpx.Client, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Register, confirm, sign in by SRP, verify both tokens under AWS's issuer, renew, change, sign out everywhere.
    https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html"""
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.endpoint)
    monkeypatch.setenv("COGNITO_JWKS", http.get(f"/{pool.id}/.well-known/jwks.json").text)
    user = Cognito(pool.id, pool.client, username=pool.email, botocore_config=Config(signature_version=UNSIGNED))

    user.set_base_attributes(email=pool.email, name="Ada")
    user.register(pool.email, PASSWORD)
    user.confirm_sign_up(mailbox.code(pool.email))
    with pytest.raises(user.client.exceptions.NotAuthorizedException, match="Incorrect username or password."):
        user.authenticate(f"{PASSWORD}!")
    user.authenticate(PASSWORD)

    assert user.id_claims["email"] == pool.email
    assert user.access_claims["iss"] == f"https://cognito-idp.{REGION}.amazonaws.com/{pool.id}"
    first = user.access_token
    user.renew_access_token()
    assert user.access_token != first
    user.update_profile({"name": "Ada Lovelace"})
    assert user.get_user().name == "Ada Lovelace"
    user.change_password(PASSWORD, NEW_PASSWORD)
    user.authenticate(NEW_PASSWORD)
    ended = user.refresh_token
    user.logout()
    user.refresh_token = ended
    with pytest.raises(user.client.exceptions.NotAuthorizedException):
        user.renew_access_token()
    user.client.close()


def test_boto3_without_credentials(pool: Pool, cloud: Cloud, mailbox: Mailbox) -> None:
    """A mobile application's way: no call is signed, and the client id tells pool and account.
    https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flows-public-server-side.html"""
    idp = boto3.session.Session(region_name=REGION).client(
        "cognito-idp", endpoint_url=cloud.endpoint, config=Config(signature_version=UNSIGNED)
    )
    who = {"ClientId": pool.client, "Username": pool.email}
    idp.sign_up(**who, Password=PASSWORD)
    idp.confirm_sign_up(**who, ConfirmationCode=mailbox.code(pool.email))
    idp.forgot_password(**who)
    newest = mailbox.messages(pool.email)[0]["code"]
    idp.confirm_forgot_password(**who, ConfirmationCode=newest, Password=NEW_PASSWORD)
    given = {"USERNAME": pool.email, "PASSWORD": NEW_PASSWORD}
    answer = idp.initiate_auth(ClientId=pool.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)
    tokens = answer["AuthenticationResult"]
    assert idp.get_user(AccessToken=tokens["AccessToken"])["Username"]
    idp.delete_user(AccessToken=tokens["AccessToken"])
    with pytest.raises(idp.exceptions.ClientError, match="UserNotFoundException|NotAuthorizedException"):
        idp.get_user(AccessToken=tokens["AccessToken"])
    idp.close()


def test_the_aws_cli(pool: Pool, aws: Aws, mailbox: Mailbox) -> None:
    """https://docs.aws.amazon.com/cli/latest/reference/cognito-idp/"""

    def cognito(operation: str, *arguments: str) -> Any:
        command = [str(aws_command()), "cognito-idp", operation, *arguments]
        done = subprocess.run(command, env=aws.environ(), capture_output=True, text=True, timeout=240, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    who = ("--client-id", pool.client, "--username", pool.email)
    signed_up = cognito("sign-up", *who, "--password", PASSWORD)
    assert signed_up["UserConfirmed"] is False
    cognito("confirm-sign-up", *who, "--confirmation-code", mailbox.code(pool.email))
    given = ("--auth-parameters", f"USERNAME={pool.email},PASSWORD={PASSWORD}")
    answer = cognito("initiate-auth", "--client-id", pool.client, "--auth-flow", "USER_PASSWORD_AUTH", *given)
    found = cognito("get-user", "--access-token", answer["AuthenticationResult"]["AccessToken"])
    assert {"Name": "sub", "Value": signed_up["UserSub"]} in found["UserAttributes"]
