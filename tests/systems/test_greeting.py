"""Greeting end to end, as its own page uses it: registration, the way of a name, files with temporary credentials."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.aws import REGION, Aws
from tests.support.cloud import Cloud
from tests.support.hostile_tokens import HOSTILE
from tests.support.mailbox import Mailbox
from tests.support.processes import poll
from tests.support.systems import PASSWORD, Greeting, User, resource_of

ARRIVAL = 30
"""Seconds that a name may take by the stream on a busy machine."""


def new_name(kind: str) -> str:
    return f"{kind}-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def ada(greeting: Greeting, cloud: Cloud) -> User:
    return greeting.register(Mailbox(cloud), new_name("ada"))


class Browser:
    """What the page does with a user's token: an identity, its credentials, S3."""

    def __init__(self, greeting: Greeting, user: User, token: str = "") -> None:
        outputs, endpoint = greeting.outputs, greeting.cloud.endpoint
        public = greeting.cloud.aws().client("cognito-identity", config=Config(signature_version=UNSIGNED))
        logins = {f"cognito-idp.{REGION}.amazonaws.com/{outputs['UserPoolId']}": token or user.id_token}
        self.identity = str(public.get_id(IdentityPoolId=outputs["IdentityPoolId"], Logins=logins)["IdentityId"])
        found = public.get_credentials_for_identity(IdentityId=self.identity, Logins=logins)["Credentials"]
        self.aws = Aws(endpoint, found["AccessKeyId"], secret=found["SecretKey"], token=found["SessionToken"])
        self.credentials = found
        self.s3 = self.aws.client("s3")
        self.bucket = outputs["FilesBucket"]


@pytest.fixture(scope="module")
def browser(greeting: Greeting, ada: User) -> Iterator[Browser]:
    browser = Browser(greeting, ada)
    yield browser
    browser.aws.close()


def greeted(user: User) -> httpx.Response:
    """The greeting, once the name has come by the stream."""
    answers: list[httpx.Response] = []

    def has_arrived() -> bool:
        answers.append(user.get("/greeting"))
        return answers[-1].status_code != 404

    poll(has_arrived, timeout=ARRIVAL, what="the name in Parameter Store")
    return answers[-1]


def test_who_registers_is_stored_remembered_and_greeted(greeting: Greeting, ada: User, cloud: Cloud) -> None:
    name, sub = ada.claims["cognito:username"], ada.claims["sub"]
    item = cloud.client("dynamodb").get_item(TableName=greeting.outputs["TableName"], Key={"userId": {"S": sub}})
    assert (item["Item"]["username"]["S"], item["Item"]["email"]["S"]) == (name, ada.email)
    answer = greeted(ada)
    assert (answer.status_code, answer.json()) == (200, {"greeting": f"hello {name}"})
    stored = cloud.client("ssm").get_parameter(Name=f"{greeting.outputs['ParameterPath']}/{sub}")
    assert stored["Parameter"]["Value"] == name


def test_the_profile_lands_in_s3(greeting: Greeting, ada: User, cloud: Cloud) -> None:
    s3, key = cloud.client("s3"), f"profiles/{ada.claims['sub']}.json"
    bucket = greeting.outputs["FilesBucket"]

    def written() -> bool:
        return bool(s3.list_objects_v2(Bucket=bucket, Prefix=key).get("KeyCount"))

    poll(written, timeout=ARRIVAL, what="the profile in S3")
    profile = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    assert profile["username"] == ada.claims["cognito:username"] and profile["email"] == ada.email


def test_with_a_phone_number_the_code_comes_by_text_message(greeting: Greeting, mailbox: Mailbox) -> None:
    """cognito/latest/developerguide/user-pool-settings-email-phone-verification.html: of both, the phone's is sent."""
    name = new_name("bob")
    phone = f"+1555{uuid.uuid4().int % 10**7:07d}"
    bob = greeting.register(mailbox, name, phone)
    assert bob.claims["phone_number_verified"] is True
    assert greeted(bob).json() == {"greeting": f"hello {name}"}


def test_a_greeting_needs_a_token(greeting: Greeting) -> None:
    answer = greeting.request("GET", "/greeting", headers={"Origin": "https://example.com"})
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_hostile_tokens_open_neither_door(greeting: Greeting, ada: User, make: Callable[[User], str]) -> None:
    """Neither the API nor the identity pool."""
    token = make(ada)
    answer = greeting.request("GET", "/greeting", headers={"Authorization": token})
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})
    with pytest.raises(ClientError, match="NotAuthorizedException"):
        Browser(greeting, ada, token)


def test_nothing_secret_is_logged(greeting: Greeting, ada: User, browser: Browser, cloud: Cloud) -> None:
    """Not in the cloud's log, and not in those of the functions."""
    greeted(ada)
    logs = cloud.client("logs")
    functions = ("StoreUser", "WriteProfile", "RememberName", "Greet")
    groups = [resource_of(cloud, greeting.stack, f"{name}Logs") for name in functions]

    def written() -> str:
        pages = [logs.filter_log_events(logGroupName=group) for group in groups]
        return cloud.child.log_tail(100_000) + "".join(event["message"] for page in pages for event in page["events"])

    poll(lambda: "greeted" in written(), timeout=ARRIVAL, what="the log of Greet")
    everything = written()
    keys = browser.credentials
    for secret in (PASSWORD, ada.id_token, ada.refresh_token, keys["SecretKey"], keys["SessionToken"]):
        assert secret not in everything


def test_users_keep_files_in_a_folder_of_their_own(browser: Browser) -> None:
    folder = f"private/{browser.identity}/"
    browser.s3.put_object(Bucket=browser.bucket, Key=f"{folder}note.txt", Body=b"mine")
    assert browser.s3.get_object(Bucket=browser.bucket, Key=f"{folder}note.txt")["Body"].read() == b"mine"
    listed = browser.s3.list_objects_v2(Bucket=browser.bucket, Prefix=folder)
    assert f"{folder}note.txt" in [one["Key"] for one in listed["Contents"]]


def _calls(browser: Browser, other: str, sub: str) -> list[tuple[str, Any, dict[str, Any]]]:
    s3, aws = browser.s3, browser.aws
    in_bucket = {"Bucket": browser.bucket}
    return [
        ("read another's file", s3.get_object, {**in_bucket, "Key": f"private/{other}/note.txt"}),
        ("write another's file", s3.put_object, {**in_bucket, "Key": f"private/{other}/note.txt", "Body": b"x"}),
        ("list another's folder", s3.list_objects_v2, {**in_bucket, "Prefix": f"private/{other}/"}),
        ("list the whole bucket", s3.list_objects_v2, in_bucket),
        ("read the own profile", s3.get_object, {**in_bucket, "Key": f"profiles/{sub}.json"}),
        ("delete an own file", s3.delete_object, {**in_bucket, "Key": f"private/{browser.identity}/note.txt"}),
        ("list buckets", s3.list_buckets, {}),
        ("read the table", aws.client("dynamodb").list_tables, {}),
        ("read a parameter", aws.client("ssm").describe_parameters, {}),
    ]


def test_users_reach_nothing_else(greeting: Greeting, browser: Browser, ada: User, mailbox: Mailbox) -> None:
    """IAM/latest/UserGuide/reference_policies_examples_s3_cognito-bucket.html."""
    other = Browser(greeting, greeting.register(mailbox, new_name("eve")))
    other.s3.put_object(Bucket=other.bucket, Key=f"private/{other.identity}/note.txt", Body=b"theirs")
    other.aws.close()
    for what, call, params in _calls(browser, other.identity, ada.claims["sub"]):
        with pytest.raises(ClientError) as refused:
            call(**params)
        assert refused.value.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException"), what


def test_a_user_who_was_disabled_gets_no_credentials(greeting: Greeting, cloud: Cloud, mailbox: Mailbox) -> None:
    """The identity pool has ServerSideTokenCheck on."""
    name = new_name("mallory")
    mallory = greeting.register(mailbox, name)
    cloud.client("cognito-idp").admin_disable_user(UserPoolId=greeting.outputs["UserPoolId"], Username=name)
    with pytest.raises(ClientError, match="NotAuthorizedException"):
        Browser(greeting, mallory)


def test_pages_of_any_origin_may_ask_the_bucket(greeting: Greeting, cloud: Cloud) -> None:
    """AmazonS3/latest/userguide/cors.html: the preflight before a PUT that JavaScript makes."""
    asked = {
        "Origin": "https://example.com",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization,x-amz-date,x-amz-security-token,x-amz-content-sha256",
    }
    answer = cloud.http.options(f"{cloud.endpoint}/{greeting.outputs['FilesBucket']}/private/x", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] in ("*", "https://example.com")
    assert "PUT" in answer.headers["access-control-allow-methods"]
    assert "x-amz-security-token" in answer.headers["access-control-allow-headers"].lower()
