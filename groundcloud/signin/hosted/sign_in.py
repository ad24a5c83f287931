"""/oauth2/authorize, /login and /logout: who is at the browser, and back to the application.

https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html
https://docs.aws.amazon.com/cognito/latest/developerguide/login-endpoint.html
https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html
"""

from __future__ import annotations

from typing import Any

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.http import Response
from groundcloud.signin.directory import Directory, User
from groundcloud.signin.hosted import limits, words
from groundcloud.signin.hosted.api import PublicApi
from groundcloud.signin.hosted.app_client import AppClient, Registry
from groundcloud.signin.hosted.errors import PageError
from groundcloud.signin.hosted.flows import Flow, Flows
from groundcloud.signin.hosted.store import Grant, HostedStore, Session
from groundcloud.signin.hosted.token_endpoint import as_answer
from groundcloud.signin.hosted.visit import FLOW_COOKIE, SESSION_COOKIE, Views, Visit, redirect
from groundcloud.signin.tokens import Tokens

_PAGE_OF_CHALLENGE = {
    "NEW_PASSWORD_REQUIRED": "/changePassword",
    "SOFTWARE_TOKEN_MFA": "/mfa",
    "SMS_MFA": "/mfa",
    "EMAIL_OTP": "/mfa",
    "SELECT_MFA_TYPE": "/mfa",
    "MFA_SETUP": "/mfa",
}

_ASKED_AGAIN = frozenset({"login", "select_account"})
"""Values of `prompt` with which a browser that is signed in is not taken at its word."""


class SignInPages:
    """What all pages end in: `went_on` takes what Cognito answered to the next page, or to the application."""

    def __init__(
        self,
        api: PublicApi,
        directory: Directory,
        registry: Registry,
        store: HostedStore,
        flows: Flows,
        tokens: Tokens,
        views: Views,
        clock: Clock,
    ) -> None:
        self._api = api
        self._directory = directory
        self._registry = registry
        self._store = store
        self._flows = flows
        self._tokens = tokens
        self._views = views
        self._clock = clock

    async def authorize(self, visit: Visit) -> Response:
        """Straight back to the application from a browser that is signed in; else to the sign-in page."""
        wanted = visit.authorization
        session, user = await self._signed_in(visit)
        if session is None or user is None or wanted.prompt & _ASKED_AGAIN:
            if "none" in wanted.prompt:
                raise wanted.error("login_required")
            return redirect(visit, visit.link("/login"))
        return redirect(visit, await self._answer(visit, user, session.auth_time))

    async def show(self, visit: Visit) -> Response:
        session, user = await self._signed_in(visit)
        if session is not None and user is not None and not visit.authorization.prompt & _ASKED_AGAIN:
            return self._views.page(visit, "signed_in.html", username=_shown(visit, user))
        return self._page(visit, visit.authorization.login_hint, notice=self._notice(visit))

    async def submit(self, visit: Visit) -> Response:
        username, password = visit.field("username"), visit.secret("password")
        if not username or not password:
            return self._page(visit, username, "Username and password are required.", 400)
        try:
            answer = await self.start(visit.client, username, password)
        except AwsError as error:
            return self._refused(visit, username, password, error)
        return await self.went_on(visit, username, answer)

    async def start(self, client: AppClient, username: str, password: str) -> dict[str, Any]:
        """Put a password to the test by the public API. Raises `AwsError`."""
        given = {"USERNAME": username, "PASSWORD": password}
        return await self._api.call(client, "InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)

    async def went_on(self, visit: Visit, username: str, answer: dict[str, Any]) -> Response:
        """After a right password or code: the next challenge's page, or the application."""
        self._flows.end(visit.cookies.get(FLOW_COOKIE, ""))
        parameters = dict(answer.get("ChallengeParameters") or {})
        if "AuthenticationResult" in answer:
            return await self._finished(visit, parameters["USERNAME"])
        challenge = str(answer.get("ChallengeName"))
        page = _PAGE_OF_CHALLENGE.get(challenge)
        if page is None:
            raise PageError("invalid_request", f"The hosted pages cannot answer the challenge {challenge}.")
        flow = Flow(
            visit.pool.id,
            visit.client.id,
            parameters.get("USER_ID_FOR_SRP") or username,
            challenge,
            answer["Session"],
            parameters,
        )
        return self.begin(visit, flow, page)

    def begin(self, visit: Visit, flow: Flow, page: str) -> Response:
        """To a page that knows what this browser has begun."""
        visit.send_cookie(FLOW_COOKIE, self._flows.begin(flow), limits.FLOW_SECONDS)
        return redirect(visit, visit.link(page))

    async def logout(self, visit: Visit) -> Response:
        """End the browser's session, and go where the application asks."""
        given = dict(visit.request.query)
        client = await self._registry.client(given.get("client_id", ""), visit.pool)
        if client is None:
            raise PageError("invalid_request", "Client does not exist.")
        self._store.end_session(visit.cookies.get(SESSION_COOKIE, ""))
        visit.send_cookie(SESSION_COOKIE, "", 0)
        if logout_uri := given.get("logout_uri"):
            if logout_uri not in client.names("LogoutURLs"):
                raise PageError("redirect_mismatch", "An error was encountered with the requested page.")
            return redirect(visit, logout_uri)
        if "redirect_uri" not in given:
            raise PageError("invalid_request", "Required String parameter 'logout_uri' is not present")
        if given["redirect_uri"] not in client.names("CallbackURLs"):
            raise PageError("redirect_mismatch", "An error was encountered with the requested page.")
        return redirect(visit, visit.link("/login"))

    async def _finished(self, visit: Visit, username: str) -> Response:
        user = await self._directory.user(visit.pool, username)
        if user is None:
            raise PageError("invalid_request", "User does not exist.")
        now = int(self._clock.now())
        session = Session(visit.pool.id, user.username, user.sub, now)
        self._store.end_session(visit.cookies.get(SESSION_COOKIE, ""))
        visit.send_cookie(SESSION_COOKIE, self._store.open_session(session), limits.SESSION_SECONDS)
        visit.send_cookie(FLOW_COOKIE, "", 0)
        return redirect(visit, await self._answer(visit, user, now))

    async def _answer(self, visit: Visit, user: User, auth_time: int) -> str:
        """The application's address with a code, or in the implicit grant with the tokens."""
        wanted, client, scope = visit.authorization, visit.client, " ".join(visit.authorization.scopes)
        if wanted.response_type == "code":
            code = self._store.issue(
                Grant(
                    visit.pool.id,
                    client.id,
                    user.username,
                    user.sub,
                    wanted.redirect_uri,
                    scope,
                    wanted.nonce,
                    wanted.challenge,
                    auth_time,
                )
            )
            return wanted.back({"code": code})
        try:
            granted = await self._tokens.grant(
                visit.pool, client.client, user, scope, nonce=wanted.nonce, auth_time=auth_time, refreshable=False
            )
        except AwsError as error:
            raise wanted.error("invalid_request", error.message) from error
        return wanted.back({name: str(value) for name, value in as_answer(granted).items()})

    async def _signed_in(self, visit: Visit) -> tuple[Session | None, User | None]:
        """The browser's session, as long as its user is one who could sign in."""
        session = self._store.session(visit.cookies.get(SESSION_COOKIE, ""), visit.pool.id)
        user = await self._directory.user(visit.pool, session.username) if session else None
        if session is None or user is None or user.sub != session.subject:
            return None, None
        return (session, user) if user.enabled and user.status in ("CONFIRMED", "EXTERNAL_PROVIDER") else (None, None)

    def _refused(self, visit: Visit, username: str, password: str, error: AwsError) -> Response:
        if error.code == "UserNotConfirmedException":
            waiting = Flow(visit.pool.id, visit.client.id, username, password=password, notice=error.message)
            return self.begin(visit, waiting, "/confirm")
        if error.code == "PasswordResetRequiredException":
            waiting = Flow(visit.pool.id, visit.client.id, username, notice=error.message)
            return self.begin(visit, waiting, "/forgotPassword")
        return self._page(visit, username, error.message, error.status)

    def _notice(self, visit: Visit) -> str:
        """What the page before had to say, once."""
        flow = self._flows.find(visit.cookies.get(FLOW_COOKIE, ""), visit.pool.id, visit.client.id)
        if flow is None or flow.challenge or flow.password:
            return ""
        self._flows.end(visit.cookies.get(FLOW_COOKIE, ""))
        visit.send_cookie(FLOW_COOKIE, "", 0)
        return flow.notice

    def _page(self, visit: Visit, username: str, error: str = "", status: int = 200, notice: str = "") -> Response:
        return self._views.page(
            visit,
            "login.html",
            status,
            username=username,
            label=words.username_label(visit.pool),
            may_sign_up=words.may_sign_up(visit.pool),
            error=error,
            notice=notice,
        )


def _shown(visit: Visit, user: User) -> str:
    """The name a person knows themselves by."""
    for name in (*visit.pool.names("UsernameAttributes"), "preferred_username"):
        if user.attributes.get(name):
            return user.attributes[name]
    return user.username
