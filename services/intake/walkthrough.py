#!/usr/bin/env python3
"""Intake's three failures, each made on purpose, looked at, and repaired.

    On AWS:          ./walkthrough.py
    On Groundcloud:  AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test \\
                     AWS_DEFAULT_REGION=us-east-1 .venv/bin/python services/intake/walkthrough.py

The script is the same both times and needs boto3. It deploys `template.yaml` as a stack of its own (NAME, below),
makes one user, and removes both at the end, also when a step fails. On AWS it costs less than a cent.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import secrets
import sys
import time
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import boto3
import urllib3
from botocore.exceptions import WaiterError

HERE = Path(__file__).resolve().parent
NAME = os.environ.get("NAME", f"intake-walkthrough-{secrets.token_hex(3)}")
PUT_ITEM = re.compile(r" *- Sid: StoreRecords\n(?: {16}.*\n)+")
"""The statement of SubmitRecord's role that the first failure takes away."""


def step(text: str) -> None:
    print(f"\n== {text}", flush=True)


class Web:
    """HTTP to the stack's addresses: to AWS itself, or to where AWS_ENDPOINT_URL says that AWS is."""

    def __init__(self) -> None:
        self._endpoint = os.environ.get("AWS_ENDPOINT_URL", "").rstrip("/")
        self._pool = urllib3.PoolManager(retries=False)
        self._cookies: dict[str, str] = {}

    def send(self, method: str, url: str, headers: dict[str, str] | None = None, body: str | None = None) -> Any:
        """One request, redirects not followed; cookies are kept as a browser keeps them."""
        to = urlsplit(url)
        address = f"{self._endpoint}{to.path}?{to.query}" if self._endpoint else url
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        sent = {"Host": to.netloc, **({"Cookie": cookie} if cookie else {}), **(headers or {})}
        answer = self._pool.request(method, address, headers=sent, body=body, redirect=False)
        for line in answer.headers.getlist("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer

    def forget(self) -> None:
        """Be another person's browser: the hosted pages remember who signed in."""
        self._cookies.clear()

    def form(self, url: str, fields: dict[str, str]) -> Any:
        return self.send("POST", url, {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(fields))


class Form(HTMLParser):
    """The first form of a page that asks for a password: where it goes, and the fields that are filled in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action, self.fields, self._found, self._open = "", {}, False, False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and not self._found:
            self._open, self.action, self.fields = True, given.get("action", ""), {}
        elif tag == "input" and self._open and given.get("name"):
            self.fields[given["name"]] = given.get("value", "")
            self._found = self._found or given.get("type") == "password"

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False


class Intake:
    """The stack, its user, and its API."""

    def __init__(self) -> None:
        self._cloudformation, self._s3 = boto3.client("cloudformation"), boto3.client("s3")
        self._cognito, self._logs = boto3.client("cognito-idp"), boto3.client("logs")
        self._web = Web()
        self._bucket = f"{NAME}-code"
        self._made = False
        self.outputs: dict[str, str] = {}

    def deploy(self, template: str) -> None:
        """Create or update the stack, the functions zipped from `functions/`, and wait for its end."""
        if not self._made:
            self._make_bucket()
            self._made = True
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for file in sorted((HERE / "functions").glob("*.py")):
                archive.write(file, file.name)
        key = f"{hashlib.sha256(packed.getvalue()).hexdigest()}.zip"
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=packed.getvalue())
        body = template.replace("CodeUri: functions/", f"CodeUri: s3://{self._bucket}/{key}")
        known = self._cloudformation
        change, kind = f"change-{secrets.token_hex(4)}", "UPDATE" if self.outputs else "CREATE"
        known.create_change_set(
            StackName=NAME,
            ChangeSetName=change,
            ChangeSetType=kind,
            TemplateBody=body,
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        often = {"Delay": 1, "MaxAttempts": 600}
        known.get_waiter("change_set_create_complete").wait(StackName=NAME, ChangeSetName=change, WaiterConfig=often)
        known.execute_change_set(StackName=NAME, ChangeSetName=change)
        known.get_waiter(f"stack_{kind.lower()}_complete").wait(StackName=NAME, WaiterConfig=often)
        found = known.describe_stacks(StackName=NAME)["Stacks"][0]["Outputs"]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in found}

    def _make_bucket(self) -> None:
        region = self._s3.meta.region_name
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        self._s3.create_bucket(Bucket=self._bucket, **place)

    def make_user(self, email: str, password: str) -> None:
        pool = self.outputs["UserPoolId"]
        given = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        self._cognito.admin_create_user(UserPoolId=pool, Username=email, UserAttributes=given, MessageAction="SUPPRESS")
        self._cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)

    def sign_in(self, email: str, password: str) -> dict[str, str]:
        """Both tokens, by the authorization code with PKCE, through the hosted pages as a browser goes through them."""
        self._web.forget()
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        digest = hashlib.sha256(verifier.encode()).digest()
        client = {"client_id": self.outputs["UserPoolClientId"], "redirect_uri": self.outputs["CallbackUrl"]}
        asked = {
            **client,
            "response_type": "code",
            "scope": "openid email intake/submit",
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        url = f"{self.outputs['HostedPagesUrl']}/oauth2/authorize?{urlencode(asked)}"
        answer = self._web.send("GET", url)
        while answer.status in (302, 303):
            url = urljoin(url, answer.headers["location"])
            answer = self._web.send("GET", url)
        form = Form(answer.data.decode())
        url = urljoin(url, form.action)
        answer = self._web.form(url, {**form.fields, "username": email, "password": password})
        back = urljoin(url, answer.headers.get("location", ""))
        if not back.startswith(client["redirect_uri"]):
            raise SystemExit(f"The hosted pages did not sign {email} in: {answer.status}")
        given = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
        if given["state"] != state:
            raise SystemExit("The answer belongs to another sign-in: its state is not ours")
        swap = {**client, "grant_type": "authorization_code", "code": given["code"], "code_verifier": verifier}
        tokens = json.loads(self._web.form(f"{self.outputs['HostedPagesUrl']}/oauth2/token", swap).data)
        return {"id": tokens["id_token"], "access": tokens["access_token"]}

    def call(self, method: str, token: str = "", body: str | None = None) -> tuple[int, Any]:
        """One call of /records, shown as it goes and as it is answered."""
        headers = {"Content-Type": "application/json", **({"Authorization": token} if token else {})}
        answer = self._web.send(method, f"{self.outputs['ApiUrl']}/records", headers, body)
        print(f"{method} /records {body or ''} -> {answer.status} {answer.data.decode()}", flush=True)
        return answer.status, json.loads(answer.data)

    def log_says(self, words: str, seconds: float = 60) -> str:
        """The line of SubmitRecord's log with `words` in it; CloudWatch Logs shows it some seconds late."""
        group = self._resource("SubmitRecordLogs")
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for event in self._logs.filter_log_events(logGroupName=group, filterPattern=f'"{words}"')["events"]:
                return str(event["message"]).strip().splitlines()[0]
            time.sleep(1)
        raise SystemExit(f"The log of SubmitRecord does not say {words!r}")

    def _resource(self, logical_id: str) -> str:
        found = self._cloudformation.describe_stack_resource(StackName=NAME, LogicalResourceId=logical_id)
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def remove(self) -> None:
        if not self._made:
            return
        self._empty(self._bucket)
        self._s3.delete_bucket(Bucket=self._bucket)
        if "BucketName" in self.outputs:
            self._empty(self.outputs["BucketName"])
        self._cloudformation.delete_stack(StackName=NAME)
        self._cloudformation.get_waiter("stack_delete_complete").wait(
            StackName=NAME, WaiterConfig={"Delay": 1, "MaxAttempts": 600}
        )

    def _empty(self, bucket: str) -> None:
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for entry in page.get("Contents", []):
                self._s3.delete_object(Bucket=bucket, Key=entry["Key"])


def expect(found: Any, wanted: Any) -> None:
    if found != wanted:
        raise SystemExit(f"Expected {wanted!r}, and found {found!r}")


def until(wanted: int, call: Any) -> Any:
    """Call until that status comes: on AWS a changed policy or API takes some seconds to arrive everywhere."""
    deadline = time.monotonic() + 60
    status, body = call()
    while status != wanted and time.monotonic() < deadline:
        time.sleep(2)
        status, body = call()
    expect(status, wanted)
    return body


def walk(intake: Intake) -> None:
    template = (HERE / "template.yaml").read_text()
    email, password = "ada@example.com", f"Aa1-{secrets.token_urlsafe(12)}"
    record = json.dumps({"data": {"temperature": 21.5, "unit": "C"}})

    step("1. The role lacks dynamodb:PutItem")
    intake.deploy(PUT_ITEM.sub("", template))
    intake.make_user(email, password)
    tokens = intake.sign_in(email, password)
    expect(intake.call("POST", tokens["access"], record), (502, {"message": "Internal server error"}))
    print(intake.log_says("is not authorized to perform: dynamodb:PutItem"))

    step("   Repaired: deploy the template with the statement in it")
    intake.deploy(template)
    stored = until(201, lambda: intake.call("POST", tokens["access"], record))
    print(f"   Processed record: s3://{intake.outputs['BucketName']}/{stored['output']}")

    step("2. A missing token, a wrong one, and one of the wrong kind")
    for token in ("", "nonsense", tokens["id"]):
        expect(intake.call("POST", token, record)[0], 401)
    expect(intake.call("GET", tokens["access"])[0], 401)
    step("   Repaired: POST with the access token, GET with the id token")
    expect(intake.call("POST", tokens["access"], record)[0], 201)
    status, found = intake.call("GET", tokens["id"])
    expect((status, len(found["records"]) >= 2), (200, True))

    step("3. Malformed JSON, and data of somebody else")
    for body in ('{"data": ', '{"data": {"n": NaN}}', "[]", "{}", '{"user_id": "bob", "data": {"n": 1}}'):
        expect(intake.call("POST", tokens["access"], body)[0], 400)
    step("   Repaired: the same as JSON")
    expect(intake.call("POST", tokens["access"], '{"data": {"n": 1}}')[0], 201)
    step("Done")


def main() -> int:
    intake = Intake()
    try:
        walk(intake)
    except WaiterError as error:
        raise SystemExit(f"The stack {NAME} did not get there: {error}") from error
    finally:
        step("Remove everything")
        intake.remove()
    return 0


if __name__ == "__main__":
    sys.exit(main())
