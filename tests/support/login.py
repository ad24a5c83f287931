"""The login system as `make login` brings it up, next to a cloud under test."""

from __future__ import annotations

import uuid
from typing import Any

from playwright.sync_api import Page
from sqlalchemy import create_engine, text

from bootstrap.down import stop_services
from bootstrap.login import bring_up
from groundcloud.deploy.deployer import deployer_for
from groundcloud.settings import read_settings
from tests.fakes.deploy_reporter import MemoryReporter
from tests.support.cloud import Cloud
from tests.support.processes import quiet_port
from tests.support.systems import PASSWORD


def sign_in_on_hosted_page(page: Page, email: str, password: str = PASSWORD) -> None:
    """Fill in the hosted page that is open."""
    page.locator("input[name=username]:visible").fill(email)
    page.locator("input[name=password]:visible").fill(password)
    page.locator("input[name=password]:visible").press("Enter")


class Login:
    """The application on a free port, with a PostgreSQL of its own."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self._settings, self._reporter = read_settings(cloud.environ), MemoryReporter()
        deployer = deployer_for(self._settings, self._reporter)
        self._database_port = quiet_port()
        self.outputs = bring_up(self._settings, deployer, self._reporter, quiet_port(), self._database_port)
        self.url = self.outputs["AppUrl"]
        self.cognito = cloud.client("cognito-idp")

    def new_user(self, *groups: str) -> str:
        """The address of a confirmed user with PASSWORD, in `groups`."""
        email, pool = f"{uuid.uuid4().hex[:12]}@example.com", self.outputs["UserPoolId"]
        given = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        self.cognito.admin_create_user(UserPoolId=pool, Username=email, UserAttributes=given, MessageAction="SUPPRESS")
        self.cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True)
        for group in groups:
            self.cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)
        return email

    def sql(self, statement: str, **values: Any) -> list[Any]:
        """What the application's database answers."""
        secret = (self.cloud.home / "state" / "login-database" / "password").read_text()
        engine = create_engine(f"postgresql+psycopg://postgres:{secret}@127.0.0.1:{self._database_port}/login")
        with engine.begin() as connection:
            done = connection.execute(text(statement), values)
            found = list(done) if done.returns_rows else []
        engine.dispose()
        return found

    def stop(self) -> list[str]:
        """What `make down` does; the names of what ran."""
        return stop_services(self._settings, self._reporter)
