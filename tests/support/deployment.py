"""Deploying an application into the cloud under test, by the deploy library, as `make up` does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundcloud.deploy.deployer import DeployRequest, deployer_for
from groundcloud.deploy.report import SilentReporter
from groundcloud.settings import Settings
from tests.support.aws import REGION
from tests.support.cloud import Cloud
from tests.support.mailbox import Mailbox
from tests.support.tree import ROOT

CLOUDTASK = ROOT / "services" / "cloudtask" / "template.yaml"
DEFAULT_ACCOUNT = "000000000000"
PASSWORD = "Groundcloud1"


@dataclass(frozen=True)
class Deployed:
    """An application that runs in `cloud`: its stack's outputs, and which account owns it."""

    cloud: Cloud
    account: str
    stack: str
    outputs: dict[str, str]

    def client(self, service: str) -> Any:
        return self.cloud.client(service, "test" if self.account == DEFAULT_ACCOUNT else self.account)

    @property
    def site(self) -> str:
        """The distribution's address, as a browser opens it."""
        return self.cloud.distribution_url(self.outputs["DistributionDomain"])

    @property
    def api(self) -> str:
        """The REST API's address without a path."""
        return self.cloud.api_url(self.outputs["ApiId"], "prod")

    def sign_up(self, email: str) -> None:
        """Make a user by Cognito's API and the mailed code, with the password `PASSWORD`."""
        users, client = self.client("cognito-idp"), self.outputs["UserPoolClientId"]
        users.sign_up(ClientId=client, Username=email, Password=PASSWORD)
        code = Mailbox(self.cloud).code(email)
        users.confirm_sign_up(ClientId=client, Username=email, ConfirmationCode=code)

    def id_token(self, email: str) -> str:
        """Sign in by Cognito's API."""
        answer = self.client("cognito-idp").initiate_auth(
            ClientId=self.outputs["UserPoolClientId"],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
        )
        return str(answer["AuthenticationResult"]["IdToken"])


def deploy(cloud: Cloud, template: Path, stack_name: str = "", account: str = DEFAULT_ACCOUNT) -> Deployed:
    """Deploy `template` into `account`."""
    settings = Settings(
        port=cloud.port,
        home=cloud.home,
        app_root=cloud.app_root,
        region=REGION,
        account=account,
        access_key_id="test" if account == DEFAULT_ACCOUNT else account,
    )
    done = deployer_for(settings, SilentReporter()).deploy(DeployRequest(template, stack_name))
    return Deployed(cloud, account, done.stack.name, dict(done.stack.outputs))
