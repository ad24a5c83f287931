"""CloudTask end to end, as its own clients use it: boto3 for Cognito, HTTP for the API and the site."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import httpx
import pytest

from tests.support.cloud import Cloud
from tests.support.hostile_tokens import HOSTILE
from tests.support.mailbox import Mailbox
from tests.support.systems import CloudTask, User

ORIGIN = "https://tasks.example.com"


@pytest.fixture(scope="module")
def alice(cloudtask: CloudTask, cloud: Cloud) -> User:
    return cloudtask.new_user(Mailbox(cloud))


@pytest.fixture(scope="module")
def bob(cloudtask: CloudTask, cloud: Cloud) -> User:
    return cloudtask.new_user(Mailbox(cloud))


def test_a_task_lives_from_post_to_delete(alice: User) -> None:
    created = alice.post("/tasks", {"title": "Water the plants", "description": "All of them"})
    assert created.status_code == 201, created.text
    task = created.json()
    assert task["title"] == "Water the plants" and task["done"] is False

    assert task in alice.get("/tasks").json()["tasks"]

    changed = alice.put(f"/tasks/{task['taskId']}", {"done": True, "title": "Water the garden"})
    assert changed.status_code == 200, changed.text
    assert changed.json()["done"] is True and changed.json()["title"] == "Water the garden"

    assert alice.delete(f"/tasks/{task['taskId']}").status_code in (200, 204)
    assert all(one["taskId"] != task["taskId"] for one in alice.get("/tasks").json()["tasks"])


def test_another_user_sees_and_reaches_nothing(alice: User, bob: User) -> None:
    task = alice.post("/tasks", {"title": "Private"}).json()
    assert all(one["taskId"] != task["taskId"] for one in bob.get("/tasks").json()["tasks"])
    assert bob.put(f"/tasks/{task['taskId']}", {"done": True}).status_code == 404
    assert bob.delete(f"/tasks/{task['taskId']}").status_code == 404
    assert alice.put(f"/tasks/{task['taskId']}", {"done": True}).status_code == 200


def test_paging_visits_every_task_once(cloudtask: CloudTask, mailbox: Mailbox) -> None:
    user = cloudtask.new_user(mailbox)
    made = {user.post("/tasks", {"title": f"number {number}"}).json()["taskId"] for number in range(7)}
    seen: list[str] = []
    token = ""
    while True:
        page = user.get("/tasks", params={"limit": "3"} | ({"nextToken": token} if token else {})).json()
        seen += [task["taskId"] for task in page["tasks"]]
        token = page["nextToken"] or ""
        if not token:
            break
    assert len(seen) == 7 and set(seen) == made


@pytest.mark.parametrize(
    ("body", "because"),
    [
        (b"{not json", "JSON"),
        (b"[]", "object"),
        (b"{}", "title"),
        (json.dumps({"title": "   "}).encode(), "title"),
        (json.dumps({"title": "x" * 201}).encode(), "title"),
        (json.dumps({"title": 7}).encode(), "title"),
        (json.dumps({"title": "ok", "description": "x" * 2001}).encode(), "description"),
        (json.dumps({"title": "ok", "owner": "me"}).encode(), "owner"),
    ],
)
def test_bad_bodies_are_400_with_a_reason(alice: User, body: bytes, because: str) -> None:
    answer = alice.request("POST", "/tasks", content=body)
    assert answer.status_code == 400
    assert because.lower() in answer.json()["message"].lower()


def test_every_error_carries_cors_headers(cloudtask: CloudTask) -> None:
    """A browser hides an answer without them: apigateway/latest/developerguide/how-to-cors.html."""
    refused = cloudtask.request("GET", "/tasks", headers={"Origin": ORIGIN})
    unknown = cloudtask.request("GET", "/nothing/here", headers={"Origin": ORIGIN})
    for answer, status in ((refused, 401), (unknown, 403)):
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", ["/tasks", "/tasks/one"])
def test_preflight_answers_exactly_what_was_deployed(cloudtask: CloudTask, path: str) -> None:
    answer = cloudtask.request("OPTIONS", path, headers={"Origin": ORIGIN, "Access-Control-Request-Method": "POST"})
    assert answer.status_code == 200
    cors = {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}
    assert cors == {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET,POST,PUT,DELETE,OPTIONS",
        "access-control-allow-headers": "Authorization,Content-Type",
        "access-control-max-age": "600",
    }


def test_all_forms_of_the_url_reach_the_api(cloudtask: CloudTask, alice: User, cloud: Cloud) -> None:
    api, stage = cloudtask.outputs["ApiId"], "prod"
    hosts = [
        f"http://{api}.execute-api.localhost:{cloud.port}/{stage}/tasks",
        f"http://{api}.execute-api.localhost.localstack.cloud:{cloud.port}/{stage}/tasks",
        f"http://{api}.execute-api.us-east-1.amazonaws.com/{stage}/tasks",
        f"{cloud.endpoint}/_aws/execute-api/{api}/{stage}/tasks",
        f"{cloud.endpoint}/restapis/{api}/{stage}/_user_request_/tasks",
    ]
    for url in hosts:
        answer = cloud.http.get(url, headers={"Authorization": alice.id_token})
        assert answer.status_code == 200, f"{url}: {answer.status_code} {answer.text}"


# --- Tokens that must not open the door ----------------------------------------------------------------------


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_hostile_tokens_are_401(cloudtask: CloudTask, alice: User, make: Any) -> None:
    answer = cloudtask.request("GET", "/tasks", headers={"Authorization": make(alice)})
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})
    assert answer.headers["x-amzn-errortype"] == "UnauthorizedException"


@pytest.mark.parametrize("token", ["", "Bearer", "nonsense", "a.b.c", "é" * 4, "x" * 9000])
def test_what_is_no_token_at_all_is_401(cloudtask: CloudTask, token: str) -> None:
    headers = [(b"Authorization", token.encode())] if token else []
    answer = cloudtask.request("GET", "/tasks", headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})


def test_a_token_of_another_pool_is_401(cloudtask: CloudTask, cloud: Cloud) -> None:
    cognito = cloud.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="other")["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="c", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    )["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool, Username="eve", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username="eve", Password="Evil-Pass-1", Permanent=True)
    signed_in = cognito.initiate_auth(
        ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "eve", "PASSWORD": "Evil-Pass-1"}
    )["AuthenticationResult"]
    cognito.delete_user_pool(UserPoolId=pool)
    answer = cloudtask.request("GET", "/tasks", headers={"Authorization": signed_in["IdToken"]})
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})


def test_bearer_and_raw_tokens_are_both_taken(cloudtask: CloudTask, alice: User) -> None:
    for token in (alice.id_token, f"Bearer {alice.id_token}"):
        assert cloudtask.request("GET", "/tasks", headers={"Authorization": token}).status_code == 200


# --- Sign-in --------------------------------------------------------------------------------------------------


def test_a_wrong_code_is_refused_and_the_right_one_works_once(
    cloudtask: CloudTask, cloud: Cloud, mailbox: Mailbox
) -> None:
    cognito = cloud.client("cognito-idp")
    email = f"{uuid.uuid4().hex}@example.com"
    client = cloudtask.outputs["UserPoolClientId"]
    cognito.sign_up(ClientId=client, Username=email, Password="Correct-Horse-1")
    code = mailbox.code(email)
    assert len(code) == 6 and code.isdigit()
    wrong = "111111" if code != "111111" else "222222"
    with pytest.raises(cognito.exceptions.CodeMismatchException, match="Invalid verification code provided"):
        cognito.confirm_sign_up(ClientId=client, Username=email, ConfirmationCode=wrong)
    with pytest.raises(cognito.exceptions.UserNotConfirmedException):
        cognito.initiate_auth(
            ClientId=client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": "Correct-Horse-1"},
        )
    cognito.confirm_sign_up(ClientId=client, Username=email, ConfirmationCode=code)
    with pytest.raises(cognito.exceptions.NotAuthorizedException, match="Current status is CONFIRMED"):
        cognito.confirm_sign_up(ClientId=client, Username=email, ConfirmationCode=code)


def test_refresh_gives_a_token_that_works(cloudtask: CloudTask, cloud: Cloud, alice: User) -> None:
    answer = cloud.client("cognito-idp").initiate_auth(
        ClientId=cloudtask.outputs["UserPoolClientId"],
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": alice.refresh_token},
    )
    token = answer["AuthenticationResult"]["IdToken"]
    assert cloudtask.request("GET", "/tasks", headers={"Authorization": token}).status_code == 200


# --- Limits and odd requests -----------------------------------------------------------------------------------


def test_ten_megabytes_are_413_and_the_next_call_works(alice: User) -> None:
    answer = alice.request("POST", "/tasks", content=b"x" * (10 * 1024 * 1024 + 1))
    assert answer.status_code == 413 and answer.json() == {"message": "Request Too Long"}
    assert alice.get("/tasks").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/nope"), ("PATCH", "/tasks"), ("GET", "/tasks/one"), ("GET", "/")]
)
def test_unknown_paths_and_methods_are_403(alice: User, method: str, path: str) -> None:
    answer = alice.request(method, path)
    assert (answer.status_code, answer.json()) == (403, {"message": "Missing Authentication Token"})
    assert answer.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"


def test_an_unknown_stage_is_403(cloudtask: CloudTask, cloud: Cloud) -> None:
    answer = cloud.http.get(cloud.api_url(cloudtask.outputs["ApiId"], "nostage", "/tasks"))
    assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})


def test_answers_carry_awss_headers(alice: User) -> None:
    answer = alice.get("/tasks")
    assert answer.headers["x-amzn-requestid"] and answer.headers["x-amz-apigw-id"]
    assert answer.headers["x-amzn-trace-id"].startswith("Root=1-")


# --- What lies behind ------------------------------------------------------------------------------------------


def test_each_function_has_a_role_that_may_do_one_thing(cloudtask: CloudTask, cloud: Cloud) -> None:
    """The role of GetTasks may query, and is denied a write with AWS's message."""
    function = cloudtask.function("GetTasks")
    role = cloud.client("lambda").get_function_configuration(FunctionName=function)["Role"]
    credentials = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    import boto3

    dynamodb = boto3.client(
        "dynamodb",
        endpoint_url=cloud.endpoint,
        region_name="us-east-1",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
    table = cloudtask.outputs["TableName"]
    with pytest.raises(dynamodb.exceptions.ClientError) as refused:
        dynamodb.put_item(TableName=table, Item={"userId": {"S": "u"}, "taskId": {"S": "t"}})
    dynamodb.close()
    error = refused.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert (
        f"assumed-role/{role.rpartition('/')[2]}/test is not authorized to perform: dynamodb:PutItem"
        in error["Message"]
    )
    assert "because no identity-based policy allows the dynamodb:PutItem action" in error["Message"]


def test_calls_are_logged_with_start_end_and_report(cloudtask: CloudTask, cloud: Cloud, alice: User) -> None:
    alice.get("/tasks")
    logs = cloud.client("logs")
    function = cloudtask.function("GetTasks")
    configuration = cloud.client("lambda").get_function_configuration(FunctionName=function)
    group = configuration["LoggingConfig"]["LogGroup"]
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        messages = [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]
        if any(message.startswith("REPORT RequestId:") for message in messages):
            break
    assert any(message.startswith("START RequestId:") for message in messages)
    assert any('"route": "GET /tasks"' in message for message in messages)
    assert any(message.startswith("END RequestId:") for message in messages)
    report = next(message for message in messages if message.startswith("REPORT"))
    assert "Memory Size: 256 MB" in report and "Max Memory Used:" in report


# --- The site ----------------------------------------------------------------------------------------------------


def test_the_distribution_serves_the_site_and_caches_it(cloudtask: CloudTask, cloud: Cloud) -> None:
    url = cloud.distribution_url(cloudtask.outputs["DistributionDomain"])
    first, second = cloud.http.get(url), cloud.http.get(url)
    assert first.status_code == second.status_code == 200
    assert "CloudTask" in first.text and first.headers["content-type"].startswith("text/html")
    assert second.headers["x-cache"] == "Hit from cloudfront"
    missing = cloud.http.get(cloud.distribution_url(cloudtask.outputs["DistributionDomain"], "/no/such/page"))
    assert missing.status_code == 404 and missing.headers["x-cache"] == "Error from cloudfront"
    assert missing.headers["content-type"].startswith("text/html")


def test_the_site_knows_its_addresses(cloudtask: CloudTask, cloud: Cloud) -> None:
    config = cloud.http.get(cloud.distribution_url(cloudtask.outputs["DistributionDomain"], "/config.json")).json()
    assert config["userPoolId"] == cloudtask.outputs["UserPoolId"]
    assert config["clientId"] == cloudtask.outputs["UserPoolClientId"]
    answer = httpx.Response(200) if not config["apiUrl"] else cloud.http.options(f"{config['apiUrl']}/tasks")
    assert answer.status_code == 200 and "access-control-allow-origin" in answer.headers


def test_the_website_endpoint_serves_it_too(cloudtask: CloudTask, cloud: Cloud) -> None:
    bucket = cloudtask.outputs["SiteBucket"]
    assert "CloudTask" in cloud.http.get(cloud.website_url(bucket)).text
    assert cloud.http.get(cloud.website_url(bucket, "/no/such/page")).status_code == 404
