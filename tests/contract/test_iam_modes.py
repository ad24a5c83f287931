"""The modes of IAM's enforcement, and keys that outlive a restart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.engines import Clouds
from tests.support.functions import Functions

ACCOUNT = "111122223333"


def user(cloud: Cloud) -> Aws:
    iam = cloud.client("iam", ACCOUNT)
    iam.create_user(UserName="bob")
    key = iam.create_access_key(UserName="bob")["AccessKey"]
    return Aws(cloud.endpoint, key["AccessKeyId"], secret=key["SecretAccessKey"])


@pytest.fixture(params=["audit", "off"])
def lenient(request: Any, tmp_path: Path, clouds: Clouds) -> Iterator[tuple[Cloud, str]]:
    with clouds(tmp_path, iam=request.param) as cloud:
        yield cloud, request.param


def test_what_would_be_denied_goes_through(lenient: tuple[Cloud, str]) -> None:
    """docs/configuration.md: audit records what it would have denied, off records nothing; signatures are verified."""
    cloud, mode = lenient
    bob = user(cloud)
    try:
        assert bob.client("dynamodb").list_tables()["TableNames"] == []
        assert bob.client("sts").get_caller_identity()["Arn"].endswith(":user/bob")
        bob.client("s3").create_bucket(Bucket="lenient-bucket")
        wrong = Aws(cloud.endpoint, bob.access_key, secret="wrong")
        with pytest.raises(ClientError, match="InvalidSignatureException"):
            wrong.client("dynamodb").list_tables()
        wrong.close()
    finally:
        bob.close()
    found = cloud.control("/iam/decisions", params={"denied": "1"}).json()
    assert found["mode"] == mode
    actions = [(one["action"], one["refused"]) for one in found["decisions"]]
    if mode == "audit":
        assert ("dynamodb:ListTables", False) in actions and ("s3:CreateBucket", False) in actions
    else:
        assert actions == []


def test_services_go_through_too(lenient: tuple[Cloud, str]) -> None:
    """docs/configuration.md: neither API Gateway nor Cognito is kept from a function whose policy names nobody
    (lambda/latest/dg/access-control-resource-based.html); audit records the statement that AWS would miss."""
    cloud, mode = lenient
    aws = cloud.aws(ACCOUNT)
    functions = Functions(aws)
    function = functions.make("closed")
    made = aws.client("apigatewayv2").create_api(Name="closed", ProtocolType="HTTP", Target=function)
    assert cloud.http.get(f"/_aws/execute-api/{made['ApiId']}/").status_code == 200
    users = aws.client("cognito-idp")
    pool = users.create_user_pool(PoolName="closed", LambdaConfig={"PreSignUp": function})["UserPool"]["Id"]
    client = users.create_user_pool_client(UserPoolId=pool, ClientName="closed")["UserPoolClient"]["ClientId"]
    users.sign_up(ClientId=client, Username="ann", Password="Groundcloud1!")
    asked = {"denied": "1", "resource": function}
    found = cloud.control("/iam/decisions", params=asked).json()["decisions"]
    told = {one["principal"]: one["remedies"][0]["statement"]["Principal"] for one in found}
    services = ("apigateway.amazonaws.com", "cognito-idp.amazonaws.com") if mode == "audit" else ()
    assert told == {service: {"Service": service} for service in services}
    assert not any(one["refused"] for one in found)


def test_keys_and_sessions_survive_a_restart(tmp_path: Path, clouds: Clouds) -> None:
    """IAM/latest/UserGuide/id_credentials_temp.html: a session is good until it expires."""
    with clouds(tmp_path) as cloud:
        bob = user(cloud)
        session = bob.client("sts").get_session_token()["Credentials"]
        cloud.stop()
        cloud.start()
        with pytest.raises(
            ClientError, match=r"not authorized to perform: dynamodb:ListTables on resource: arn:.*:table/\* "
        ):
            bob.client("dynamodb").list_tables()
        temporary = Aws(cloud.endpoint, session["AccessKeyId"], secret=session["SecretAccessKey"])
        with pytest.raises(ClientError, match="UnrecognizedClientException"):
            temporary.client("dynamodb").list_tables()
        temporary.close()
        bob.close()
