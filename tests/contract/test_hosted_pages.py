"""The hosted pages, as a browser without scripts goes through them: the good ways and the ugly ones."""

from __future__ import annotations

import html
import re
import time
import uuid

import pytest

from tests.support.cloud import Cloud
from tests.support.hosted import CALLBACK, LOGOUT, PASSWORD, App, Person, Seen, make_app, new_account
from tests.support.mailbox import Mailbox

WRONG = "Incorrect username or password."
NEW_PASSWORD = "Even-better-horse-8"


@pytest.fixture(scope="module")
def app(cloud: Cloud) -> App:
    return make_app(cloud, cloud.aws(new_account()))


def new_email() -> str:
    return f"{uuid.uuid4().hex}@example.com"


def sign_up(app: App, email: str, person: Person, password: str = PASSWORD) -> Seen:
    return person.fill(person.get(app.url("/signup")), username=email, password=password)


def other_code(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def is_back(seen: Seen) -> bool:
    return seen.location.startswith(f"{CALLBACK}?code=")


def test_a_newcomer_ends_up_in_the_application(app: App, mailbox: Mailbox) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/managed-login.html: sign up, the mailed code, and the
    user is signed in."""
    person, email = app.person(), new_email()
    page = person.get(app.url())
    assert (page.screen, "/signup?" in page.answer.text) == ("login", True)
    page = sign_up(app, email, person)
    assert (page.screen, page.status) == ("confirm", 200), page.error
    assert "@" in page.answer.text
    assert email not in page.answer.text
    wrong = person.fill(page, code=other_code(mailbox.code(email)))
    assert (wrong.status, wrong.error) == (400, "Invalid verification code provided, please try again.")
    back = person.fill(wrong, code=mailbox.code(email))
    assert is_back(back)
    assert app.redeem(back.query["code"]).status_code == 200


def test_a_weak_password_and_a_name_that_is_taken_are_refused(app: App) -> None:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SignUp.html:
    InvalidPasswordException, UsernameExistsException."""
    person, email = app.person(), app.user()
    weak = sign_up(app, new_email(), person, "short")
    assert (weak.status, weak.screen) == (400, "signup")
    assert weak.error.startswith("Password did not conform with policy")
    taken = sign_up(app, email, person)
    assert (taken.status, taken.screen) == (400, "signup")
    assert "exists" in taken.error
    empty = sign_up(app, new_email(), person, "")
    assert empty.error == "Username and password are required."


def test_a_closed_tab_is_no_loss(app: App, mailbox: Mailbox) -> None:
    """A user who left before the code was entered signs in later and is asked for it (UserNotConfirmedException)."""
    email = new_email()
    sign_up(app, email, app.person())
    later = app.person()
    page = later.fill(later.get(app.url()), username=email, password=PASSWORD)
    assert (page.screen, page.text("notice")) == ("confirm", "User is not confirmed.")
    assert is_back(later.fill(page, code=mailbox.code(email)))


def test_a_new_code_replaces_the_old_one(app: App, mailbox: Mailbox) -> None:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ResendConfirmationCode.html."""
    person, email = app.person(), new_email()
    page = sign_up(app, email, person)
    first = mailbox.wait_for(email)
    page = person.fill(page, form=1)
    assert page.screen == "confirm"
    assert "We have sent a new code by email" in page.text("notice")
    second = mailbox.code(email, after=float(first["created"]))
    if first["code"] != second:
        assert person.fill(page, code=str(first["code"])).status == 400
    assert is_back(person.fill(page, code=second))
    stranger = app.person()
    page = stranger.get(app.url("/resendcode"))
    assert page.screen == "resendcode"
    again = stranger.fill(page, username=email)
    assert again.status in (200, 400)
    assert again.screen in ("confirm", "resendcode")


def test_the_confirmation_page_works_in_another_browser(app: App, mailbox: Mailbox) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/managed-login-endpoints.html: /confirm. Without the
    password there is no sign-in, only the way to it."""
    email = new_email()
    sign_up(app, email, app.person())
    other = app.person()
    page = other.get(app.url("/confirm"))
    done = other.fill(page, username=email, code=mailbox.code(email))
    assert (done.screen, done.text("notice")) == ("login", "Your registration has been confirmed!")
    assert is_back(other.fill(done, username=email, password=PASSWORD))


def test_the_link_of_a_message_confirms(app: App, mailbox: Mailbox) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-message-customizations.html:
    /confirmUser with client_id, user_name and confirmation_code."""
    person, email = app.person(), new_email()
    sign_up(app, email, person)
    code = mailbox.code(email)
    link = f"{app.base}/confirmUser?client_id={app.client}&user_name={email}&confirmation_code="
    wrong = person.get(link + other_code(code))
    assert (wrong.status, wrong.screen) == (400, "error")
    right = person.get(link + code)
    assert (right.status, right.text("text")) == (200, "Your registration has been confirmed!")
    assert person.get(link + code).status == 400, "a code is good once"
    assert is_back(app.sign_in(email))


def test_a_pool_that_sends_links_sends_one_that_works(cloud: Cloud, mailbox: Mailbox) -> None:
    """CONFIRM_WITH_LINK in
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_VerificationMessageTemplateType.html"""
    links = {"VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK"}}
    app = make_app(cloud, cloud.aws(new_account()), pool=links)
    person, email = app.person(), new_email()
    sign_up(app, email, person)
    message = mailbox.wait_for(email)
    found = re.search(
        rf"{re.escape(app.base)}/confirmUser\?[^\s\"')<]+", html.unescape(message["html"] or message["text"])
    )
    assert found, message
    assert person.get(found[0]).text("text") == "Your registration has been confirmed!"
    assert is_back(app.sign_in(email))


def test_no_page_tells_who_has_an_account(app: App) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html: with
    PreventUserExistenceErrors ENABLED all answers are those for a user who exists."""
    known, unknown = app.user(), new_email()
    seen = [app.sign_in(email, password="Wrong-horse-7") for email in (known, unknown)]
    assert [(one.status, one.screen, one.error) for one in seen] == [(400, "login", WRONG)] * 2
    forgot = []
    for email in (known, unknown):
        person = app.person()
        page = person.fill(person.get(app.url("/forgotPassword")), username=email)
        wrong = person.fill(page, code="000000", password=NEW_PASSWORD, confirm_password=NEW_PASSWORD)
        forgot.append((page.status, page.screen, wrong.status, wrong.screen, wrong.error))
    assert forgot[0][:4] == forgot[1][:4] == (200, "confirm-forgot-password", 400, "confirm-forgot-password")
    assert forgot[0][4] == forgot[1][4]


def test_what_was_typed_comes_back_without_the_password(app: App) -> None:
    """And never as markup (OWASP, cross-site scripting)."""
    person = app.person()
    evil = '"><script>alert(1)</script>@example.com'
    page = person.fill(person.get(app.url(login_hint=evil)), username=evil, password="Wrong-horse-7")
    assert (page.status, page.screen) == (400, "login")
    assert "<script>" not in page.answer.text
    assert "Wrong-horse-7" not in page.answer.text
    assert "&lt;script&gt;" in page.answer.text


def test_a_forgotten_password_is_replaced(app: App, mailbox: Mailbox) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/how-to-recover-a-user-account.html"""
    person, email = app.person(), app.user()
    before = time.time()
    page = person.fill(person.get(app.url("/forgotPassword")), username=email)
    assert page.screen == "confirm-forgot-password"
    assert "by email" in page.answer.text
    code = mailbox.code(email, before - 1)
    given = {"code": code, "password": NEW_PASSWORD, "confirm_password": NEW_PASSWORD}
    unlike = person.fill(page, **{**given, "confirm_password": "Other-horse-9"})
    assert unlike.error == "The passwords do not match."
    wrong = person.fill(page, **{**given, "code": other_code(code)})
    assert wrong.error == "Invalid verification code provided, please try again."
    weak = person.fill(page, **{**given, "password": "weak", "confirm_password": "weak"})
    assert weak.error.startswith("Password did not conform with policy")
    done = person.fill(page, **given)
    assert (done.screen, done.text("notice")) == ("login", "Your password has been reset successfully.")
    assert done.answer.text.count(email) == 0, "the notice is shown, nothing else is kept"
    assert app.sign_in(email).error == WRONG
    assert is_back(person.fill(done, username=email, password=NEW_PASSWORD))
    again = app.person()
    page = again.get(app.url("/confirmForgotPassword"))
    reused = again.fill(page, username=email, **given)
    assert reused.status == 400, "a code is good once"


def test_a_temporary_password_has_to_be_changed(app: App) -> None:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html:
    NEW_PASSWORD_REQUIRED."""
    email, person = new_email(), app.person()
    app.cognito.admin_create_user(
        UserPoolId=app.pool, Username=email, TemporaryPassword=PASSWORD, MessageAction="SUPPRESS"
    )
    page = person.fill(person.get(app.url()), username=email, password=PASSWORD)
    assert page.screen == "new-password"
    unlike = person.fill(page, password=NEW_PASSWORD, confirm_password="Other-horse-9")
    assert (unlike.screen, unlike.error) == ("new-password", "The passwords do not match.")
    assert is_back(person.fill(unlike, password=NEW_PASSWORD, confirm_password=NEW_PASSWORD))
    assert is_back(app.sign_in(email, password=NEW_PASSWORD))
    assert app.person().get(app.url("/changePassword")).screen == "login", "a page of a flow that nobody began"


def test_one_sign_in_serves_every_client_of_the_pool(app: App) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/managed-login-endpoints.html: the session cookie is
    good for an hour, for all app clients."""
    email, other, person = app.user(), app.add_client(), app.person()
    assert is_back(app.sign_in(email, person))
    back = person.get(other.url(state="s-2"))
    assert (is_back(back), back.query["state"]) == (True, "s-2")
    assert other.redeem(back.query["code"]).status_code == 200
    assert is_back(person.get(app.url(prompt="none")))
    assert person.get(app.url(prompt="login")).screen == "login"
    assert person.get(app.url(prompt="select_account")).screen == "login"
    page = person.get(app.url("/login"))
    assert (page.screen, page.text("signed-in-as")) == ("signed-in", email)
    app.cognito.admin_disable_user(UserPoolId=app.pool, Username=email)
    assert person.get(app.url()).screen == "login"


def test_signing_out_ends_the_session(app: App) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html"""
    email, person = app.user(), app.person()
    app.sign_in(email, person)
    kept = person.cookie("cognito")
    evil = person.get(f"{app.base}/logout?client_id={app.client}&logout_uri=https://evil.example.com")
    assert (evil.status, evil.screen) == (400, "error")
    app.sign_in(email, person)
    bye = person.get(f"{app.base}/logout?client_id={app.client}&logout_uri={LOGOUT}")
    assert (bye.status, bye.location) == (302, LOGOUT)
    assert person.cookie("cognito") is None
    assert person.get(app.url()).screen == "login"
    thief = app.person()
    thief.jar[app.base.removeprefix("http://")] = {"cognito": str(kept)}
    assert thief.get(app.url()).screen == "login", "the session ended, not only its cookie"
    app.sign_in(email, person)
    again = person.get(app.url("/logout"))
    assert (again.screen, person.cookie("cognito")) == ("login", None)
    assert person.get(f"{app.base}/logout?client_id={app.client}").status == 400
    assert person.get(f"{app.base}/logout?client_id=nobody&logout_uri={LOGOUT}").status == 400


def test_a_form_of_another_site_is_refused(app: App) -> None:
    """OWASP, Cross-Site Request Forgery Prevention: double submit of a token, and the browser's Origin."""
    email, person = app.user(), app.person()
    page = person.get(app.url())
    given = {"username": email, "password": PASSWORD}
    assert person.fill(page, _csrf="x" * 43, **given).status == 403
    assert person.fill(page, _csrf="", **given).status == 403
    stranger = app.person()
    assert stranger.fill(page, **given).status == 403, "a token without the browser's cookie"
    cookies = {"Cookie": f"XSRF-TOKEN={person.cookie('XSRF-TOKEN')}", "Origin": "https://evil.example.com"}
    sent = {**given, "_csrf": str(person.cookie("XSRF-TOKEN"))}
    answer = app.cloud.http.post(app.url("/login"), data=sent, headers=cookies)
    assert (answer.status_code, "location" in answer.headers) == (403, False)
    assert is_back(person.fill(page, **given))


def test_pages_and_cookies_are_locked_down(app: App) -> None:
    """OWASP, HTTP Headers and Session Management."""
    person = app.person()
    page = person.get(app.url())
    policy = page.answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert page.answer.headers["x-frame-options"] == "DENY"
    assert page.answer.headers["cache-control"] == "no-store"
    assert page.answer.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<script|\sstyle=|\son[a-z]+=", page.answer.text)
    for line in person.fill(page, username=app.user(), password=PASSWORD).answer.headers.get_list("set-cookie"):
        assert "HttpOnly" in line
        assert "SameSite=Lax" in line
    assert app.person().get(f"{app.base}/no/such/page").status == 404
    assert app.person().get(f"{app.base}/error?error=redirect_mismatch").text("code") == "redirect_mismatch"
    assert app.person().get(f"{app.base}/error?error=<b>x").text("code") == ""


@pytest.mark.parametrize("exists", [True, False], ids=["somebody", "nobody"])
def test_who_guesses_is_locked_out(app: App, exists: bool) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow.html,
    "Lockout behavior for failed sign-in attempts": for a second, and each time for twice as long. A name that nobody
    has is treated alike, or the lock-out would tell who has an account."""
    email, person = app.user() if exists else new_email(), app.person()
    page = person.get(app.url())
    seen: list[str] = []
    while len(seen) < 40 and "Password attempts exceeded" not in seen:
        seen.append(person.fill(page, username=email, password=f"Wrong-horse-{len(seen)}").error)
    assert set(seen) == {WRONG, "Password attempts exceeded"}
    assert seen.count(WRONG) >= 5


def test_another_identity_provider_is_refused_by_name(app: App) -> None:
    """Where we differ: federation is not supported, and says so."""
    page = app.person().get(app.url(identity_provider="Google"))
    assert (page.status, page.screen) == (400, "error")
    assert "Google" in page.text("text")
    assert app.person().get(app.url(identity_provider="COGNITO")).screen == "login"


def test_codes_are_not_guessed_either(app: App, mailbox: Mailbox) -> None:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html: LimitExceededException."""
    person, email = app.person(), new_email()
    page = sign_up(app, email, person)
    code = mailbox.code(email)
    for _ in range(5):
        page = person.fill(page, code=other_code(code))
    assert person.fill(page, code=code).error == "Attempt limit exceeded, please try after some time."


def test_a_pool_of_administrators_has_no_sign_up(cloud: Cloud) -> None:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUserConfigType.html:
    AllowAdminCreateUserOnly."""
    closed = make_app(
        cloud, cloud.aws(new_account()), pool={"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}}
    )
    person = closed.person()
    assert "/signup" not in person.get(closed.url()).answer.text
    page = person.get(closed.url("/signup"))
    assert (page.status, page.text("text")) == (403, "SignUp is not permitted for this user pool")
