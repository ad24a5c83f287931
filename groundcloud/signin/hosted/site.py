"""The hosted pages and OAuth endpoints: which request is whose.

https://docs.aws.amazon.com/cognito/latest/developerguide/managed-login-endpoints.html
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from pathlib import Path

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Scopes
from groundcloud.signin.directory import Pool
from groundcloud.signin.hosted import authorization
from groundcloud.signin.hosted.api import PublicApi
from groundcloud.signin.hosted.app_client import Registry, is_pool_host
from groundcloud.signin.hosted.challenges import ChallengePages
from groundcloud.signin.hosted.client_auth import form_of
from groundcloud.signin.hosted.discovery import Discovery, is_discovery
from groundcloud.signin.hosted.errors import OAuthError, PageError, RedirectError
from groundcloud.signin.hosted.flows import Flows
from groundcloud.signin.hosted.recovery import RecoveryPages
from groundcloud.signin.hosted.registration import RegistrationPages
from groundcloud.signin.hosted.sign_in import SignInPages
from groundcloud.signin.hosted.store import HostedStore
from groundcloud.signin.hosted.token_endpoint import TokenEndpoint
from groundcloud.signin.hosted.user_info import UserInfo
from groundcloud.signin.hosted.visit import Views, Visit, redirect
from groundcloud.signin.signin import SignIn

Page = Callable[[Visit], Awaitable[Response]]
Endpoint = Callable[[Request, Pool | None], Awaitable[Response]]

_AUTHORIZE = "/oauth2/authorize"
_STYLE = "/hosted.css"
_ENGINES_PAGES = ("/login", "/oauth2/login")
"""Its forms would sign in without second factors and functions."""
_PREFLIGHT = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
    ("Access-Control-Allow-Headers", "authorization, content-type, x-amz-user-agent"),
    ("Access-Control-Max-Age", "600"),
)


class HostedSite:
    """`handle` answers what is under a pool's domain, the OAuth endpoints without one, and discovery."""

    def __init__(self, signin: SignIn, store: Path, scopes: Scopes, clock: Clock, pages: Callable[[Pool], str]) -> None:
        directory, oauth = signin.directory, signin.tokens
        self._address = pages
        self._registry = registry = Registry(directory, scopes)
        self._store = codes = HostedStore(store, clock)
        self._views = views = Views()
        self._discovery = Discovery(directory, pages, oauth.published_keys)
        api, flows = PublicApi(signin), Flows(clock)
        self._flows = flows
        tokens, user_info = TokenEndpoint(registry, directory, codes, oauth, api), UserInfo(directory, oauth)
        sign_in = SignInPages(api, directory, registry, codes, flows, oauth, views, clock)
        challenges = ChallengePages(api, flows, sign_in, views)
        registration = RegistrationPages(api, registry, flows, sign_in, views)
        recovery = RecoveryPages(api, flows, sign_in, views)
        self._endpoints: dict[tuple[str, str], Endpoint] = {
            ("POST", "/oauth2/token"): tokens.token,
            ("POST", "/oauth2/revoke"): tokens.revoke,
            ("GET", "/oauth2/userInfo"): user_info.handle,
            ("POST", "/oauth2/userInfo"): user_info.handle,
        }
        self._pages: dict[tuple[str, str], Page] = {
            ("GET", _AUTHORIZE): sign_in.authorize,
            ("GET", "/login"): sign_in.show,
            ("POST", "/login"): sign_in.submit,
            ("GET", "/signup"): registration.show_sign_up,
            ("POST", "/signup"): registration.submit_sign_up,
            ("GET", "/confirm"): registration.show_confirm,
            ("POST", "/confirm"): registration.submit_confirm,
            ("GET", "/resendcode"): registration.show_resend,
            ("POST", "/resendcode"): registration.resend,
            ("GET", "/forgotPassword"): recovery.show_forgot,
            ("POST", "/forgotPassword"): recovery.submit_forgot,
            ("GET", "/confirmForgotPassword"): recovery.show_confirm,
            ("POST", "/confirmForgotPassword"): recovery.submit_confirm,
            ("GET", "/mfa"): challenges.show_mfa,
            ("POST", "/mfa"): challenges.submit_mfa,
            ("GET", "/changePassword"): challenges.show_new_password,
            ("POST", "/changePassword"): challenges.submit_new_password,
        }
        self._lone_pages: dict[tuple[str, str], Page] = {
            ("GET", "/logout"): sign_in.logout,
            ("GET", "/confirmUser"): registration.confirm_by_link,
            ("GET", "/error"): self._error_page,
        }

    def close(self) -> None:
        self._store.close()

    async def reset(self) -> None:
        """Nothing that a browser has begun goes on; the sessions are in the file that `SignIn` empties."""
        self._flows.clear()
        self._registry.clear()

    async def handle(self, request: Request) -> Response | None:
        """The answer, or None for a request that is not to these pages."""
        if is_discovery(request.path):
            response = await self._discovery.handle(request) if request.method in ("GET", "HEAD") else None
            return _open_to_pages(response) if response else None
        if not is_pool_host(request.hostname):
            return await self._without_domain(request)
        pool = await self._registry.pool_of_host(request.hostname)
        if pool is None:
            return Response.json(400, '{"error":"invalid_request","error_description":"Domain does not exist."}')
        return await self._of_pool(request, pool)

    async def _of_pool(self, request: Request, pool: Pool) -> Response:
        if request.path == _STYLE:
            return self._views.style()
        if response := await self._endpoint(request, pool):
            return response
        visit = Visit(request, pool)
        try:
            return await self._page(visit)
        except RedirectError as error:
            return redirect(visit, error.location)
        except PageError as error:
            return self._refused(visit, error)
        except AwsError as error:
            if error.status >= 500:
                raise
            return self._refused(visit, PageError("invalid_request", error.message, error.status))

    def _refused(self, visit: Visit, error: PageError) -> Response:
        return self._views.page(visit, "error.html", error.status, code=error.error, text=error.message)

    async def _page(self, visit: Visit) -> Response:
        key = ("GET" if visit.request.method == "HEAD" else visit.request.method, visit.request.path)
        if lone := self._lone_pages.get(key):
            return await lone(visit)
        page = self._pages.get(key)
        if page is None:
            raise PageError("not_found", "This page does not exist.", 404)
        given = visit.request.query
        if (provider := dict(given).get("identity_provider", "COGNITO")) != "COGNITO":
            raise PageError("invalid_request", f"Sign-in by another identity provider ({provider}) is not supported.")
        client = await self._registry.client(dict(given).get("client_id", ""), visit.pool)
        visit.asked = authorization.read(client, given)
        if key[0] == "POST":
            visit.form = _page_form(visit.request)
            visit.check_form()
        return await page(visit)

    async def _error_page(self, visit: Visit) -> Response:
        """The page that Cognito sends people to. What the address says is shown as a code only."""
        code = (visit.request.query_value("error") or "")[:64]
        raise PageError(
            code if code.replace("_", "").isalpha() else "", "An error was encountered with the requested page."
        )

    async def _endpoint(self, request: Request, pool: Pool | None) -> Response | None:
        """One of the endpoints that programs call, also from pages of other origins."""
        endpoint = self._endpoints.get((request.method, request.path))
        if endpoint is None:
            known = any(path == request.path for _, path in self._endpoints)
            if known and request.method == "OPTIONS":
                return Response(200, Headers(list(_PREFLIGHT)))
            return Response.json(405, '{"error":"invalid_request"}') if known else None
        try:
            return _open_to_pages(await endpoint(request, pool))
        except OAuthError as error:
            return _open_to_pages(error.response())

    async def _without_domain(self, request: Request) -> Response | None:
        """The endpoints at the cloud's own address, for programs whose resolver knows no name below localhost: the
        client says which pool is meant. Pages are shown under the pool's domain only."""
        if request.path == _AUTHORIZE and request.method == "GET":
            return await self._to_domain(request)
        if request.path in _ENGINES_PAGES and request.method == "POST":
            return Response.json(404, '{"message":"Sign-in pages are served under the user pool\'s domain only."}')
        return await self._endpoint(request, None)

    async def _to_domain(self, request: Request) -> Response:
        client = await self._registry.client(request.query_value("client_id") or "")
        pages = self._address(client.pool) if client else ""
        if not pages:
            missing = "Client does not exist." if client is None else "The user pool has no domain."
            return OAuthError("invalid_request", missing).response()
        address = f"{pages}{_AUTHORIZE}?{request.query_string}"
        return Response(302, Headers([("Location", address), ("Cache-Control", "no-store")]))


def _page_form(request: Request) -> dict[str, str]:
    try:
        return form_of(request)
    except OAuthError as error:
        raise PageError("invalid_request", "The form could not be read.") from error


def _open_to_pages(response: Response) -> Response:
    headers = Headers([item for item in response.headers.items if not item[0].lower().startswith("access-control-")])
    headers.add("Access-Control-Allow-Origin", "*")
    return dataclasses.replace(response, headers=headers)
