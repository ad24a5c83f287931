"""The login application in this process: on SQLite, with a Cognito and a provider that do as they are told."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.processes import ROOT

APP = ROOT / "services" / "login" / "app"
EMAIL = "ada@example.com"


class FakeCognito:
    """Remembers what was asked of it; `refusal` is the code of the error that the next call raises."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.refusal = ""

    def _called(self, *call: Any) -> None:
        if self.refusal:
            raise ClientError({"Error": {"Code": self.refusal, "Message": "Access Token has been revoked"}}, call[0])
        self.calls.append(call)

    def attributes(self, token: str) -> dict[str, str]:
        self._called("attributes", token)
        return {"email": EMAIL, "name": "Ada <Lovelace>"}

    def change_attributes(self, token: str, values: dict[str, str]) -> None:
        self._called("change_attributes", token, values)

    def sign_out_everywhere(self, token: str) -> None:
        self._called("sign_out_everywhere", token)

    def delete(self, token: str) -> None:
        self._called("delete", token)

    def groups(self) -> list[str]:
        return ["admins", "members"]

    def users(self, group: str = "", after: str = "") -> tuple[list[dict[str, Any]], str]:
        self._called("users", group, after)
        bob = {"Username": "bob", "UserStatus": "CONFIRMED", "attributes": {"email": "bob@example.com", "sub": "bob"}}
        return [bob], "" if after else "more"

    def sign_out_user(self, username: str) -> str:
        self._called("sign_out_user", username)
        return username

    def change_group(self, username: str, group: str, member: bool) -> None:
        self._called("change_group", username, group, member)


class FakeProvider:
    """Gives `answer` for every code and refresh token, or raises it."""

    def __init__(self) -> None:
        self.answer: Any = None
        self.refreshed: list[str] = []

    def fetch_access_token(self, grant_type: str, refresh_token: str) -> dict[str, Any]:
        assert grant_type == "refresh_token"
        self.refreshed.append(refresh_token)
        return self.authorize_access_token()

    def authorize_access_token(self) -> dict[str, Any]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return dict(self.answer)

    def parse_id_token(self, token: dict[str, Any], nonce: str | None) -> dict[str, Any]:
        return dict(token["userinfo"])


class LoginApp:
    """The application and what stands around it."""

    def __init__(self, file: Path) -> None:
        from login import create_app, models
        from login.settings import Settings

        self.file, self.models, self.cognito, self.provider = file, models, FakeCognito(), FakeProvider()
        self.app = create_app(
            Settings(
                secret_key="secret",
                database_url=f"sqlite:///{file}",
                app_url="http://localhost:8090",
                hosted_url="http://pages.localhost:4566",
                user_pool_id="us-east-1_pool",
                client_id="client",
                client_secret="hidden",
            ),
            self.cognito,
        )
        self.app.extensions["provider"] = self.provider

    def migrate(self) -> None:
        from flask_migrate import upgrade

        with self.app.app_context():
            upgrade()

    def browser(self, user: str = "", *, groups: tuple[str, ...] = (), seconds: float = 600) -> Browser:
        """A browser, signed in as `user` with an access token good for so many `seconds`."""
        browser = Browser(self)
        if user:
            row = self.models.SignIn(
                user=user,
                email=EMAIL,
                groups=list(groups),
                address="127.0.0.1",
                agent="test",
                access_token="access-1",
                refresh_token="refresh-1",
                expires=self.models.now() + timedelta(seconds=seconds),
            )
            browser.use(self.add(row))
        return browser

    def add(self, row: Any) -> Any:
        """Store `row`; its key."""
        with self.app.app_context():
            self.models.db.session.add(row)
            self.models.db.session.commit()
            return row.id

    def rows(self, model: str) -> list[Any]:
        with self.app.app_context():
            table = getattr(self.models, model)
            return list(self.models.db.session.scalars(self.models.db.select(table)))

    def close(self) -> None:
        with self.app.app_context():
            self.models.db.engine.dispose()


class Browser:
    """Flask's client that fills in the forms' hidden token as a browser does."""

    def __init__(self, login: LoginApp) -> None:
        self.client = login.app.test_client()

    def use(self, sign_in: str) -> None:
        with self.client.session_transaction() as session:
            session["sign_in"] = sign_in

    def get(self, path: str) -> Any:
        return self.client.get(path)

    def post(self, path: str, page: str = "/profile", **fields: str) -> Any:
        """Submit a form of `page`."""
        shown = self.client.get(page).text
        found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', shown)
        assert found, f"{page} has no form: {shown}"
        return self.client.post(path, data={"csrf_token": found[1], **fields})


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty database with its tables; meanwhile the application's package can be imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(APP))
        login = LoginApp(tmp_path_factory.mktemp("migrated") / "login.db")
        login.migrate()
        login.close()
        yield login.file
    for name in [name for name in sys.modules if name.partition(".")[0] == "login"]:
        del sys.modules[name]


@pytest.fixture
def login(migrated: Path, tmp_path: Path) -> Iterator[LoginApp]:
    login = LoginApp(shutil.copy(migrated, tmp_path / "login.db"))
    yield login
    login.close()
