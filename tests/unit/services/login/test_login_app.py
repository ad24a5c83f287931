"""The login application: who gets in, what a session is good for, whose data is whose, what happens when all fails."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from authlib.integrations.flask_client import OAuthError
from requests.exceptions import ConnectionError as Unreachable

from tests.unit.services.login.conftest import APP, EMAIL, LoginApp

RENEWED = {
    "access_token": "access-2",
    "refresh_token": "refresh-2",
    "expires_in": 900,
    "userinfo": {"sub": "ada", "email": EMAIL, "cognito:groups": ["admins"]},
}
HOSTED_SIGN_OUT = "http://pages.localhost:4566/logout?client_id=client&logout_uri=http%3A%2F%2Flocalhost%3A8090%2F"
PROTECTED = ["/profile", "/delete-account", "/admin/"]


def test_it_is_small_enough_to_be_read() -> None:
    """The pattern that a reader copies: under 600 lines of Python, blank ones not counted."""
    lines = [line for file in APP.rglob("*.py") for line in file.read_text().splitlines() if line.strip()]
    assert len(lines) < 600


def test_settings_name_what_is_missing(login: LoginApp) -> None:
    from login.settings import Settings

    with pytest.raises(KeyError, match="LOGIN_SECRET_KEY"):
        Settings.from_environ({})


def test_settings_come_from_variables(login: LoginApp) -> None:
    from login.settings import Settings

    names = ["SECRET_KEY", "DATABASE_URL", "APP_URL", "HOSTED_URL", "CLIENT_ID", "CLIENT_SECRET"]
    given = {f"LOGIN_{name}": "x" for name in names} | {"LOGIN_USER_POOL_ID": "eu-west-1_a", "LOGIN_PROXIES": "1"}
    settings = Settings.from_environ(given | {"LOGIN_APP_URL": "https://login.example.com"})
    assert settings.proxies == 1 and settings.region == "eu-west-1"
    assert settings.openid_configuration == (
        "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a/.well-known/openid-configuration"
    )
    assert settings.flask()["SESSION_COOKIE_NAME"] == "__Host-login" and settings.flask()["SESSION_COOKIE_SECURE"]


def test_migrations_make_the_tables_that_the_models_name(login: LoginApp) -> None:
    with login.app.app_context(), login.models.db.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), login.models.db.metadata) == []


def test_every_answer_binds_the_browser(login: LoginApp) -> None:
    for path in ("/", "/nowhere", "/health"):
        headers = login.browser().get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", PROTECTED)
def test_a_stranger_goes_to_sign_in_and_comes_back(login: LoginApp, path: str) -> None:
    browser = login.browser()
    assert browser.get(path).location == "/login"
    login.provider.answer = RENEWED
    assert browser.get("/callback?code=x&state=y").location == path
    assert browser.get("/profile").status_code == 200


def test_signing_in_drops_what_the_browser_had(login: LoginApp) -> None:
    """A session that somebody else planted must not become this person's."""
    browser = login.browser()
    with browser.client.session_transaction() as session:
        session["planted"] = True
    login.provider.answer = RENEWED
    browser.get("/callback?code=x&state=y")
    with browser.client.session_transaction() as session:
        assert set(session) == {"sign_in", "_fresh"} or set(session) == {"sign_in"}
        assert "access-2" not in str(dict(session))


@pytest.mark.parametrize("error", ["mismatching_state", "invalid_grant", "access_denied"])
def test_a_sign_in_that_fails_says_how_to_go_on(login: LoginApp, error: str) -> None:
    login.provider.answer = OAuthError(error)
    browser = login.browser()
    answer = browser.get("/callback?code=x&state=y")
    assert answer.status_code == 400 and "Start again" in answer.text
    assert browser.get("/profile").location == "/login"
    assert login.rows("SignIn") == []


def test_a_token_that_runs_out_is_renewed_behind_the_page(login: LoginApp) -> None:
    browser = login.browser("ada", seconds=10)
    login.provider.answer = RENEWED
    assert browser.get("/profile").status_code == 200
    assert browser.get("/profile").status_code == 200
    assert login.provider.refreshed == ["refresh-1"]
    assert ("attributes", "access-2") in login.cognito.calls
    [row] = login.rows("SignIn")
    assert (row.access_token, row.refresh_token, row.groups) == ("access-2", "refresh-2", ["admins"])


def test_without_rotation_the_refresh_token_stays(login: LoginApp) -> None:
    login.provider.answer = {name: value for name, value in RENEWED.items() if name != "refresh_token"}
    login.browser("ada", seconds=10).get("/profile")
    assert login.rows("SignIn")[0].refresh_token == "refresh-1"


def test_a_stale_refresh_token_ends_the_session(login: LoginApp) -> None:
    browser = login.browser("ada", seconds=10)
    login.provider.answer = OAuthError("invalid_grant")
    assert browser.get("/profile").location == HOSTED_SIGN_OUT
    assert "You were signed out" in browser.get("/").text
    [row] = login.rows("SignIn")
    assert row.ended is not None and row.refresh_token is None and row.access_token is None


def test_a_service_that_is_away_ends_no_session(login: LoginApp) -> None:
    browser = login.browser("ada", seconds=10)
    login.provider.answer = Unreachable("no route")
    answer = browser.get("/profile")
    assert answer.status_code == 503 and "does not answer" in answer.text
    login.provider.answer = RENEWED
    assert browser.get("/profile").status_code == 200


def test_a_token_revoked_elsewhere_ends_the_session(login: LoginApp) -> None:
    browser = login.browser("ada")
    login.cognito.refusal = "NotAuthorizedException"
    assert browser.get("/profile").location == HOSTED_SIGN_OUT
    assert "You were signed out" in browser.get("/").text
    assert browser.get("/profile").location == "/login"


@pytest.mark.parametrize("path", ["/profile", "/notes", "/sign-out", "/sign-out-everywhere", "/delete-account"])
def test_a_forged_form_changes_nothing(login: LoginApp, path: str) -> None:
    browser = login.browser("ada")
    answer = browser.client.post(path, data={"text": "forged", "email": EMAIL})
    assert answer.status_code == 400 and "out of date" in answer.text
    assert login.rows("Note") == [] and login.rows("SignIn")[0].ended is None
    assert login.cognito.calls == []


def test_attributes_are_shown_escaped_and_changed(login: LoginApp) -> None:
    browser = login.browser("ada")
    assert "Ada &lt;Lovelace&gt;" in browser.get("/profile").text
    assert browser.post("/profile", name=" Ada ", nickname="", website="").location == "/profile"
    assert login.cognito.calls[-1] == ("change_attributes", "access-1", {"name": "Ada", "nickname": "", "website": ""})
    refused = browser.post("/profile", name="x" * 101)
    assert "aria-invalid" in refused.text and login.cognito.calls[-1][0] != "change_attributes"


def test_notes_are_their_writers_own(login: LoginApp) -> None:
    ada, bob = login.browser("ada"), login.browser("bob")
    assert ada.post("/notes", text="Buy <milk>").location == "/profile"
    assert "Buy &lt;milk&gt;" in ada.get("/profile").text
    assert "milk" not in bob.get("/profile").text
    assert bob.post("/notes/1/delete").status_code == 404
    assert len(login.rows("Note")) == 1
    assert ada.post("/notes/1/delete").location == "/profile"
    assert login.rows("Note") == []
    assert "Write something first." in ada.post("/notes", text="  ").text


def test_signing_out_ends_this_browser_only(login: LoginApp) -> None:
    here, there = login.browser("ada"), login.browser("ada")
    answer = here.post("/sign-out")
    assert answer.location == HOSTED_SIGN_OUT
    assert here.get("/profile").location == "/login"
    assert there.get("/profile").status_code == 200


def test_signing_out_everywhere_ends_every_browser(login: LoginApp) -> None:
    here, there, bob = login.browser("ada"), login.browser("ada"), login.browser("bob")
    here.post("/sign-out-everywhere")
    assert ("sign_out_everywhere", "access-1") in login.cognito.calls
    assert [browser.get("/profile").status_code for browser in (here, there, bob)] == [302, 302, 200]


def test_an_account_goes_with_everything(login: LoginApp) -> None:
    ada, bob = login.browser("ada"), login.browser("bob")
    for browser in (ada, bob):
        browser.post("/notes", text="mine")
    assert "not the address" in ada.post("/delete-account", "/delete-account", email="eve@example.com").text
    assert len(login.rows("Note")) == 2
    assert "/logout?" in ada.post("/delete-account", "/delete-account", email=EMAIL).location
    assert ("delete", "access-1") in login.cognito.calls
    assert [row.user for row in login.rows("Note")] == ["bob"]
    assert [row.user for row in login.rows("SignIn")] == ["bob"]


def test_an_account_that_cognito_keeps_keeps_its_data(login: LoginApp) -> None:
    ada = login.browser("ada")
    ada.post("/notes", text="mine")
    ada.get("/delete-account")
    login.cognito.refusal = "TooManyRequestsException"
    answer = ada.post("/delete-account", "/delete-account", email=EMAIL)
    assert answer.status_code == 400 and "Access Token has been revoked" in answer.text
    assert len(login.rows("Note")) == 1 and len(login.rows("SignIn")) == 1


def test_the_users_page_is_for_administrators(login: LoginApp) -> None:
    for path in ("/admin/", "/admin/?group=members"):
        assert login.browser("ada", groups=("members",)).get(path).status_code == 403
    plain = login.browser("ada", groups=("members",))
    assert plain.post("/admin/users/bob/sign-out").status_code == 403
    assert plain.post("/admin/users/ada/groups/admins/add").status_code == 403
    assert [call[0] for call in login.cognito.calls if call[0] != "attributes"] == []


def test_administrators_see_users_by_group_and_act_on_them(login: LoginApp) -> None:
    admin, bob = login.browser("ada", groups=("admins",)), login.browser("bob")
    everybody = admin.get("/admin/").text
    assert "bob@example.com" in everybody and "after=more" in everybody
    assert admin.get("/admin/?group=nobody").status_code == 404
    assert "Remove from members" in admin.get("/admin/?group=members").text
    changed = admin.post("/admin/users/bob/groups/members/add", "/admin/", group="members")
    assert changed.location == "/admin/?group=members"
    assert login.cognito.calls[-1] == ("change_group", "bob", "members", True)
    admin.post("/admin/users/bob/sign-out", "/admin/")
    assert bob.get("/profile").location == HOSTED_SIGN_OUT


def test_the_sign_ins_a_browser_has_open_fit_into_its_cookie(login: LoginApp) -> None:
    class Starting:
        def __init__(self) -> None:
            self.begun = 0

        def create_authorization_url(self, callback: str) -> dict[str, Any]:
            self.begun += 1
            return {"url": f"http://pages/?state={self.begun}", "state": str(self.begun), "nonce": "n" * 20}

        def save_authorize_data(self, state: str, **data: Any) -> None:
            from flask import session

            session[f"_state_cognito_{state}"] = {"data": data, "exp": self.begun}

    login.app.extensions["provider"] = Starting()
    browser = login.browser()
    for _ in range(9):
        assert browser.get("/login").location.startswith("http://pages.localhost:4566/oauth2/authorize?state=")
    with browser.client.session_transaction() as session:
        assert sorted(session) == [f"_state_cognito_{number}" for number in (6, 7, 8, 9)]
