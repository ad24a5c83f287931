"""The control route that makes tokens of a user, in a running cloud."""

from __future__ import annotations

from typing import Any

from tests.support.aws import Aws
from tests.support.cloud import Cloud


def test_tokens_without_a_password(aws: Aws, cloud: Cloud) -> None:
    """Source: groundcloud/edge/openapi.yaml. A pool of another account than the cloud's own is found
    too; pages of other origins are refused; neither token stands in a trace."""
    cognito = aws.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="people")["UserPool"]["Id"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="web")["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool, Username="ann", MessageAction="SUPPRESS")
    body: dict[str, Any] = {"pool": pool, "client": client, "username": "ann"}
    refused = cloud.control("/users/tokens", "POST", json=body)
    assert refused.status_code == 400 and "FORCE_CHANGE_PASSWORD" in refused.json()["message"]

    cognito.admin_set_user_password(UserPoolId=pool, Username="ann", Password="Correct-Horse-1", Permanent=True)
    foreign = cloud.control("/users/tokens", "POST", json=body, headers={"Origin": "http://evil.example"})
    assert foreign.status_code == 403
    unknown = cloud.control("/users/tokens", "POST", json=body | {"client": "none"})
    assert unknown.status_code == 404 and unknown.json()["message"].endswith("has no app client none")

    found = cloud.control("/users/tokens", "POST", json=body).json()
    assert cognito.get_user(AccessToken=found["accessToken"])["Username"] == "ann"
    kept = cloud.control("/traces", params={"q": pool}).text + cloud.control("/traces", params={"limit": "5"}).text
    assert found["accessToken"] not in kept and found["idToken"] not in kept
