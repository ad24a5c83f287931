"""Profile localstack over a server that is LocalStack by appearance (tests/fakes/fake_localstack.py): what goes there,
what stays here, and what the edge does in front of an engine that judges nobody.

Sources: docs/profiles.md, groundcloud/engines/localstack/README.md.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.functions import Functions
from tests.support.gateway_maker import ApiMaker
from tests.support.processes import Child, clean_environ, poll, quiet_port

ACCOUNT = new_account()
HANDLER = """
import json, boto3
def handler(event, context):
    if "triggerSource" in event:
        event["response"]["autoConfirmUser"] = True
        return event
    table = boto3.resource("dynamodb").Table("items")
    try:
        table.scan()
    except Exception as error:
        denied = type(error).__name__
    table.put_item(Item={"id": "one"})
    return {"statusCode": 201, "body": json.dumps({"denied": denied})}
"""


class FakeLocalStack:
    """States: made → `start(session)` → answering → `stop()`, and again."""

    def __init__(self, folder: Path) -> None:
        self.port = quiet_port()
        self._log = folder / "localstack.log"
        self._child: Child | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, session: str) -> None:
        command = ["-m", "tests.fakes.fake_localstack", str(self.port), session]
        self._child = Child(command, environ=clean_environ(), log=self._log)
        with contextlib.closing(Aws(self.address, "test")) as aws:
            self._child.wait_until(lambda: _answers(aws), timeout=60, what="the server that stands for LocalStack")

    def stop(self) -> None:
        if self._child is not None and self._child.running:
            self._child.kill()


def _answers(aws: Aws) -> bool:
    with contextlib.suppress(BotoCoreError, ClientError):
        return bool(aws.client("sts").get_caller_identity())
    return False


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeLocalStack]:
    localstack = FakeLocalStack(tmp_path_factory.mktemp("localstack"))
    localstack.start("one")
    yield localstack
    localstack.stop()


@pytest.fixture(scope="module")
def front(behind: FakeLocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    cloud = Cloud(tmp_path_factory.mktemp("cloud"), profile="localstack", localstack_url=behind.address).start()
    yield cloud
    cloud.close()


@pytest.fixture(scope="module")
def function(front: Cloud) -> str:
    aws = front.aws(ACCOUNT)
    aws.client("dynamodb").create_table(
        TableName="items",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return Functions(aws).make("writes", HANDLER, "dynamodb:PutItem", "logs:*")


def test_what_localstack_has_is_there_and_what_it_lacks_is_here(front: Cloud, behind: FakeLocalStack) -> None:
    aws = front.aws(ACCOUNT)
    aws.client("sqs").create_queue(QueueName="there")
    pool = aws.client("cognito-idp").create_user_pool(PoolName="here")["UserPool"]["Id"]
    with contextlib.closing(Aws(behind.address, ACCOUNT)) as alone:
        assert alone.client("sqs").list_queues()["QueueUrls"][0].endswith("/there")
        assert alone.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"] == []
    assert [one["Id"] for one in aws.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"]] == [pool]
    status = front.control("/status").json()
    assert (status["profile"], status["engine"]) == ("localstack", {"name": "localstack", "version": "4.14.0"})


def test_accounts_are_apart(front: Cloud) -> None:
    one, other = front.aws(new_account()), front.aws(new_account())
    one.client("sqs").create_queue(QueueName="mine")
    assert other.client("sqs").list_queues().get("QueueUrls", []) == []
    assert one.client("sts").get_caller_identity()["Account"] == one.access_key


def test_large_objects_and_odd_keys_pass_as_they_are(front: Cloud) -> None:
    s3 = front.client("s3", ACCOUNT)
    bucket, body = f"large-{ACCOUNT}", bytes(range(256)) * 20_000
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="a b/é+%", Body=body)
    assert s3.get_object(Bucket=bucket, Key="a b/é+%")["Body"].read() == body


def test_a_function_runs_in_our_runtime_as_its_role(front: Cloud, function: str) -> None:
    answer = front.client("lambda", ACCOUNT).invoke(FunctionName="writes", Payload=b"{}", LogType="Tail")
    assert json.loads(json.load(answer["Payload"])["body"]) == {"denied": "ClientError"}
    assert b"REPORT RequestId" in base64.b64decode(answer["LogResult"])
    items = front.client("dynamodb", ACCOUNT).scan(TableName="items")["Items"]
    assert items == [{"id": {"S": "one"}}]


def test_the_gateway_serves_what_localstacks_control_plane_says(front: Cloud, function: str) -> None:
    maker = ApiMaker(front, front.aws(ACCOUNT), "api")
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"
    maker.method("POST", "/items", integration={"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": uri})
    front.client("lambda", ACCOUNT).add_permission(
        FunctionName="writes", StatementId="api", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
    )
    maker.deploy()
    assert maker.call("POST", "/items").status_code == 201
    assert maker.call("GET", "/items").json() == {"message": "Missing Authentication Token"}


def test_a_pools_function_is_heard_before_a_user_is_made(front: Cloud, function: str) -> None:
    """The pool is the embedded engine's, its function LocalStack's."""
    cognito = front.client("cognito-idp", ACCOUNT)
    front.client("lambda", ACCOUNT).add_permission(
        FunctionName="writes", StatementId="pool", Action="lambda:InvokeFunction", Principal="cognito-idp.amazonaws.com"
    )
    pool = cognito.create_user_pool(PoolName="confirming", LambdaConfig={"PreSignUp": function})["UserPool"]["Id"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="c")["UserPoolClient"]["ClientId"]
    assert cognito.sign_up(ClientId=client, Username="ann", Password="Correct-Horse-1")["UserConfirmed"]


def test_an_invocation_from_inside_localstack_runs_here(front: Cloud, function: str) -> None:
    asked = {"functionArn": function, "qualifier": "$LATEST", "payload": base64.b64encode(b'{"a": 1}').decode()}
    answer = front.control("/localstack/invoke", "POST", json=asked).json()
    assert (answer["functionError"], answer["executedVersion"]) == (None, "$LATEST")
    assert json.loads(base64.b64decode(answer["payload"]))["statusCode"] == 201
    gone = {**asked, "functionArn": f"{function}-not"}
    refused = front.control("/localstack/invoke", "POST", json=gone)
    assert (refused.status_code, refused.json()["code"]) == (404, "ResourceNotFoundException")
    foreign = front.control("/localstack/invoke", "POST", json=asked, headers={"Origin": "https://evil.test"})
    assert foreign.status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("GET", "/", {}, b"", 403),
        ("GET", "/some-bucket/key", {}, b"", 403),
        ("GET", "/_aws/ses", {}, b"", 403),
        ("POST", "/", {"X-Amz-Target": "DynamoDB_20120810.ListTables"}, b"{}", 400),
        ("POST", "/", {"Content-Type": "application/x-www-form-urlencoded"}, b"Action=ListUsers", 403),
        ("GET", "/2015-03-31/functions", {}, b"", 403),
        ("POST", "/_groundcloud/reset", {}, b"", 404),
    ],
    ids=["buckets", "object", "mail", "json", "form", "rest", "plugin"],
)
def test_nothing_goes_there_unsigned(
    front: Cloud, method: str, path: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    """The engine behind would take it."""
    assert front.http.request(method, path, headers=headers, content=body).status_code == status


def test_who_may_not_is_refused_here(front: Cloud) -> None:
    iam = front.client("iam", ACCOUNT)
    iam.create_user(UserName="bob")
    key = iam.create_access_key(UserName="bob")["AccessKey"]
    with contextlib.closing(Aws(front.endpoint, key["AccessKeyId"], secret=key["SecretAccessKey"])) as bob:
        with pytest.raises(ClientError, match="is not authorized to perform: dynamodb:ListTables"):
            bob.client("dynamodb").list_tables()
        with pytest.raises(ClientError, match="is not authorized to perform: cognito-idp:ListUserPools"):
            bob.client("cognito-idp").list_user_pools(MaxResults=1)
        assert bob.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/bob"


def test_what_is_forwarded_from_there_does_not_go_back(front: Cloud, behind: FakeLocalStack) -> None:
    """The plugin's mark on what LocalStack says that it has would go round for ever."""
    with contextlib.closing(Aws(front.endpoint, ACCOUNT)) as marked:
        client = marked.client("sqs")
        client.meta.events.register("before-sign", _mark)
        with pytest.raises(ClientError, match="which LocalStack says that it has"):
            client.list_queues()
        stacks = marked.client("cloudformation")
        stacks.meta.events.register("before-sign", _mark)
        stacks.create_stack(StackName="one", TemplateBody=json.dumps({"Resources": {"P": _POOL}}))
        poll(lambda: _status(stacks) == "CREATE_COMPLETE", timeout=60, what="the stack of one resource")
    with contextlib.closing(Aws(behind.address, ACCOUNT)) as alone:
        assert alone.client("cloudformation").describe_stacks()["Stacks"] == []


_POOL = {"Type": "AWS::Cognito::UserPool", "Properties": {"UserPoolName": "of-a-stack"}}


def _mark(request: Any, **_: Any) -> None:
    request.headers["X-Groundcloud-Forwarded"] = "1"


def _status(stacks: Any) -> str:
    return str(stacks.describe_stacks(StackName="one")["Stacks"][0]["StackStatus"])


def test_localstack_may_go_and_come_again(tmp_path: Path) -> None:
    """Down, it is an error that says so; up again, with nothing in it, what was known of it is forgotten."""
    localstack = FakeLocalStack(tmp_path)
    localstack.start("first")
    cloud = Cloud(tmp_path / "cloud", profile="localstack", localstack_url=localstack.address)
    try:
        cloud.start()
        functions = Functions(cloud.aws(ACCOUNT))
        functions.make("f", "def handler(event, context): return 1", "logs:*")
        assert functions.api.invoke(FunctionName="f")["Payload"].read() == b"1"
        localstack.stop()
        with pytest.raises(ClientError, match="LocalStack does not answer at http://127.0.0.1") as down:
            cloud.client("sqs", ACCOUNT).list_queues()
        assert down.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        localstack.start("second")
        assert cloud.client("sqs", ACCOUNT).list_queues().get("QueueUrls", []) == []
        poll(lambda: _is_forgotten(functions), timeout=30, what="that the function is forgotten")
    finally:
        cloud.close()
        localstack.stop()


def _is_forgotten(functions: Functions) -> bool:
    try:
        functions.api.invoke(FunctionName="f")["Payload"].read()
    except ClientError as error:
        return bool(error.response["Error"]["Code"] == "ResourceNotFoundException")
    return False


def test_without_localstack_the_cloud_does_not_start(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path, profile="localstack", localstack_url=f"http://127.0.0.1:{quiet_port()}")
    with pytest.raises(AssertionError, match="LocalStack does not answer at"):
        cloud.start()
    cloud.close()
