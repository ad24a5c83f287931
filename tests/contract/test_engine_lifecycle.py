"""Starting, stopping and starting again: what is kept, how long it takes, and what is said when it cannot be."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.engines import Clouds
from tests.support.processes import Child, clean_environ, free_port, poll

PASSWORD = "Correct-horse-1"


@pytest.fixture
def own_cloud(tmp_path: Path) -> Iterator[Cloud]:
    """A cloud of this test's own, to be stopped and started."""
    cloud = Cloud(tmp_path / "home").start()
    yield cloud
    cloud.close()


def make_table(aws: Aws) -> None:
    aws.client("dynamodb").create_table(
        TableName="kept",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    aws.client("dynamodb").put_item(TableName="kept", Item={"id": {"S": "1"}, "n": {"N": "1.50"}})


def make_pool(aws: Aws) -> tuple[str, str]:
    """``(pool id, client id)`` of a pool with one confirmed user."""
    cognito = aws.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="kept")["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="c", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    )["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool, Username="kim", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username="kim", Password=PASSWORD, Permanent=True)
    return pool, client


def sign_in(aws: Aws, client: str) -> dict[str, str]:
    answer = aws.client("cognito-idp").initiate_auth(
        ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "kim", "PASSWORD": PASSWORD}
    )
    return dict(answer["AuthenticationResult"])


def claims(cloud: Cloud, pool: str, token: str) -> dict[str, object]:
    """The claims of a token that the pool's published keys verify."""
    keys = jwt.PyJWKSet.from_dict(cloud.http.get(f"/{pool}/.well-known/jwks.json").json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    return dict(jwt.decode(token, key.key, algorithms=["RS256"], options={"verify_aud": False}))


@pytest.fixture
def lasting(tmp_path: Path, clouds: Clouds) -> Iterator[Cloud]:
    """As `own_cloud`, over the engine of the session."""
    with clouds(tmp_path) as cloud:
        yield cloud


def test_state_survives_a_stop_and_a_start(lasting: Cloud, account: str) -> None:
    """Source: issue 2, 'make down … and the next make up brings all state back (tables, users, their signing keys,
    files)'."""
    aws = lasting.aws(account)
    make_table(aws)
    aws.client("s3").create_bucket(Bucket="kept")
    aws.client("s3").put_object(Bucket="kept", Key="a b/é//x", Body=b"\x00kept", Metadata={"who": "me"})
    pool, client = make_pool(aws)
    tokens = sign_in(aws, client)
    aws.client("iam").create_user(UserName="u")
    key = aws.client("iam").create_access_key(UserName="u")["AccessKey"]

    lasting.stop()
    lasting.start()

    aws = lasting.aws(account)
    found = aws.client("dynamodb").get_item(TableName="kept", Key={"id": {"S": "1"}})["Item"]
    assert found == {"id": {"S": "1"}, "n": {"N": "1.5"}}
    kept = aws.client("s3").get_object(Bucket="kept", Key="a b/é//x")
    assert (kept["Body"].read(), kept["Metadata"]) == (b"\x00kept", {"who": "me"})
    said = claims(lasting, pool, tokens["IdToken"])
    assert said["cognito:username"] == "kim"
    assert claims(lasting, pool, sign_in(aws, client)["IdToken"])["sub"] == said["sub"]
    cognito = aws.client("cognito-idp")
    assert cognito.get_user(AccessToken=tokens["AccessToken"])["Username"] == "kim"
    refresh = {"REFRESH_TOKEN": tokens["RefreshToken"]}
    assert cognito.initiate_auth(ClientId=client, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=refresh)
    assert {"account": account, "region": "us-east-1"} in lasting.control("/status").json()["scopes"]
    user = Aws(lasting.endpoint, key["AccessKeyId"], secret=key["SecretAccessKey"])
    assert user.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{account}:user/u"
    user.close()


def test_nothing_is_kept_when_nothing_shall_be(tmp_path: Path) -> None:
    """Source: README 'Settings', GROUNDCLOUD_PERSIST."""
    cloud = Cloud(tmp_path, persist="0").start()
    cloud.client("sqs").create_queue(QueueName="gone")
    cloud.stop()
    cloud.start()
    assert not cloud.client("sqs").list_queues().get("QueueUrls")
    cloud.close()


def test_sigterm_ends_it_within_seconds_whatever_is_going_on(own_cloud: Cloud) -> None:
    """Source: docs/architecture.md: `down` ends processes by SIGTERM. Open connections and waiting requests must not
    hold it up."""
    idle = socket.create_connection(("127.0.0.1", own_cloud.port))
    half = socket.create_connection(("127.0.0.1", own_cloud.port))
    half.sendall(b"PUT /b/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\npart")
    waiting = socket.create_connection(("127.0.0.1", own_cloud.port))
    waiting.sendall(b"GET /_groundcloud/v1/mail/wait?timeout=60 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert own_cloud.healthy()
    # Before the request that waits for a minute would have had its answer.
    own_cloud.child.stop(timeout=45)
    for connection in (idle, half, waiting):
        connection.close()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", own_cloud.port), timeout=1).close()


def test_state_is_written_when_it_is_interrupted_too(own_cloud: Cloud) -> None:
    """Source: docs/architecture.md: Ctrl-C is a clean stop."""
    own_cloud.client("sqs").create_queue(QueueName="kept")
    os.kill(own_cloud.child.pid, signal.SIGINT)
    poll(lambda: not own_cloud.child.running, timeout=60, what="the cloud to end")
    own_cloud.start()
    assert len(own_cloud.client("sqs").list_queues()["QueueUrls"]) == 1


def run_to_its_end(tmp_path: Path, **settings: str) -> str:
    """What a cloud says that ends by itself."""
    environ = {"PORT": str(free_port()), "HOME": str(tmp_path / "home"), **settings}
    child = Child(
        ["-m", "groundcloud.cli", "serve"],
        environ=clean_environ(**{f"GROUNDCLOUD_{name}": value for name, value in environ.items()}),
        log=tmp_path / "log",
    )
    try:
        poll(lambda: not child.running, timeout=60, what="the cloud to give up")
    finally:
        child.kill()
    return child.log_tail(100)


def test_a_busy_port_is_a_sentence(tmp_path: Path) -> None:
    """Source: issue 2, 'A busy port … a sentence that says what to do'."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = run_to_its_end(tmp_path, PORT=str(port))
    assert f"Port {port}" in said
    assert "GROUNDCLOUD_PORT" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "http"), ("PROT", "1"), ("REGION", "mars"), ("HOST", "192.0.2.1")]
)
def test_a_bad_setting_is_a_sentence(tmp_path: Path, name: str, value: str) -> None:
    """Source: groundcloud/settings.py."""
    said = run_to_its_end(tmp_path, **{name: value})
    assert value in said or name in said
    assert "Traceback" not in said


def test_damaged_state_does_not_keep_it_from_starting(own_cloud: Cloud) -> None:
    """Source: issue 2, 'a half-finished install: a sentence that says what to do'."""
    own_cloud.stop()
    (own_cloud.home / "state" / "scopes.json").write_text("{")
    own_cloud.start()
    assert own_cloud.healthy()


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads Linux's table of sockets")
def test_it_listens_on_loopback_only(own_cloud: Cloud) -> None:
    """Source: docs/design.md; the engine alone binds every address."""
    port = own_cloud.port
    table = [line.split() for file in ("tcp", "tcp6") for line in Path("/proc/net", file).read_text().splitlines()[1:]]
    listening = {row[1] for row in table if row[3] == "0A" and row[1].endswith(f":{port:04X}")}
    assert listening == {f"0100007F:{port:04X}"}


def test_a_role_s_calls_are_its_own(own_cloud: Cloud, account: str) -> None:
    """Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html: the session's key belongs to
    the role's account, and may what the role's policies say."""
    aws = own_cloud.aws(account)
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}]}
    role = aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    session = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    client = aws.client(
        "sqs",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    with pytest.raises(ClientError) as caught:
        client.create_queue(QueueName="q")
    assert caught.value.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException")
    client.close()
