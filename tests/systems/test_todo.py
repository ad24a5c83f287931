"""The to-do list end to end, by every way in: boto3 by function name, and the functions' URLs with signed requests."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import boto3
import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.support.cloud import Cloud
from tests.support.policies import run_under_generated
from tests.support.processes import ROOT, poll
from tests.support.systems import deploy, outputs_of

ADMINISTRATOR = Credentials("test", "test")


class FunctionError(Exception):
    """What a direct call got instead of an answer: errorType and errorMessage."""


class Todo:
    """The to-do list, deployed into the default account."""

    def __init__(self, cloud: Cloud, stack: str = "todo") -> None:
        self.cloud = cloud
        self.stack = stack
        deploy(cloud, ROOT / "services" / "todo" / "template.yaml", stack)
        self.outputs = outputs_of(cloud, stack)

    def name(self, function: str) -> str:
        return self.outputs[f"{function}Function"]

    def call(self, function: str, **event: Any) -> Any:
        """Directly, as the CLI and the SDKs do."""
        answer = self.cloud.client("lambda").invoke(FunctionName=self.name(function), Payload=json.dumps(event))
        result = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise FunctionError(result["errorType"], result["errorMessage"])
        return result

    def send(self, function: str, method: str, body: Any = None, query: str = "", **how: Any) -> httpx.Response:
        """By its URL; `credentials` None sends the request unsigned."""
        credentials = how.get("credentials", ADMINISTRATOR)
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        request = AWSRequest(
            method, self.outputs[f"{function}Url"] + query, {"Content-Type": "application/json"}, content
        )
        if credentials is not None:
            SigV4Auth(credentials, "lambda", "us-east-1").add_auth(request)
        return self.cloud.http.request(method, request.url, content=content, headers=dict(request.headers))

    def alarm_state(self) -> str:
        found = self.cloud.client("cloudwatch").describe_alarms(AlarmNames=[self.outputs["AlarmName"]])
        return str(found["MetricAlarms"][0]["StateValue"])

    def errors_counted(self) -> float:
        """The sum over the last minutes; waits until the log was read at all."""
        found: list[dict[str, Any]] = []

        def counted() -> bool:
            now = time.time()
            answer = self.cloud.client("cloudwatch").get_metric_statistics(
                Namespace=f"Todo/{self.stack}",
                MetricName="Errors",
                StartTime=now - 300,
                EndTime=now + 60,
                Period=60,
                Statistics=["Sum"],
            )
            found[:] = answer["Datapoints"]
            return bool(found)

        poll(counted, timeout=60, what="the count of errors")
        return float(sum(point["Sum"] for point in found))


@pytest.fixture(scope="module")
def todo(cloud: Cloud) -> Todo:
    return Todo(cloud)


@pytest.fixture
def own_list() -> str:
    """A list that no other test writes to."""
    return uuid.uuid4().hex


def test_a_todo_lives_from_create_to_delete(todo: Todo, own_list: str) -> None:
    made = todo.call("CreateTodo", list=own_list, title="Buy milk", note="Two litres", due="2026-12-01")
    assert (made["title"], made["done"], made["due"]) == ("Buy milk", False, "2026-12-01")
    assert todo.call("GetTodo", list=own_list, id=made["id"]) == made
    assert todo.call("ListTodos", list=own_list) == {"todos": [made], "next": None}

    changed = todo.call("UpdateTodo", list=own_list, id=made["id"], done=True, note=None)
    assert (changed["done"], changed["note"], changed["due"]) == (True, None, "2026-12-01")
    assert changed["updatedAt"] >= made["updatedAt"]

    assert todo.call("DeleteTodo", list=own_list, id=made["id"]) == changed
    assert todo.call("ListTodos", list=own_list)["todos"] == []


def test_pages_visit_every_todo_once_the_newest_first(todo: Todo, own_list: str) -> None:
    made = [todo.call("CreateTodo", list=own_list, title=f"number {number}")["id"] for number in range(5)]
    seen: list[str] = []
    page: dict[str, Any] = {}
    while not seen or page["next"]:
        page = todo.call("ListTodos", list=own_list, limit=2, **({"next": page["next"]} if seen else {}))
        seen += [each["id"] for each in page["todos"]]
    assert seen == sorted(made, reverse=True)  # ids sort by age


@pytest.mark.parametrize(
    ("function", "event", "kind", "because"),
    [
        ("CreateTodo", {}, "ValidationError", "title is required."),
        ("CreateTodo", {"title": "x" * 201}, "ValidationError", "at most 200 characters"),
        ("UpdateTodo", {"id": "7", "done": True}, "ValidationError", "id must be"),
        ("ListTodos", {"limit": 0}, "ValidationError", "limit must be"),
        ("GetTodo", {"id": "019aa5b2-6f00-7c3e-9d41-5b7f0e2a9c11"}, "NotFoundError", "no such to-do"),
        ("UpdateTodo", {"id": "019aa5b2-6f00-7c3e-9d41-5b7f0e2a9c11", "done": True}, "NotFoundError", "no such to-do"),
        ("DeleteTodo", {"id": "019aa5b2-6f00-7c3e-9d41-5b7f0e2a9c11"}, "NotFoundError", "no such to-do"),
    ],
)
def test_a_callers_mistake_has_a_name_and_a_reason(
    todo: Todo, function: str, event: dict[str, Any], kind: str, because: str
) -> None:
    with pytest.raises(FunctionError) as refused:
        todo.call(function, **event)
    assert refused.value.args[0] == kind and because in refused.value.args[1]
    by_url = todo.send(function, "POST", event)
    assert by_url.status_code == (404 if kind == "NotFoundError" else 400)
    assert by_url.json() == {"error": kind, "message": refused.value.args[1]}


def test_the_urls_do_the_same(todo: Todo, own_list: str) -> None:
    made = todo.send("CreateTodo", "POST", {"list": own_list, "title": "Grüße"})
    assert (made.status_code, made.headers["content-type"]) == (201, "application/json"), made.text
    assert made.json()["title"] == "Grüße"
    which = {"list": own_list, "id": made.json()["id"]}
    by_query = f"?list={own_list}&id={made.json()['id']}"
    assert todo.send("GetTodo", "GET", query=by_query).json() == made.json()
    assert todo.send("UpdateTodo", "PUT", {**which, "done": True}).json()["done"] is True
    assert len(todo.send("ListTodos", "GET", query=f"?list={own_list}&limit=10").json()["todos"]) == 1
    assert todo.send("DeleteTodo", "DELETE", query=by_query).status_code == 200
    assert todo.send("DeleteTodo", "DELETE", query=by_query).status_code == 404


@pytest.mark.parametrize("body", [b"{not json", b"[]", b'"text"'])
def test_a_body_that_is_no_object_is_refused(todo: Todo, body: bytes) -> None:
    answer = todo.send("CreateTodo", "POST", body)
    assert (answer.status_code, answer.json()["error"]) == (400, "ValidationError")


@pytest.mark.parametrize("credentials", [None, Credentials("test", "wrong")], ids=["unsigned", "forged"])
def test_a_url_answers_nobody_without_a_good_signature(todo: Todo, credentials: Credentials | None) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"""
    answer = todo.send("ListTodos", "GET", credentials=credentials)
    assert answer.status_code == 403, answer.text


@pytest.mark.slow
def test_it_runs_under_its_generated_policies(todo: Todo) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege"""
    functions = ("CreateTodo", "GetTodo", "ListTodos", "UpdateTodo", "DeleteTodo")

    def is_refused() -> bool:
        with pytest.raises(FunctionError, match="AccessDenied"):
            todo.call("ListTodos", list="any")
        return True

    run_under_generated(
        todo.cloud,
        [todo.name(function) for function in functions],
        lambda: test_a_todo_lives_from_create_to_delete(todo, uuid.uuid4().hex),
        is_refused,
    )


@pytest.fixture
def reader(todo: Todo) -> Iterator[Credentials]:
    """Credentials of a role that may call ListTodos, by name and by URL, and nothing else."""
    iam, sts = todo.cloud.client("iam"), todo.cloud.client("sts")
    account = sts.get_caller_identity()["Account"]
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}
    arn = todo.cloud.client("lambda").get_function(FunctionName=todo.name("ListTodos"))["Configuration"]["FunctionArn"]
    allowed = {"Effect": "Allow", "Action": ["lambda:InvokeFunction", "lambda:InvokeFunctionUrl"], "Resource": arn}
    name = f"reader-{uuid.uuid4().hex[:8]}"

    def document(statement: dict[str, Any]) -> str:
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="read", PolicyDocument=document(allowed))
    made = sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    yield Credentials(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    iam.delete_role_policy(RoleName=name, PolicyName="read")
    iam.delete_role(RoleName=name)


def test_a_role_may_call_what_its_policy_says(todo: Todo, own_list: str, reader: Credentials) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"""
    listed = todo.send("ListTodos", "GET", query=f"?list={own_list}", credentials=reader)
    assert (listed.status_code, listed.json()) == (200, {"todos": [], "next": None})
    refused = todo.send("CreateTodo", "POST", {"list": own_list, "title": "no"}, credentials=reader)
    assert refused.status_code == 403, refused.text

    client = boto3.client(
        "lambda",
        endpoint_url=todo.cloud.endpoint,
        region_name="us-east-1",
        aws_access_key_id=reader.access_key,
        aws_secret_access_key=reader.secret_key,
        aws_session_token=reader.token,
    )
    try:
        event = json.dumps({"list": own_list})
        assert client.invoke(FunctionName=todo.name("ListTodos"), Payload=event)["StatusCode"] == 200
        with pytest.raises(ClientError, match="AccessDenied"):
            client.invoke(FunctionName=todo.name("CreateTodo"), Payload=json.dumps({"title": "no"}))
    finally:
        client.close()


def test_each_role_can_do_its_own_job_only(todo: Todo) -> None:
    """GetTodo, told to be DeleteTodo, is refused by IAM: its role may read."""
    aws = todo.cloud.client("lambda")
    name = todo.name("GetTodo")
    aws.update_function_configuration(FunctionName=name, Handler="delete-todo.handler")
    try:
        aws.get_waiter("function_updated_v2").wait(FunctionName=name)
        with pytest.raises(FunctionError) as refused:
            todo.call("GetTodo", id="019aa5b2-6f00-7c3e-9d41-5b7f0e2a9c11")
        assert refused.value.args[0] == "AccessDeniedException"
        assert "is not authorized to perform: dynamodb:DeleteItem" in refused.value.args[1]
    finally:
        aws.update_function_configuration(FunctionName=name, Handler="get-todo.handler")
        aws.get_waiter("function_updated_v2").wait(FunctionName=name)


def test_a_fault_of_ours_sets_the_alarm_off_and_a_callers_mistake_does_not(cloud: Cloud) -> None:
    """A stack of its own, because nothing else may fail in it."""
    system = Todo(cloud, "todo-alarm")
    poll(lambda: system.alarm_state() == "OK", timeout=60, what="the new alarm to be OK")
    with pytest.raises(FunctionError):
        system.call("CreateTodo", title="")
    assert system.errors_counted() == 0.0
    assert system.alarm_state() == "OK"

    aws = cloud.client("lambda")
    name = system.name("ListTodos")
    aws.update_function_configuration(FunctionName=name, Environment={"Variables": {"TABLE_NAME": "gone"}})
    aws.get_waiter("function_updated_v2").wait(FunctionName=name)
    with pytest.raises(FunctionError):
        system.call("ListTodos")
    poll(lambda: system.alarm_state() == "ALARM", timeout=60, what="the alarm")
    assert system.errors_counted() == 1.0
    assert system.send("ListTodos", "GET").status_code == 502
