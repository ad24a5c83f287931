"""Systems deployed into a cloud under test, by the command that a user types."""

from __future__ import annotations

import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import httpx
import jwt

from tests.support.cloud import Cloud
from tests.support.mailbox import Mailbox
from tests.support.processes import ROOT

PASSWORD = "Correct-Horse-1"


def deploy(cloud: Cloud, template: Path, stack: str, *options: str) -> str:
    """`ground deploy`; what it printed. `AssertionError` with the output if it fails."""
    command = [sys.executable, "-m", "groundcloud.cli", "deploy", str(template), "--stack-name", stack, *options]
    done = subprocess.run(command, env=cloud.environ, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def outputs_of(cloud: Cloud, stack: str) -> dict[str, str]:
    found = cloud.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def resource_of(cloud: Cloud, stack: str, logical_id: str) -> str:
    """The physical name of a stack's resource."""
    asked = {"StackName": stack, "LogicalResourceId": logical_id}
    found = cloud.client("cloudformation").describe_stack_resource(**asked)
    return str(found["StackResourceDetail"]["PhysicalResourceId"])


class Site:
    """A system with a site and an API, deployed into the default account."""

    name = ""

    def __init__(self, cloud: Cloud, stack: str = "") -> None:
        self.cloud = cloud
        self.stack = stack or self.name
        self.printed = deploy(cloud, ROOT / "services" / self.name / "template.yaml", self.stack)
        self.outputs = outputs_of(cloud, self.stack)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.cloud.http.request(method, self.cloud.api_url(self.outputs["ApiId"], "prod", path), **options)

    def function(self, logical_id: str) -> str:
        """The physical name of a function."""
        return resource_of(self.cloud, self.stack, logical_id)

    @property
    def site(self) -> str:
        """The distribution's address, as a browser opens it."""
        return self.cloud.distribution_url(self.outputs["DistributionDomain"])


class CloudTask(Site):
    """CloudTask: people sign in with their e-mail address."""

    name = "cloudtask"

    def new_user(self, mailbox: Mailbox, email: str = "") -> User:
        """A user who signed up, read the code in the inbox, confirmed and signed in."""
        cognito = self.cloud.client("cognito-idp")
        email = email or f"{uuid.uuid4().hex}@example.com"
        client = self.outputs["UserPoolClientId"]
        cognito.sign_up(ClientId=client, Username=email, Password=PASSWORD)
        cognito.confirm_sign_up(ClientId=client, Username=email, ConfirmationCode=mailbox.code(email))
        answer = cognito.initiate_auth(
            ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD}
        )
        return User(self, email, answer["AuthenticationResult"])


class Greeting(Site):
    """Greeting: people sign in with a username."""

    name = "greeting"

    def register(self, mailbox: Mailbox, username: str, phone: str = "") -> User:
        """A user who registered, read the code where it was sent, confirmed and signed in."""
        cognito, client = self.cloud.client("cognito-idp"), self.outputs["UserPoolClientId"]
        email = f"{username}@example.com"
        given = {"email": email, **({"phone_number": phone} if phone else {})}
        attributes = [{"Name": name, "Value": value} for name, value in given.items()]
        cognito.sign_up(ClientId=client, Username=username, Password=PASSWORD, UserAttributes=attributes)
        code = mailbox.code(phone or email)
        cognito.confirm_sign_up(ClientId=client, Username=username, ConfirmationCode=code)
        answer = cognito.initiate_auth(
            ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": username, "PASSWORD": PASSWORD}
        )
        return User(self, email, answer["AuthenticationResult"])


class User:
    """Someone signed in to a system."""

    def __init__(self, system: Site, email: str, tokens: dict[str, Any]) -> None:
        self.email = email
        self.id_token = str(tokens["IdToken"])
        self.access_token = str(tokens["AccessToken"])
        self.refresh_token = str(tokens["RefreshToken"])
        self._system = system

    @property
    def claims(self) -> dict[str, Any]:
        return dict(jwt.decode(self.id_token, options={"verify_signature": False}))

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": self.id_token, "Content-Type": "application/json"}
        return self._system.request(method, path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return self.request("POST", path, json=body)

    def put(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return self.request("PUT", path, json=body)

    def delete(self, path: str) -> httpx.Response:
        return self.request("DELETE", path)
