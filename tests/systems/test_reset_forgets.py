"""No part forgets to forget: after a reset, the process and its files hold nothing of the account that was used."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from groundcloud.testing.mailbox import Mailbox
from groundcloud.testing.stage import Applications
from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.processes import ROOT, Child, poll
from tests.support.remains import ANSWER, ASK
from tests.support.traces import details

ACCOUNT = "424242424242"
EMAIL = "who-was-here@example.com"
PASSWORD = "Correct-Horse-1"
TEMPLATE = ROOT / "services" / "cloudtask" / "template.yaml"


class Searched(Cloud):
    """A cloud whose memory can be searched."""

    def start(self) -> Searched:
        arguments = ["-m", "tests.support.remains", ACCOUNT, EMAIL]
        self._child = Child(arguments, environ=self.environ, log=self.home / "logs" / "cloud.log")
        self._child.wait_until(self.healthy, timeout=60, what="the cloud's health route")
        return self

    def remains(self) -> list[tuple[str, str]]:
        (self.home / ASK).touch()
        poll((self.home / ANSWER).exists, timeout=110, what="the search")
        found = [(owner, text) for owner, text in json.loads((self.home / ANSWER).read_text())]
        (self.home / ANSWER).unlink()
        return found

    def nothing_remains(self) -> None:
        """Once environments that were still ending have ended: on a busy machine they take a while."""
        found: list[tuple[str, str]] = []

        def gone() -> bool:
            found[:] = self.remains()
            return not found

        try:
            poll(gone, timeout=60, what="the last of the account to go")
        except AssertionError as error:
            raise AssertionError("\n".join(map(str, found))) from error


@pytest.fixture
def searched(tmp_path: Path) -> Iterator[Searched]:
    cloud = Searched(tmp_path)
    yield cloud.start()
    cloud.close()


def use(cloud: Cloud, applications: Applications, account: str, email: str) -> None:
    """Deploy CloudTask and do what a day brings: sign up, sign in, call it, look at its site, call without waiting."""
    stage, aws = applications.stage(account), Aws(cloud.endpoint, account)
    stack = stage.deploy(TEMPLATE, "app")
    users, client = aws.client("cognito-idp"), stack.outputs["UserPoolClientId"]
    users.sign_up(ClientId=client, Username=email, Password=PASSWORD)
    users.confirm_sign_up(ClientId=client, Username=email, ConfirmationCode=Mailbox(cloud).code(email))
    parameters = {"USERNAME": email, "PASSWORD": PASSWORD}
    answer = users.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
    headers = {"Authorization": answer["AuthenticationResult"]["IdToken"]}
    assert cloud.http.post(stack.api_url("/tasks"), headers=headers, json={"title": email}).status_code == 201
    assert cloud.http.get(cloud.distribution_url(stack.outputs["DistributionDomain"])).status_code == 200
    aws.client("lambda").invoke(FunctionName=stack.resources["GetTasks"], InvocationType="Event", Payload=b"{}")
    aws.client("logs").describe_log_groups()
    aws.client("cloudwatch").list_metrics()
    aws.close()
    stage.close()


def rows(home: Path) -> list[str]:
    """Every row of every database of ours that tells of the account."""
    found = []
    for file in home.rglob("*.sqlite"):
        database = sqlite3.connect(file.as_uri() + "?mode=ro", uri=True)
        found += [f"{file.name}: {line}" for line in database.iterdump() if ACCOUNT in line or EMAIL in line]
        database.close()
    return found + [one for one in details(home) if ACCOUNT in one or EMAIL in one]


@pytest.mark.timeout(300)
def test_nothing_of_an_account_remains(searched: Searched) -> None:
    applications = Applications(searched, ROOT)
    use(searched, applications, ACCOUNT, EMAIL)
    assert searched.remains(), "the search finds what is there"
    assert rows(searched.home)
    searched.reset()
    # What is compiled is thrown away when it is next looked at.
    use(searched, applications, new_account(), "somebody-else@example.com")
    applications.close()
    searched.nothing_remains()
    assert rows(searched.home) == []
    texts = [file for file in (searched.home / "state").rglob("*.json") if ACCOUNT in file.read_text()]
    assert texts == []
