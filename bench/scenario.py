"""The same application in every subject: deploy it, make a user, call it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from bench.subject import PASSWORD, USER, Subject
from bench.wire import Connection, request

STACK = "bench"
TEMPLATE = Path(__file__).with_name("template.yaml")
STAGE = "bench"


@dataclass(frozen=True)
class Application:
    """The deployed application's names; `token` is the user's id token."""

    api_id: str
    table: str
    token: str


def deploy(subject: Subject) -> tuple[float, dict[str, str]]:
    """Create the stack; ``(seconds until CREATE_COMPLETE, outputs)``."""
    cloudformation = subject.client("cloudformation")
    began = time.perf_counter()
    cloudformation.create_stack(
        StackName=STACK,
        TemplateBody=TEMPLATE.read_text(),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    while True:
        stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        if stack["StackStatus"] == "CREATE_COMPLETE":
            break
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            raise RuntimeError(f"{subject.name}: {stack['StackStatus']} {stack.get('StackStatusReason', '')}")
        time.sleep(0.01)
    seconds = time.perf_counter() - began
    return seconds, {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def sign_in(subject: Subject, outputs: dict[str, str]) -> Application:
    """Make a confirmed user and sign it in."""
    cognito = subject.client("cognito-idp")
    cognito.sign_up(ClientId=outputs["Client"], Username=USER, Password=PASSWORD)
    cognito.admin_confirm_sign_up(UserPoolId=outputs["Pool"], Username=USER)
    answer = cognito.initiate_auth(
        ClientId=outputs["Client"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": USER, "PASSWORD": PASSWORD},
    )
    return Application(outputs["ApiId"], outputs["Table"], answer["AuthenticationResult"]["IdToken"])


BODY = b'{"title":"measure twice"}'


class Caller:
    """Calls the API over one kept connection, as a browser does."""

    def __init__(self, subject: Subject, application: Application) -> None:
        self.connection = Connection(subject.port)
        self._headers = {
            "Host": f"{application.api_id}.execute-api.localhost:{subject.port}",
            "Authorization": application.token,
            "Content-Type": "application/json",
        }

    def message(self, method: str, path: str) -> bytes:
        """The request as it goes over the wire."""
        return request(method, f"/{STAGE}{path}", self._headers, BODY if method == "POST" else b"")

    def __call__(self, method: str, path: str) -> float:
        """One call; its milliseconds. Raises `RuntimeError` unless the answer is a success."""
        return self.timed(self.message(method, path))

    def timed(self, message: bytes) -> float:
        """The same with a request that was made before."""
        began = time.perf_counter()
        self.connection.call(message)
        return (time.perf_counter() - began) * 1000
